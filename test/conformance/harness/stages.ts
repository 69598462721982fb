/** The kinds of namespaces, and which of them each mode of the matrix is tried in. */

import { IDENTITIES, type Identity, type Mode } from './row.ts';
import type { Network } from './namespace.ts';

/**
 * - `variables`: a refresher on loopback, its variables, its token file.
 * - `intercepted`: a refresher in the metadata server's place.
 * - `on a VM`: no refresher, the VM's own metadata server, a credentials file.
 * - `file only`: the credentials file where no metadata server can be reached at all.
 * - `recorded`: a refresher whose requests are kept.
 * - `refused`: the same whose function says no.
 * - `outage`: the same that reaches no function.
 */
const NETWORKS = {
  variables: 'plain',
  intercepted: 'metadata',
  'on a VM': 'metadata',
  'file only': 'plain',
  recorded: 'plain',
  refused: 'plain',
  outage: 'plain',
} as const satisfies Readonly<Record<string, Network>>;

export type StageName = keyof typeof NETWORKS;

const STAGES: Readonly<Record<Mode, StageName>> = {
  environment: 'variables',
  interception: 'intercepted',
  agentless: 'on a VM',
  'token file': 'variables',
};

export function stageOf(mode: Mode): StageName {
  return STAGES[mode];
}

export function networkOf(stage: StageName): Network {
  return NETWORKS[stage];
}

export function parseStageName(value: string): StageName {
  const name = (Object.keys(NETWORKS) as StageName[]).find((one) => one === value);
  if (name === undefined) throw new Error(`no stage ${value}`);
  return name;
}

export function parseIdentity(value: string): Identity {
  const identity = IDENTITIES.find((one) => one === value);
  if (identity === undefined) throw new Error(`no identity ${value}`);
  return identity;
}
