/**
 * Google's key set as it is published (RFC 7517), and for how long it may be kept (RFC 9111 §5.2.2.1).
 *
 * Pure: an HTTP answer in, keys by id out.
 */

import type { IncomingHttpHeaders } from 'node:http';
import * as v from 'valibot';
import type { OutboundResponse } from '../http/outbound.ts';
import type { KeySet, RsaJwk } from './google-keys.ts';

const MIN_FRESH_SECONDS = 60;
const MAX_FRESH_SECONDS = 24 * 3600;
/** Without a `Cache-Control`, ask again this soon. */
const DEFAULT_FRESH_SECONDS = 300;
/** A modulus of 2048 bits in base64url; a shorter one is no key for RS256 (RFC 7518 §3.3). */
const MIN_MODULUS_LENGTH = 342;

const RsaKey = v.object({
  kty: v.literal('RSA'),
  alg: v.literal('RS256'),
  use: v.literal('sig'),
  kid: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  n: v.pipe(v.string(), v.minLength(MIN_MODULUS_LENGTH), v.maxLength(1024)),
  e: v.pipe(v.string(), v.minLength(2), v.maxLength(8)),
});
const PublishedKeySet = v.object({ keys: v.pipe(v.array(v.unknown()), v.maxLength(32)) });

/** Throws where the answer holds no usable key, so that the keys at hand are not replaced by nothing. */
export function parseKeySet(response: OutboundResponse): KeySet {
  if (response.status !== 200) throw new Error(`the key set was answered with status ${response.status}`);
  const published = v.parse(PublishedKeySet, JSON.parse(response.body));
  const keys = new Map<string, RsaJwk>();
  for (const candidate of published.keys) {
    const parsed = v.safeParse(RsaKey, candidate);
    if (parsed.success) keys.set(parsed.output.kid, toJwk(parsed.output));
  }
  if (keys.size === 0) throw new Error('the key set holds no RS256 signing key');
  return { keys, freshForMs: freshSeconds(response.headers) * 1000 };
}

function toJwk({ kty, alg, kid, n, e }: v.InferOutput<typeof RsaKey>): RsaJwk {
  return { kty, alg, kid, n, e };
}

function freshSeconds(headers: IncomingHttpHeaders): number {
  const maxAge = /(?:^|[\s,])max-age=(\d{1,9})/.exec(headers['cache-control'] ?? '')?.[1];
  if (maxAge === undefined) return DEFAULT_FRESH_SECONDS;
  const age = /^\d{1,9}$/.exec(headers.age ?? '')?.[0] ?? '0';
  return Math.min(Math.max(Number(maxAge) - Number(age), MIN_FRESH_SECONDS), MAX_FRESH_SECONDS);
}
