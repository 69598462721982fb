/**
 * Generated documents: envelopes around generated grants, and the kill switch, each with its meaning beside it.
 */

import * as fc from '../../support/properties.ts';
import type { GrantDocuments } from '../../../shared/grants/grant-store.ts';
import {
  DELEGATES,
  expiresInMs,
  instantOf,
  MEMBERS,
  mostly,
  SIGNERS,
  some,
  storedGrant,
  style,
  withField,
  type Breakage,
  type GrantMeaning,
  type Kind,
  type Written,
} from './generated-grants.ts';

export interface DocumentMeaning {
  /** `undefined`: any. */
  readonly uniqueId: string | undefined;
  readonly disabled: boolean;
  readonly expiresInMs: number;
  /** By key, in the order in which they are stored. */
  readonly grants: ReadonlyMap<string, GrantMeaning | 'malformed'>;
}

export interface KillSwitchMeaning {
  readonly engaged: boolean;
  readonly targets: readonly string[];
  readonly principals: readonly string[];
}

export interface GeneratedDocuments {
  /** `undefined`: there is none. */
  readonly instance: Written<DocumentMeaning> | undefined;
  readonly serviceAccount: Written<DocumentMeaning> | undefined;
  readonly killSwitch: Written<KillSwitchMeaning> | undefined;
}

/** Whom the documents are about, and when. */
export interface Setting {
  readonly uniqueId: string;
  readonly ids: { readonly instance: string; readonly serviceAccount: string };
  readonly nowMs: number;
}

/** Keys that are no targets, some of which say what kind they would be of. */
const NO_MEMBERS = [
  'serviceAccount:TRAINER@acme-data.iam.gserviceaccount.com',
  'user:*',
  'allUsers',
  '__proto__',
];

type Entry = readonly [string, Written<GrantMeaning>];

/** The first member's nearly always, another's now and then. */
const entriesOf = (kind: Kind, nowMs: number): fc.Arbitrary<readonly Entry[]> => {
  const grant = storedGrant(kind, nowMs);
  const none = fc.constant(undefined);
  const grants = MEMBERS[kind].map((_, index) =>
    index === 0 ? mostly(grant, none) : mostly(none, grant, 6),
  );
  return fc
    .tuple(...grants)
    .map((chosen) =>
      chosen.flatMap((one, index) => (one === undefined ? [] : [[MEMBERS[kind][index] ?? '', one] as const])),
    );
};

const strayEntries = mostly(
  fc.constant<readonly Entry[]>([]),
  some(NO_MEMBERS).map((keys) => keys.map((key) => [key, { stored: {}, meaning: 'malformed' }] as const)),
);

const BROKEN_ENVELOPES: readonly Breakage[] = [
  withField('Disabled', true),
  withField('toString', 1),
  withField('disabled', 'no'),
  withField('disabled', null),
  withField('expiresAt', '2099-01-01T00:00:00Z'),
  withField('uniqueId', 109422233875895),
  withField('uniqueId', '0123456789'),
  withField('grants', []),
  withField('grants', null),
  () => null,
  () => 'grants',
  () => ({}),
];

const document = (
  kind: keyof GeneratedDocuments,
  { uniqueId, nowMs }: Setting,
): fc.Arbitrary<Written<DocumentMeaning>> =>
  fc
    .record({
      pin: mostly(fc.constant(uniqueId), fc.constant('109422233875895820599')),
      isPinned: kind === 'serviceAccount' ? mostly(fc.constant(true), fc.constant(false), 30) : fc.boolean(),
      disabled: mostly(fc.constant(false), fc.constant(true)),
      expiresInMs,
      entries: fc
        .tuple(entriesOf('serviceAccount', nowMs), entriesOf('user', nowMs), strayEntries)
        .map((entries) => entries.flat()),
      how: style,
      breakage: mostly(fc.constant(undefined), fc.constantFrom(...BROKEN_ENVELOPES), 30),
    })
    .map(({ pin, isPinned, disabled, entries, how, breakage, ...rest }) => {
      const stored = {
        ...(isPinned && { uniqueId: pin }),
        ...(!(how.isTerse && !disabled) && { disabled }),
        ...(Number.isFinite(rest.expiresInMs) && {
          expiresAt: instantOf(rest.expiresInMs, nowMs, how.isTimestamp),
        }),
        grants: Object.fromEntries(entries.map(([key, grant]) => [key, grant.stored])),
      };
      const grants = new Map(entries.map(([key, grant]) => [key, grant.meaning]));
      const said: DocumentMeaning = {
        uniqueId: isPinned ? pin : undefined,
        disabled,
        expiresInMs: rest.expiresInMs,
        grants,
      };
      const isSound = breakage === undefined && (isPinned || kind === 'instance');
      return {
        stored: breakage === undefined ? stored : breakage(stored),
        meaning: isSound ? said : 'malformed',
      };
    });

const BROKEN_KILL_SWITCHES: readonly unknown[] = [
  { engaged: 'true' },
  { target: [] },
  { targets: 'user:alice@example.com' },
  { principals: [1] },
  { reason: 7 },
  [],
  null,
];

const killSwitch = ({ ids }: Setting): fc.Arbitrary<Written<KillSwitchMeaning>> => {
  const accounts = [...SIGNERS, ...DELEGATES].map((email) => `serviceAccount:${email}`);
  const targets = fc.constantFrom(...MEMBERS.serviceAccount, ...MEMBERS.user, ...accounts);
  const principals = fc.constantFrom(
    ids.instance,
    ids.serviceAccount,
    'instance:1:2',
    'serviceAccount:other@acme-data.iam.gserviceaccount.com',
  );
  const sound = fc
    .record({
      engaged: mostly(fc.constant(false), fc.constant(true), 5),
      targets: fc.array(targets, { maxLength: 2 }),
      principals: mostly(fc.constant<string[]>([]), fc.array(principals, { maxLength: 2 }), 3),
    })
    .map((said) => ({ stored: { ...said, reason: 'a drill' }, meaning: said }));
  const broken = fc
    .constantFrom(...BROKEN_KILL_SWITCHES)
    .map((stored) => ({ stored, meaning: 'malformed' as const }));
  return mostly(sound, broken);
};

export const generatedDocuments = (setting: Setting): fc.Arbitrary<GeneratedDocuments> => {
  const absent = { nil: undefined };
  return fc.record({
    instance: fc.option(document('instance', setting), { ...absent, freq: 2 }),
    serviceAccount: fc.option(document('serviceAccount', setting), { ...absent, freq: 6 }),
    killSwitch: mostly(fc.constant(undefined), killSwitch(setting), 3),
  });
};

/** As a store hands them over. */
export function toStored(documents: GeneratedDocuments, { ids }: Setting): GrantDocuments {
  const { instance, serviceAccount, killSwitch: control } = documents;
  return {
    instance: instance && { path: `principals/${ids.instance}`, data: instance.stored },
    serviceAccount: serviceAccount && {
      path: `principals/${ids.serviceAccount}`,
      data: serviceAccount.stored,
    },
    killSwitch: control && { path: 'controls/kill-switch', data: control.stored },
  };
}
