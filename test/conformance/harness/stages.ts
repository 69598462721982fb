/** The namespaces of a run: one for each way of finding tokens and each identity, with a world of its own inside. */

import { IDENTITIES, type Identity, type Mode } from './row.ts';
import type { Network } from './namespace.ts';

export const STAGES = {
  variables: { network: 'plain', modes: ['environment', 'token file'] },
  intercepted: { network: 'metadata', modes: ['interception'] },
  'on a VM': { network: 'metadata', modes: ['agentless'] },
} as const satisfies Readonly<Record<string, { network: Network; modes: readonly Mode[] }>>;

export type StageName = keyof typeof STAGES;

export const STAGE_NAMES = Object.keys(STAGES) as readonly StageName[];

export function stageOf(mode: Mode): StageName {
  const name = STAGE_NAMES.find((stage) => (STAGES[stage].modes as readonly Mode[]).includes(mode));
  if (name === undefined) throw new Error(`no stage for ${mode}`);
  return name;
}

export function identityOf(value: string): Identity {
  const identity = IDENTITIES.find((one) => one === value);
  if (identity === undefined) throw new Error(`no identity ${value}`);
  return identity;
}
