/**
 * An explanation for people: the answer, why, what Google would say, what was read and what is only supposed.
 */

import type { Context } from '../command-line/command.ts';
import type { Principal } from '../../shared/identity/principal.ts';
import type { Colours } from '../output/colours.ts';
import type { Finding } from './finding.ts';
import type { Decision, Wanted } from './decide.ts';

export interface Explained {
  readonly decision: Decision;
  readonly hints: readonly string[];
  readonly assumptions: readonly string[];
  readonly documents: readonly { readonly path: string; readonly isStored: boolean }[];
  readonly principal: Principal;
  /** With `--live` alone. */
  readonly google?: readonly Finding[];
}

export async function printExplained(
  { decision, principal, google = [], ...explained }: Explained,
  { audience }: Wanted,
  { colours, print }: Context,
): Promise<void> {
  const who = `${principal.serviceAccount} on ${principal.instance.name} for ${audience ?? 'its only target'}`;
  const isGranted = decision.outcome === 'granted';
  const outcome = isGranted
    ? colours.gain('granted')
    : colours.error(`${decision.outcome}: ${decision.reason}`);
  const lines = [
    `${outcome}: ${who}`,
    ...(isGranted
      ? grantLines(decision)
      : [`  ${decision.detail ?? ''}`].filter((line) => line.trim() !== '')),
    ...explained.hints.map((hint) => `  ${hint}`),
    ...(isGranted ? [] : [`  what it means: docs/troubleshooting.md#${decision.reason}`]),
    ...google.flatMap((finding) => findingLines(finding, colours)),
    ...explained.documents.map(({ path, isStored }) =>
      colours.faint(`  read ${path}: ${isStored ? 'stored' : 'not stored'}`),
    ),
    ...explained.assumptions.map((assumption) => colours.faint(`  ${assumption}`)),
  ];
  await print(`${lines.join('\n')}\n`);
}

function grantLines({ grant }: Extract<Decision, { readonly outcome: 'granted' }>): readonly string[] {
  return [
    `  by ${grant.grantPath}`,
    ...(grant.scopes.length > 0 ? [`  scopes ${grant.scopes.join(' ')}`] : []),
    ...(grant.type === 'access_token' ? [`  for ${grant.lifetimeSeconds} s`] : []),
    ...(grant.type === 'delegation' ? [`  signed by ${grant.signer}`] : []),
  ];
}

function findingLines({ claim, is, because, mend }: Finding, colours: Colours): readonly string[] {
  const paint = { yes: colours.gain, no: colours.error, unknown: colours.caution }[is];
  return [
    `  Google says ${paint(is)}: ${claim}${because === undefined ? '' : ` (${because})`}`,
    ...mend.map((line) => `    ${line}`),
  ];
}
