/**
 * Compact serialisation of a JWT (RFC 7515 §7.1), decoded strictly and before any cryptography.
 *
 * Libraries differ in what they forgive: padding, trailing bits, repeated member names. Whatever two of them could
 * read differently is refused here, so that what was signed is what is read.
 */

import { Refusal } from '../refusal.ts';
import { isRecord, parseJson } from '../unknown.ts';

export interface CompactJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

const SEGMENT = /^[A-Za-z0-9_-]+$/;
const STRING_LITERAL = /"(?:[^"\\]|\\.)*"/g;

/** The parts of a token that nobody has verified yet. Throws a `Refusal`. */
export function decodeCompactJwt(token: string): CompactJwt {
  const segments = token.split('.');
  const [header, claims, signature] = segments;
  if (segments.length !== 3 || !header || !claims || !signature) {
    throw new Refusal('token_malformed', 'not three segments');
  }
  if (!isCanonicalBase64url(signature)) throw new Refusal('token_malformed', 'signature is not base64url');
  return { header: decodeObject(header, 'header'), claims: decodeObject(claims, 'claims') };
}

function decodeObject(segment: string, part: string): Readonly<Record<string, unknown>> {
  if (!isCanonicalBase64url(segment)) throw new Refusal('token_malformed', `${part} is not base64url`);
  const text = Buffer.from(segment, 'base64url').toString('utf8');
  const value = parseJson(text);
  if (!isRecord(value)) throw new Refusal('token_malformed', `${part} is not a JSON object`);
  if (countMembersOfText(text) !== countMembers(value)) throw new Refusal('token_duplicate_member', part);
  return value;
}

/** RFC 4648 §3.5: with padding, or with bits left over, other texts would decode to the same bytes. */
function isCanonicalBase64url(segment: string): boolean {
  return SEGMENT.test(segment) && Buffer.from(segment, 'base64url').toString('base64url') === segment;
}

/**
 * RFC 7519 §4 lets a parser keep the last of two members of one name, and another keep the first. In valid JSON the
 * colons outside strings are as many as the members written; the parsed value has fewer where a name stood twice.
 */
function countMembersOfText(json: string): number {
  return json.replace(STRING_LITERAL, '').split(':').length - 1;
}

/** Iterative: 8 KiB of brackets nest deeper than the call stack reaches. */
function countMembers(root: object): number {
  let members = 0;
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    const inner: unknown[] = Object.values(value);
    if (!Array.isArray(value)) members += inner.length;
    pending.push(...inner);
  }
  return members;
}
