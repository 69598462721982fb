/**
 * Changes that make documents stricter, for properties that compare before and after. What is malformed is left as it
 * is: a change must not mend it.
 */

import type { AuthorizedGrant } from '../../../shared/grants/authorized-grant.ts';
import type { GrantDocuments } from '../../../shared/grants/grant-store.ts';
import type { Attempt } from '../attempt.ts';
import {
  toStored,
  type DocumentMeaning,
  type GeneratedDocuments,
  type Setting,
} from './generated-documents.ts';
import { MEMBERS, type Written } from './generated-grants.ts';

type Fields = Readonly<Record<string, unknown>>;
type Change = (documents: GeneratedDocuments, setting: Setting) => GrantDocuments;

const onEach =
  (change: (data: Fields, meaning: DocumentMeaning, setting: Setting) => Fields): Change =>
  ({ instance, serviceAccount, killSwitch }, setting) => {
    const changed = (document: Written<DocumentMeaning> | undefined) =>
      document === undefined || document.meaning === 'malformed'
        ? document
        : { ...document, stored: change(document.stored as Fields, document.meaning, setting) };
    return toStored(
      { killSwitch, instance: changed(instance), serviceAccount: changed(serviceAccount) },
      setting,
    );
  };

const onGrants = (change: (grant: Fields, setting: Setting) => Fields): Change =>
  onEach((data, { grants }, setting) => {
    const changed = Object.entries(data['grants'] as Fields).map(([key, grant]) => {
      const isSound = grants.get(key) !== 'malformed';
      return [key, isSound ? change(grant as Fields, setting) : grant] as const;
    });
    return { ...data, grants: Object.fromEntries(changed) };
  });

const onKillSwitch =
  (data: (setting: Setting) => Fields): Change =>
  (documents, setting) => ({
    ...toStored(documents, setting),
    killSwitch: { path: 'controls/kill-switch', data: data(setting) },
  });

const isOfUser = (grant: Fields) => 'signer' in grant;
const withoutLast = (value: unknown) => (value as readonly unknown[]).slice(0, -1);
const inTenMinutes = ({ nowMs }: Setting) => new Date(nowMs + 600_000);

/** Leaves something now and then. (A user's grant with a scope fewer may be below a ceiling that it was above.) */
export const RESTRICTIONS: readonly (readonly [string, Change])[] = [
  [
    'a scope fewer',
    onGrants((grant) => (isOfUser(grant) ? grant : { ...grant, scopes: withoutLast(grant['scopes']) })),
  ],
  ['no audiences', onGrants((grant) => without(grant, 'idTokenAudiences'))],
  ['an expiry of the grants', onGrants((grant, setting) => ({ expiresAt: inTenMinutes(setting), ...grant }))],
  [
    'an expiry of the documents',
    onEach((data, _, setting) => ({ expiresAt: inTenMinutes(setting), ...data })),
  ],
  ['the shortest life', onGrants((grant) => (isOfUser(grant) ? grant : { ...grant, lifetimeSeconds: 900 }))],
  ['no grants', onEach((data) => ({ ...data, grants: {} }))],
];

/** Leaves nothing. */
export const STOPS: readonly (readonly [string, Change])[] = [
  ['the kill switch', onKillSwitch(() => ({ engaged: true }))],
  ['the kill switch for the instance', onKillSwitch(({ ids }) => ({ principals: [ids.instance] }))],
  ['the kill switch for the fleet', onKillSwitch(({ ids }) => ({ principals: [ids.serviceAccount] }))],
  ['the kill switch for all targets', onKillSwitch(() => ({ targets: Object.values(MEMBERS).flat() }))],
  ['a kill switch that nobody can read', onKillSwitch(() => ({ engage: true }))],
  ['disabled documents', onEach((data) => ({ ...data, disabled: true }))],
  ['expired documents', onEach((data, _, { nowMs }) => ({ ...data, expiresAt: new Date(nowMs) }))],
  ['documents of another account', onEach((data) => ({ ...data, uniqueId: '109422233875895820599' }))],
  ['a misspelt field of the documents', onEach((data) => ({ ...data, Disabled: true }))],
  ['expired grants', onGrants((grant, { nowMs }) => ({ ...grant, expiresAt: new Date(nowMs) }))],
  ['a condition that never holds', onGrants((grant) => ({ ...grant, condition: 'false' }))],
  ['a condition that nobody can read', onGrants((grant) => ({ ...grant, condition: '(' }))],
  ['a misspelt field of the grants', onGrants((grant) => ({ ...grant, Condition: 'false' }))],
  [
    'malformed grants of the instance above all of the fleet',
    (documents, setting) => ({
      ...toStored(documents, setting),
      instance: {
        path: `principals/${setting.ids.instance}`,
        data: {
          grants: Object.fromEntries(
            Object.values(MEMBERS)
              .flat()
              .map((member) => [member, {}]),
          ),
        },
      },
    }),
  ],
];

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name));
}

/** Whether the one outcome gives nothing that the other does not. */
export function isWithin(after: Attempt<AuthorizedGrant>, before: Attempt<AuthorizedGrant>): boolean {
  if ('thrown' in after) return true;
  if ('thrown' in before) return false;
  const { value: narrow } = after;
  const { value: wide } = before;
  const livesOn =
    narrow.type === 'access_token' &&
    wide.type === 'access_token' &&
    narrow.lifetimeSeconds > wide.lifetimeSeconds;
  return (
    narrow.type === wide.type &&
    narrow.target.member === wide.target.member &&
    narrow.scopes.every((scope) => wide.scopes.includes(scope)) &&
    !livesOn
  );
}
