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

/**
 * RFC 4648 §3.5: base64url without padding whose last character leaves no bit over. With padding or left-over bits, other
 * texts would decode to the same bytes.
 */
const SEGMENT = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;
/** A string of valid JSON; the colon behind it makes it the name of a member. */
const STRING_LITERAL = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** The parts of a token that nobody has verified yet. Throws a `Refusal`. */
export function decodeCompactJwt(token: string): CompactJwt {
  const segments = token.split('.');
  const [header, claims, signature] = segments;
  if (segments.length !== 3 || !header || !claims || !signature) {
    throw new Refusal('token_malformed', 'not three segments');
  }
  if (!SEGMENT.test(signature)) throw new Refusal('token_malformed', 'signature is not base64url');
  return { header: decodeObject(header, 'header'), claims: decodeObject(claims, 'claims') };
}

function decodeObject(segment: string, part: string): Readonly<Record<string, unknown>> {
  if (!SEGMENT.test(segment)) throw new Refusal('token_malformed', `${part} is not base64url`);
  const text = decodeUtf8(Buffer.from(segment, 'base64url'));
  const value = parseJson(text);
  if (!isRecord(value)) throw new Refusal('token_malformed', `${part} is not a JSON object`);
  if (!hasDistinctNames(text, value)) throw new Refusal('token_duplicate_member', part);
  return value;
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** RFC 7515 §5.2: bytes that are no UTF-8 would be replaced, and replaced by what depends on who reads them. */
function decodeUtf8(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw new Refusal('token_malformed', 'not UTF-8');
  }
}

/**
 * RFC 7519 §4 lets a parser keep the last of two members of one name, and another keep the first. The parsed value has
 * fewer members than the text has names where one stood twice.
 *
 * No name of Google's is written with escapes, and one that is may be read as another: by a parser that compares names
 * before it unescapes them, and by V8, https://github.com/nodejs/node/issues/63785.
 */
function hasDistinctNames(json: string, value: object): boolean {
  const names = Array.from(json.matchAll(STRING_LITERAL)).filter(([, colon]) => colon !== undefined);
  return names.length === countMembers(value) && !names.some(([name]) => name.includes('\\'));
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
