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
  /** What is counted, and how the accounts are just now. */
  readonly text: (accounts: readonly Account[]) => string;
}

interface Sample {
  readonly label: string;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly label: string;
  readonly samples: readonly Sample[];
}

export function createMetrics(): Metrics {
  const tokenRequests = createCounter();
  const identityRequests = createCounter();
  const refusedRequests = createCounter();
  const exchanges = createCounter();

  return {
    countTokenRequest: tokenRequests.count,
    countIdentityRequest: identityRequests.count,
    countRefusedRequest: refusedRequests.count,
    countExchange: exchanges.count,
    text(accounts) {
      return [
        family(
          'token_requests_total',
          'counter',
          'Requests for access tokens',
          'status',
          tokenRequests.samples(),
        ),
        family(
          'identity_requests_total',
          'counter',
          'Requests for ID tokens',
          'status',
          identityRequests.samples(),
        ),
        family(
          'refused_requests_total',
          'counter',
          'Requests that a guard refused',
          'guard',
          refusedRequests.samples(),
        ),
        family('exchanges_total', 'counter', 'Exchanges at the functions', 'outcome', exchanges.samples()),
        family(
          'token_expiry_seconds',
          'gauge',
          'Life left in the access token; 0: none',
          'target',
          lives(accounts),
        ),
      ]
        .map(written)
        .join('');
    },
  };
}

/** Counts what comes of each exchange of `vend`, whatever it is given. */
export function countExchanges<
  Arguments extends readonly unknown[],
  Outcome extends { readonly kind: string },
>(
  vend: (...given: Arguments) => Promise<Outcome>,
  metrics: Metrics,
): (...given: Arguments) => Promise<Outcome> {
  return async (...given) => {
    const outcome = await vend(...given);
    metrics.countExchange(outcome.kind);
    return outcome;
  };
}

interface Counter {
  readonly count: (label: string | number) => void;
  readonly samples: () => readonly Sample[];
}

function createCounter(): Counter {
  // of statuses, guards and outcomes: the program's own words, so that there are few
  const counts = new Map<string | number, number>();
  return {
    count(label) {
      counts.set(label, (counts.get(label) ?? 0) + 1);
    },
    samples: () => Array.from(counts, ([label, value]) => ({ label: String(label), value })),
  };
}

function lives(accounts: readonly Account[]): readonly Sample[] {
  return accounts.map((account) => {
    const reading = account.currentAccessToken();
    return { label: account.target.member, value: reading?.kind === 'token' ? reading.expiresInSeconds : 0 };
  });
}

function family(
  name: string,
  type: Family['type'],
  help: string,
  label: string,
  samples: readonly Sample[],
): Family {
  return { name: `token_vending_refresher_${name}`, type, help, label, samples };
}

function written({ name, type, help, label, samples }: Family): string {
  const lines = samples.map((sample) => `${name}{${label}="${escaped(sample.label)}"} ${sample.value}\n`);
  return `# HELP ${name} ${help}.\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escaped(label: string): string {
  return label.replace(/["\\\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
