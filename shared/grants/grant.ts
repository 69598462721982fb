/**
 * A grant: the stored permission of a principal to become one target, decoded strictly.
 *
 * Nothing is guessed: an unknown field, a wrong type or an empty list is a fault of the document, because each of
 * them may be a restriction that somebody meant and misspelt.
 */

import * as v from 'valibot';
import { parseMember, type Target } from '../member.ts';
import { parseScopeList } from '../protocol.ts';
import { expiresAt, nonEmptyList, serviceAccountEmail, strictMap } from './fields.ts';
import { faultOfIssues, malformedDocument } from './stored-document.ts';

interface GrantBase {
  /** The document that holds it, `principals/ID`. */
  readonly path: string;
  readonly target: Target;
  readonly condition?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

export interface ServiceAccountGrant extends GrantBase {
  readonly kind: 'serviceAccount';
  /** Empty only where the grant is for ID tokens alone. */
  readonly scopes: readonly string[];
  readonly idTokenAudiences: readonly string[];
  /** Of access tokens; an ID token lives an hour whatever is stored. */
  readonly lifetimeSeconds: number;
  /** The IAM impersonation chain, in order. */
  readonly delegates: readonly string[];
}

export interface UserGrant extends GrantBase {
  readonly kind: 'user';
  readonly scopes: readonly string[];
  /** The service account whose key signs the assertion. */
  readonly signer: string;
}

export type Grant = ServiceAccountGrant | UserGrant;

/** Below 900 s some client libraries fetch a token for each call; above 43200 s IAM never goes. */
const MIN_LIFETIME_SECONDS = 900;
const MAX_LIFETIME_SECONDS = 43_200;
export const DEFAULT_LIFETIME_SECONDS = 3600;
const lifetimeRange = `must be a whole number from ${MIN_LIFETIME_SECONDS} to ${MAX_LIFETIME_SECONDS}`;
const MAX_CONDITION_LENGTH = 1024;

const scope = v.custom<string>(
  (value) => typeof value === 'string' && !value.includes(' ') && parseScopeList(value) !== undefined,
  'must be an OAuth scope',
);
const scopes = nonEmptyList(scope);

const common = {
  condition: v.optional(
    v.pipe(
      v.string('must be a CEL expression, as a string'),
      v.minLength(1, 'must not be empty'),
      v.maxBytes(MAX_CONDITION_LENGTH, `must not be longer than ${MAX_CONDITION_LENGTH} bytes`),
    ),
  ),
  expiresAt,
};

const serviceAccountGrant = strictMap({
  ...common,
  scopes: v.optional(scopes),
  idTokenAudiences: v.optional(
    nonEmptyList(v.pipe(v.string('must be a string'), v.minLength(1, 'must not be empty'))),
  ),
  lifetimeSeconds: v.optional(
    v.pipe(
      v.number(lifetimeRange),
      v.integer(lifetimeRange),
      v.minValue(MIN_LIFETIME_SECONDS, lifetimeRange),
      v.maxValue(MAX_LIFETIME_SECONDS, lifetimeRange),
    ),
    DEFAULT_LIFETIME_SECONDS,
  ),
  delegates: v.optional(v.array(serviceAccountEmail, 'must be a list'), []),
});

const userGrant = strictMap({ ...common, scopes, signer: serviceAccountEmail });

/**
 * Decodes the grant stored under `member`. Throws a `Fault` that names document and field.
 */
export function decodeGrant(path: string, member: string, stored: unknown): Grant {
  const field = `grants.${member}`;
  const target = parseMember(member);
  if (target === undefined)
    throw malformedDocument(path, field, 'is not a target: use serviceAccount:EMAIL or user:EMAIL');
  if (target.kind === 'user') {
    return { ...decode(userGrant, path, field, stored), kind: 'user', path, target };
  }
  const grant = decode(serviceAccountGrant, path, field, stored);
  const { scopes: accessTokenScopes = [], idTokenAudiences = [] } = grant;
  if (accessTokenScopes.length === 0 && idTokenAudiences.length === 0) {
    throw malformedDocument(path, field, 'needs scopes, idTokenAudiences or both');
  }
  return { ...grant, kind: 'serviceAccount', path, target, scopes: accessTokenScopes, idTokenAudiences };
}

function decode<const Schema extends v.GenericSchema>(
  schema: Schema,
  path: string,
  field: string,
  stored: unknown,
): v.InferOutput<Schema> {
  const decoded = v.safeParse(schema, stored);
  if (!decoded.success) throw faultOfIssues(path, decoded.issues, field);
  return decoded.output;
}
