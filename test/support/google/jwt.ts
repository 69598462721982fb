// Compact JWS (RFC 7515) by hand: the libraries under test must not vouch for themselves.
import { createHmac, sign, verify, type KeyObject } from 'node:crypto';

import { parseJsonObject, type JsonObject } from './json-object.ts';
import type { RsaKey } from './rsa-keys.ts';

/** A token to build, well-formed or hostile. */
export interface TokenToSign {
  /** Laid over `{alg, kid, typ: 'JWT'}`; a member set to undefined is left out. */
  header?: JsonObject;
  /** The header's exact text instead. */
  headerText?: string;
  claims?: JsonObject;
  /** The payload's exact text instead of `claims`: duplicate members, odd spacing, no JSON at all. */
  payloadText?: string;
  /** An RSA key (RS256), a secret (HS256), or `none` (no signature). */
  key?: RsaKey | { readonly hmacSecret: string } | 'none';
}

export interface DecodedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signingInput: string;
  readonly signature: Buffer;
}

export function signToken(token: TokenToSign, defaultKey: RsaKey): string {
  const key = token.key ?? defaultKey;
  const header = token.headerText ?? JSON.stringify({ ...defaultHeader(key), ...token.header });
  const payload = token.payloadText ?? JSON.stringify(token.claims ?? {});
  const signingInput = toSigningInput(header, payload);
  return `${signingInput}.${signatureOf(signingInput, key)}`;
}

export function toSigningInput(headerText: string, payloadText: string): string {
  return `${Buffer.from(headerText).toString('base64url')}.${Buffer.from(payloadText).toString('base64url')}`;
}

/** The parts of a compact token, nothing verified; undefined where it is none. */
export function decodeJwt(compact: string): DecodedJwt | undefined {
  const [head = '', body = '', signature = '', ...more] = compact.split('.');
  if (more.length > 0 || ![head, body, signature].every((part) => /^[\w-]+$/.test(part))) return undefined;
  const header = parseJsonObject(Buffer.from(head, 'base64url').toString());
  const claims = parseJsonObject(Buffer.from(body, 'base64url').toString());
  if (header === undefined || claims === undefined) return undefined;
  return { header, claims, signingInput: `${head}.${body}`, signature: Buffer.from(signature, 'base64url') };
}

export function isSignedBy(jwt: DecodedJwt, publicKey: KeyObject): boolean {
  if (jwt.header['alg'] !== 'RS256') return false;
  return verify('RSA-SHA256', Buffer.from(jwt.signingInput), publicKey, jwt.signature);
}

type SigningMeans = NonNullable<TokenToSign['key']>;

function defaultHeader(key: SigningMeans): JsonObject {
  if (key === 'none') return { alg: 'none', typ: 'JWT' };
  if ('hmacSecret' in key) return { alg: 'HS256', typ: 'JWT' };
  return { alg: 'RS256', kid: key.kid, typ: 'JWT' };
}

function signatureOf(signingInput: string, key: SigningMeans): string {
  if (key === 'none') return '';
  if ('hmacSecret' in key)
    return createHmac('sha256', key.hmacSecret).update(signingInput).digest('base64url');
  return sign('RSA-SHA256', Buffer.from(signingInput), key.privateKey).toString('base64url');
}
