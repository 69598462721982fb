/** Whether what a client did is what its row says, as a list of what is wrong. */

import type { Bearer, Observation } from './observation.ts';
import type { Expectation, Identity, Outcome, Proof } from './row.ts';

export function outcomeFor(expectation: Expectation, identity: Identity): Outcome {
  if (expectation === 'works' || 'reason' in expectation) return expectation;
  return expectation[identity];
}

export interface Promised {
  readonly proof: Proof;
  readonly prints?: string | undefined;
  readonly outcome: Outcome;
}

export function problemsOf({ proof, prints, outcome }: Promised, observed: Observation): string[] {
  const bearers = [...observed.requests.map(({ bearer }) => bearer), ...observed.printed];
  if (outcome === 'works') return problemsOfWorking(proof, prints, bearers, observed);
  if (outcome.seen === 'acts as the VM') {
    return problems({
      'shows a vended token': bearers.includes('vended'),
      'does not act as the VM': !bearers.includes('the VM’s') && !observed.printsVmEmail,
    });
  }
  if (outcome.seen === 'acts anonymously') {
    return problems({
      'sends a token': bearers.some((bearer) => bearer !== 'none'),
      'sends no anonymous request': !bearers.includes('none'),
    });
  }
  const says = outcome.seen.says;
  return problems({
    'ends well': observed.code === 0,
    'did not end': observed.code === 'timeout',
    'shows a vended token': bearers.includes('vended'),
    'acts as the VM': bearers.includes('the VM’s'),
    [`does not say ${says}`]: !says.test(observed.stderr) && !says.test(observed.stdout),
  });
}

function problemsOfWorking(
  proof: Proof,
  prints: string | undefined,
  bearers: readonly Bearer[],
  observed: Observation,
): string[] {
  return problems({
    'does not end with 0': observed.code !== 0,
    [`does not print ${prints}`]: prints !== undefined && !observed.stdout.includes(prints),
    'acts as the VM': bearers.includes('the VM’s') || observed.printsVmEmail,
    'has a token that nobody vended': bearers.includes('foreign'),
    'no API saw a vended token': proof === 'api' && !observed.requests.some(isVended),
    'prints no vended token': proof === 'printed token' && !observed.printed.includes('vended'),
    'does not print its account': proof === 'printed account' && !observed.printsEmail,
  });
}

function isVended({ bearer }: { readonly bearer: Bearer }): boolean {
  return bearer === 'vended';
}

function problems(checks: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(checks).flatMap(([problem, is]) => (is ? [problem] : []));
}
