/**
 * Verification: an identity token in, a `Principal` out, or a `Refusal`.
 *
 * size → shape → header → key → signature → claims, the cheapest check first. The only place where the signature of
 * a caller is checked, and the only user of jose.
 */

import { hash } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import type { CallContext } from '../call-context.ts';
import { MAX_SUBJECT_TOKEN_LENGTH } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { IdentityToken } from '../tokens.ts';
import { decodeCompactJwt } from './compact-jwt.ts';
import { parseComputeClaims } from './compute-claims.ts';
import type { GoogleKeys, RsaJwk } from './google-keys.ts';
import { principalOfVerifiedClaims, type Principal } from './principal.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

export type VerifyIdentityToken = (token: IdentityToken, context: CallContext) => Promise<Principal>;

interface Dependencies {
  readonly keys: GoogleKeys;
  readonly audiences: readonly string[];
  readonly nowMs: () => number;
}

/** RFC 7515 §4.1: parameters that would let the token bring its own key or rules along. */
const REFUSED_HEADERS = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'cty'];
const MAX_KID_LENGTH = 128;

export function createIdentityTokenVerifier({ keys, audiences, nowMs }: Dependencies): VerifyIdentityToken {
  const verified = createVerifiedTokens();

  return async function verifyIdentityToken(token, context) {
    if (token.length > MAX_SUBJECT_TOKEN_LENGTH) throw new Refusal('token_too_large');
    const nowSeconds = Math.floor(nowMs() / 1000);
    const digest = hash('sha256', token.reveal(), 'base64');
    const remembered = verified.find(digest, nowSeconds);
    if (remembered !== undefined) return remembered;

    const { header, claims } = decodeCompactJwt(token.reveal());
    const key = await keys.find(parseHeader(header), context);
    await verifySignature(token, key);
    const parsed = parseComputeClaims(claims, { audiences, nowSeconds: Math.floor(nowMs() / 1000) });
    const principal = principalOfVerifiedClaims(parsed);
    verified.remember(digest, principal, parsed.expiresAtSeconds);
    return principal;
  };
}

function parseHeader(header: Readonly<Record<string, unknown>>): string {
  const { alg, typ, kid } = header;
  const refused = REFUSED_HEADERS.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) throw new Refusal('token_header_refused', refused);
  if (alg !== 'RS256') throw new Refusal('token_header_refused', 'alg');
  if (typ !== 'JWT') throw new Refusal('token_header_refused', 'typ');
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) {
    throw new Refusal('token_header_refused', 'kid');
  }
  return kid;
}

async function verifySignature(token: IdentityToken, key: RsaJwk): Promise<void> {
  try {
    await compactVerify(token.reveal(), key, { algorithms: ['RS256'] });
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new Refusal('token_signature_invalid', error.code);
    throw error;
  }
}
