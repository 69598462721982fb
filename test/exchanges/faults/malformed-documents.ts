/**
 * Documents that somebody has mistyped. Each of them grants nothing until it is mended; the log names the document and
 * the field, and the caller learns neither.
 */

import type { DocumentData, DocumentValue } from '../../support/firestore/documents.ts';
import type { Caller, Documents } from './lane.ts';
import type { WantedKind } from './wanted.ts';

export interface MalformedDocument {
  readonly title: string;
  readonly kind: Exclude<WantedKind, 'an ID token'>;
  /** Changes the caller's good documents. */
  readonly mistype: (caller: Caller) => Documents;
  /** The field, as the log names it after the document; `GRANT` stands for that of the caller's grant. */
  readonly field: string;
  /** In the instance's document instead of the fleet's. */
  readonly instance?: true;
}

type Mistype = MalformedDocument['mistype'];

const row = (kind: MalformedDocument['kind']) => (title: string, mistype: Mistype, field: string) => ({
  kind,
  title,
  mistype,
  field,
});
const impersonation = row('an access token');
const delegation = row("a user's token");

function good({ wanted }: Caller): {
  path: string;
  document: DocumentData;
  member: string;
  fine: DocumentData;
} {
  const [path = '', document = {}] = Object.entries(wanted.documents)[0] ?? [];
  const [member = '', fine = {}] =
    Object.entries(document['grants'] as Record<string, DocumentData>)[0] ?? [];
  return { path, document, member, fine };
}

/** Fields of the document itself; one that is undefined is left out. */
function envelope(fields: Readonly<Record<string, DocumentValue | undefined>>) {
  return (caller: Caller): Documents => {
    const { path, document } = good(caller);
    return { [path]: without({ ...document, ...fields }) };
  };
}

/** The same of the grant in it. */
function grant(fields: Readonly<Record<string, DocumentValue | undefined>>) {
  return (caller: Caller): Documents => {
    const { path, document, member, fine } = good(caller);
    return { [path]: { ...document, grants: { [member]: without({ ...fine, ...fields }) } } };
  };
}

function without(fields: Readonly<Record<string, DocumentValue | undefined>>): DocumentData {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as DocumentData;
}

function inPlaceOfGrant(value: DocumentValue) {
  return (caller: Caller): Documents => {
    const { path, document, member } = good(caller);
    return { [path]: { ...document, grants: { [member]: value } } };
  };
}

function instance(document: DocumentData) {
  return ({ vm, wanted }: Caller): Documents => ({
    ...wanted.documents,
    [`principals/${vm.instanceId}`]: document,
  });
}

const LIFETIME = 'GRANT.lifetimeSeconds must be';
const CONDITION = 'GRANT.condition ';

export const MALFORMED_DOCUMENTS: readonly MalformedDocument[] = [
  impersonation('a field too many', envelope({ owner: 'me' }), 'owner is not a field'),
  impersonation('no numeric id', envelope({ uniqueId: undefined }), 'uniqueId is missing'),
  delegation('a numeric id without quotes', envelope({ uniqueId: 1094222338 }), 'uniqueId must be'),
  impersonation('disabled, in quotes', envelope({ disabled: 'false' }), 'disabled must be'),
  delegation('no instant', envelope({ expiresAt: 'next year' }), 'expiresAt must be'),
  impersonation('no grants', envelope({ grants: undefined }), 'grants is missing'),
  delegation('grants as a list', envelope({ grants: ['x'] }), 'grants must be'),
  impersonation('a grant that is a string', inPlaceOfGrant('yes'), 'GRANT must be a map'),
  impersonation('a grant that is nothing', inPlaceOfGrant(null), 'GRANT must be a map'),
  impersonation('an unknown restriction', grant({ conditions: 'false' }), 'GRANT.conditions is not a field'),
  impersonation('one scope, not in a list', grant({ scopes: 'openid' }), 'GRANT.scopes must be'),
  impersonation('no scope in the list', grant({ scopes: [] }), 'GRANT.scopes must not be'),
  delegation('two scopes in one', grant({ scopes: ['openid email'] }), 'GRANT.scopes.0 must be'),
  delegation('no scopes at all', grant({ scopes: undefined }), 'GRANT.scopes is missing'),
  impersonation('a lifetime in quotes', grant({ lifetimeSeconds: '3600' }), LIFETIME),
  impersonation('a lifetime of a minute', grant({ lifetimeSeconds: 60 }), LIFETIME),
  impersonation('a lifetime of a day', grant({ lifetimeSeconds: 86_400 }), LIFETIME),
  impersonation('a lifetime of half seconds', grant({ lifetimeSeconds: 1000.5 }), LIFETIME),
  delegation(
    'a lifetime for a user’s token',
    grant({ lifetimeSeconds: 3600 }),
    'GRANT.lifetimeSeconds is not a field',
  ),
  impersonation(
    'a chain with capitals',
    grant({ delegates: ['A@p.iam.gserviceaccount.com'] }),
    'GRANT.delegates.0 must be',
  ),
  delegation('no signer', grant({ signer: undefined }), 'GRANT.signer is missing'),
  delegation('a user for a signer', grant({ signer: 'alice@example.com' }), 'GRANT.signer must be'),
  impersonation(
    'no audiences in the list',
    grant({ idTokenAudiences: [] }),
    'GRANT.idTokenAudiences must not be',
  ),
  impersonation('an empty condition', grant({ condition: '' }), 'GRANT.condition must not be'),
  impersonation('a condition that does not compile', grant({ condition: 'instance.zone ==' }), CONDITION),
  delegation('a condition of an unknown variable', grant({ condition: "vm.zone == 'a'" }), CONDITION),
  impersonation('a condition that is no yes or no', grant({ condition: 'instance.zone' }), CONDITION),
  impersonation(
    'a condition that divides by zero',
    grant({ condition: '1 / (instance.projectNumber - instance.projectNumber) == 1' }),
    CONDITION,
  ),
  delegation('a number for an instant', grant({ expiresAt: 1_900_000_000 }), 'GRANT.expiresAt must be'),
  {
    ...impersonation(
      'nonsense beside a good fleet’s document',
      instance({ grants: {}, disable: true }),
      'disable is not a field',
    ),
    instance: true,
  },
  {
    ...delegation(
      'a wrong type beside a good fleet’s document',
      instance({ grants: {}, disabled: 1 }),
      'disabled must be',
    ),
    instance: true,
  },
];

export const MALFORMED_KILL_SWITCHES: readonly (readonly [
  title: string,
  document: DocumentData,
  field: string,
])[] = [
  ['engaged in quotes', { engaged: 'true' }, 'engaged must be'],
  ['a misspelt field', { engage: true }, 'engage is not a field'],
  ['one target, not in a list', { targets: 'user:alice@example.com' }, 'targets must be'],
  ['a principal that is a number', { principals: [1] }, 'principals.0 must be'],
  ['no reason to speak of', { engaged: false, reason: 5 }, 'reason must be'],
];
