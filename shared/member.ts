/**
 * Members: the `serviceAccount:EMAIL` and `user:EMAIL` strings of IAM, which name every target.
 *
 * Anything that is not plain lower-case ASCII is no member at all. Unicode case mapping turns other letters into
 * ASCII ones ("K", the Kelvin sign, lower-cases to "k"), so nothing here changes case: strings compare byte for byte.
 */

export type MemberKind = 'serviceAccount' | 'user';

/** What a caller may become. `member` is the canonical form, `kind:email`. */
export interface Target {
  readonly kind: MemberKind;
  readonly email: string;
  readonly member: string;
}

/** RFC 5321 §4.5.3.1.3 allows a path of 256 octets, its two angle brackets included. */
const MAX_EMAIL_LENGTH = 254;

const EMAIL =
  /^[a-z0-9_'+-]+(?:\.[a-z0-9_'+-]+)*@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

/** Every Google service account lives below this domain, whichever product made it. */
const SERVICE_ACCOUNT_DOMAIN = '.gserviceaccount.com';

/** The resource-name form that an ADC file's `audience` carries, because libraries want a URL-like string there. */
const IAM_RESOURCE_PREFIX = '//iam.googleapis.com/';

export function isEmail(value: string): boolean {
  return value.length <= MAX_EMAIL_LENGTH && EMAIL.test(value);
}

export function isServiceAccountEmail(value: string): boolean {
  return value.endsWith(SERVICE_ACCOUNT_DOMAIN) && isEmail(value);
}

/** A Workspace user's address: an e-mail that is no service account's. */
export function isUserEmail(value: string): boolean {
  return !value.endsWith(SERVICE_ACCOUNT_DOMAIN) && isEmail(value);
}

/** Parses the canonical form, as stored documents hold it. `undefined`: not a member. */
export function parseMember(value: string): Target | undefined {
  const colon = value.indexOf(':');
  const kind = value.slice(0, Math.max(colon, 0));
  const email = value.slice(colon + 1);
  if (kind === 'serviceAccount' && isServiceAccountEmail(email)) return { kind, email, member: value };
  if (kind === 'user' && isUserEmail(email)) return { kind, email, member: value };
  return undefined;
}

/** Parses a request's `audience`, which may also be the resource-name form. `undefined`: not a member. */
export function parseAudience(value: string): Target | undefined {
  return parseMember(value.startsWith(IAM_RESOURCE_PREFIX) ? value.slice(IAM_RESOURCE_PREFIX.length) : value);
}

/** The kind that a stored key claims, whether or not the rest of it is well formed. */
export function claimedKind(member: string): MemberKind | undefined {
  if (member.startsWith('serviceAccount:')) return 'serviceAccount';
  if (member.startsWith('user:')) return 'user';
  return undefined;
}
