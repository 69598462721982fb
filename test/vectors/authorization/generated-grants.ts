/**
 * Generated grants, each with its meaning beside it: what is stored was made from the meaning, or broken on purpose, so
 * that a property need not decode anything to know what a document says.
 */

import * as fc from '../../support/properties.ts';
import {
  ALICE,
  API_AUDIENCE,
  CLOUD_PLATFORM,
  DRIVE_READONLY,
  READ_ONLY,
  READ_WRITE,
  SIGNER,
  TRAINER,
} from '../../support/world/world.ts';

/** `malformed`: nobody can tell. */
export interface Written<Meaning> {
  readonly stored: unknown;
  readonly meaning: Meaning | 'malformed';
}

export interface ConditionFacts {
  readonly zone: string;
  readonly projectNumber: number;
  readonly confidential: boolean;
  readonly serviceAccount: string;
  readonly scopes: readonly string[];
  readonly target: string;
}

export interface Condition {
  readonly source: string;
  readonly holds: (facts: ConditionFacts) => boolean | 'malformed';
}

export interface GrantMeaning {
  readonly scopes: readonly string[];
  readonly idTokenAudiences: readonly string[];
  readonly lifetimeSeconds: number;
  readonly delegates: readonly string[];
  readonly signer: string;
  readonly condition: Condition | undefined;
  /** Milliseconds from now. */
  readonly expiresInMs: number;
}

export const DELEGATES = ['one@acme-data.iam.gserviceaccount.com', 'two@acme-data.iam.gserviceaccount.com'];
export const SIGNERS = [SIGNER, 'other-signer@acme-vending.iam.gserviceaccount.com'];
export const AUDIENCES_OF_ID_TOKENS = [API_AUDIENCE, 'https://other.example'];
export const SCOPES = [CLOUD_PLATFORM, READ_ONLY, READ_WRITE, DRIVE_READONLY, 'openid'];
const SERVICE_ACCOUNTS = [TRAINER, 'second@acme-data.iam.gserviceaccount.com'];
const USERS = [ALICE, 'bob@example.com', 'ceo@elsewhere.example'];

export const MEMBERS = {
  serviceAccount: SERVICE_ACCOUNTS.map((email) => `serviceAccount:${email}`),
  user: USERS.map((email) => `user:${email}`),
};
export type Kind = keyof typeof MEMBERS;

const CONDITIONS: readonly Condition[] = [
  { source: 'true', holds: () => true },
  { source: 'false', holds: () => false },
  {
    source: "instance.zone.startsWith('us-central1-')",
    holds: ({ zone }) => zone.startsWith('us-central1-'),
  },
  {
    source: 'instance.projectNumber == 326694433618',
    holds: ({ projectNumber }) => projectNumber === 326694433618,
  },
  { source: '!instance.confidential', holds: ({ confidential }) => !confidential },
  { source: 'size(request.scopes) == 0', holds: ({ scopes }) => scopes.length === 0 },
  { source: `'${READ_ONLY}' in request.scopes`, holds: ({ scopes }) => scopes.includes(READ_ONLY) },
  { source: `request.target == 'user:${ALICE}'`, holds: ({ target }) => target === `user:${ALICE}` },
  {
    source: "serviceAccount.email.endsWith('@acme-workers.iam.gserviceaccount.com')",
    holds: ({ serviceAccount }) => serviceAccount.endsWith('@acme-workers.iam.gserviceaccount.com'),
  },
  {
    source: "request.scopes[0] != ''",
    holds: ({ scopes }) => (scopes.length === 0 ? 'malformed' : scopes[0] !== ''),
  },
  { source: 'instance.owner == 1', holds: () => 'malformed' },
  { source: 'instance.zone', holds: () => 'malformed' },
  { source: 'instance.zone ==', holds: () => 'malformed' },
  { source: "instance.zone.matches('.*')", holds: () => 'malformed' },
  { source: "request.scopes.all(scope, scope != 'x')", holds: () => 'malformed' },
];

/** `value` most of the time. */
export const mostly = <T, U>(
  value: fc.Arbitrary<T>,
  otherwise: fc.Arbitrary<U>,
  weight = 12,
): fc.Arbitrary<T | U> => fc.oneof({ weight, arbitrary: value }, { weight: 1, arbitrary: otherwise });

const never = fc.constant(Number.POSITIVE_INFINITY);
export const expiresInMs = mostly(
  never,
  fc.constantFrom(-1000, -1, 0, 1, 999, 1000, 1500, 899_999, 900_000, 3_600_000, 1e9),
  3,
);
export const some = <T>(values: readonly T[], minLength = 1) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength, maxLength: values.length });

const meaning = (kind: Kind): fc.Arbitrary<GrantMeaning> =>
  fc.record({
    scopes: kind === 'user' ? mostly(some([DRIVE_READONLY, CLOUD_PLATFORM]), some(SCOPES), 3) : some(SCOPES),
    idTokenAudiences: kind === 'user' ? fc.constant([]) : some(AUDIENCES_OF_ID_TOKENS, 0),
    lifetimeSeconds: kind === 'user' ? fc.constant(3600) : fc.constantFrom(900, 3600, 3600, 43_200),
    delegates: kind === 'user' ? fc.constant([]) : some(DELEGATES, 0),
    signer: mostly(fc.constant(SIGNER), fc.constantFrom(...SIGNERS)),
    condition: mostly(
      fc.constant(undefined),
      mostly(fc.constantFrom(...CONDITIONS.slice(0, 9)), fc.constantFrom(...CONDITIONS), 3),
      2,
    ),
    expiresInMs,
  });

/** What stores do to instants: a `Date`, or something that gives one. */
export const instantOf = (ms: number, nowMs: number, isTimestamp: boolean): unknown => {
  const date = new Date(nowMs + ms);
  return isTimestamp ? { toDate: () => date } : date;
};

interface Style {
  /** Leaves out what the defaults say anyway. */
  readonly isTerse: boolean;
  readonly isTimestamp: boolean;
}
export const style = fc.record({ isTerse: fc.boolean(), isTimestamp: fc.boolean() });

function write(kind: Kind, grant: GrantMeaning, { isTerse, isTimestamp }: Style, nowMs: number): object {
  const { scopes, idTokenAudiences, lifetimeSeconds, delegates, signer, condition } = grant;
  const expires = Number.isFinite(grant.expiresInMs)
    ? { expiresAt: instantOf(grant.expiresInMs, nowMs, isTimestamp) }
    : {};
  const common = { scopes, ...expires, ...(condition && { condition: condition.source }) };
  if (kind === 'user') return { ...common, signer };
  return {
    ...common,
    ...(idTokenAudiences.length > 0 && { idTokenAudiences }),
    ...(!(isTerse && lifetimeSeconds === 3600) && { lifetimeSeconds }),
    ...(!(isTerse && delegates.length === 0) && { delegates }),
  };
}

export type Breakage = (stored: object) => unknown;
export const withField = (name: string, value: unknown): Breakage =>
  function breakField(stored) {
    return Object.fromEntries([...Object.entries(stored), [name, value]]);
  };

const BROKEN_ALIKE: readonly Breakage[] = [
  withField('scope', 'openid'),
  withField('constructor', 1),
  withField('__proto__', { scopes: ['openid'] }),
  withField('scopes', []),
  withField('scopes', 'openid'),
  withField('scopes', ['openid email']),
  withField('scopes', ['']),
  withField('scopes', null),
  withField('condition', true),
  withField('condition', ''),
  withField('condition', `true${' '.repeat(1021)}`),
  withField('expiresAt', '2099-01-01T00:00:00Z'),
  withField('expiresAt', 4_070_908_800),
  withField('expiresAt', new Date(Number.NaN)),
  withField('expiresAt', null),
  () => null,
  () => [],
  () => 'admin',
  () => new Map(),
];
const BROKEN: Readonly<Record<Kind, readonly Breakage[]>> = {
  serviceAccount: [
    ...BROKEN_ALIKE,
    withField('signer', SIGNER),
    withField('lifetimeSeconds', 899),
    withField('lifetimeSeconds', 43_201),
    withField('lifetimeSeconds', 3600.5),
    withField('lifetimeSeconds', '3600'),
    withField('idTokenAudiences', []),
    withField('idTokenAudiences', ['']),
    withField('delegates', ['One@acme-data.iam.gserviceaccount.com']),
    withField('delegates', [ALICE]),
    withField('delegates', null),
    () => ({}),
    () => ({ lifetimeSeconds: 3600 }),
  ],
  user: [
    ...BROKEN_ALIKE,
    withField('signer', 'DWD@acme-vending.iam.gserviceaccount.com'),
    withField('signer', ALICE),
    withField('signer', undefined),
    withField('lifetimeSeconds', 3600),
    withField('delegates', []),
    withField('idTokenAudiences', [API_AUDIENCE]),
    () => ({ scopes: [DRIVE_READONLY] }),
    () => ({ signer: SIGNER }),
  ],
};

export const storedGrant = (kind: Kind, nowMs: number): fc.Arbitrary<Written<GrantMeaning>> =>
  fc.tuple(meaning(kind), style).chain(([grant, how]) => {
    const stored = write(kind, grant, how, nowMs);
    return mostly<Written<GrantMeaning>, Written<GrantMeaning>>(
      fc.constant({ stored, meaning: grant }),
      fc
        .constantFrom(...BROKEN[kind])
        .map((change) => ({ stored: change(stored), meaning: 'malformed' as const })),
    );
  });
