/**
 * Counts for Prometheus, in its text format. They hold names of targets and numbers, and no token.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */

import type { Account } from './tokens/account.ts';

export interface Metrics {
  readonly countTokenRequest: (status: number) => void;
  readonly countIdentityRequest: (status: number) => void;
  readonly countRefusedRequest: (guard: string) => void;
  readonly countExchange: (outcome: string) => void;
  readonly countCheck: (outcome: string) => void;
  /** What is counted, and how the accounts are just now. */
  readonly text: (accounts: readonly Account[]) => string;
}

/** By the value of its label: of statuses, guards and outcomes, the program's own words, so that there are few. */
type Samples = Map<string | number, number>;

const COUNTERS = [
  ['token_requests_total', 'Requests for access tokens', 'status'],
  ['identity_requests_total', 'Requests for ID tokens', 'status'],
  ['refused_requests_total', 'Requests that a guard refused', 'guard'],
  ['exchanges_total', 'Exchanges at the functions', 'outcome'],
  ['checks_total', 'Checks at the functions', 'outcome'],
] as const;

export function createMetrics(): Metrics {
  const counted = COUNTERS.map((): Samples => new Map());
  const counter = (at: number) => (label: string | number) => {
    const samples = counted[at];
    samples?.set(label, (samples.get(label) ?? 0) + 1);
  };
  return {
    countTokenRequest: counter(0),
    countIdentityRequest: counter(1),
    countRefusedRequest: counter(2),
    countExchange: counter(3),
    countCheck: counter(4),
    text(accounts) {
      const counters = COUNTERS.map((family, at) => written(family, 'counter', counted[at] ?? []));
      return counters.join('') + written(LIVES, 'gauge', livesOf(accounts));
    },
  };
}

/** Counts what comes of each call of `ask`, whatever it is given. */
export function countOutcomes<
  Arguments extends readonly unknown[],
  Outcome extends { readonly kind: string },
>(
  ask: (...given: Arguments) => Promise<Outcome>,
  count: ((outcome: string) => void) | undefined,
): (...given: Arguments) => Promise<Outcome> {
  return async (...given) => {
    const outcome = await ask(...given);
    count?.(outcome.kind);
    return outcome;
  };
}

const LIVES = ['token_expiry_seconds', 'Life left in the access token; 0: none', 'target'] as const;

function livesOf(accounts: readonly Account[]): readonly (readonly [string, number])[] {
  return accounts.map((account) => {
    const reading = account.currentAccessToken();
    return [account.target.member, reading?.kind === 'token' ? reading.expiresInSeconds : 0];
  });
}

function written(
  [family, help, label]: readonly [name: string, help: string, label: string],
  type: 'counter' | 'gauge',
  samples: Iterable<readonly [string | number, number]>,
): string {
  const name = `token_vending_refresher_${family}`;
  const lines = Array.from(samples, ([of, value]) => `${name}{${label}="${escaped(String(of))}"} ${value}\n`);
  return `# HELP ${name} ${help}.\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escaped(label: string): string {
  return label.replace(/["\\\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
