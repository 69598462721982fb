/**
 * What a Compute Engine identity token must say to be believed, once its signature is.
 *
 * Pure: the claims and the clock come in, typed claims or a `Refusal` come out. Claims and their types:
 * https://cloud.google.com/compute/docs/instances/verifying-instance-identity#payload
 */

import { isServiceAccountEmail } from '../member.ts';
import { Refusal } from '../refusal.ts';
import { isRecord } from '../unknown.ts';

export interface ComputeClaims {
  readonly email: string;
  readonly uniqueId: string;
  readonly expiresAtSeconds: number;
  readonly instance: {
    readonly id: string;
    readonly name: string;
    readonly zone: string;
    readonly projectId: string;
    readonly projectNumber: number;
    readonly createdAt: Date;
    readonly confidential: boolean;
  };
}

export interface ClaimExpectations {
  /** The audiences of this function; a token's must be exactly one of them. */
  readonly audiences: readonly string[];
  readonly nowSeconds: number;
}

const GOOGLE_ISSUER = 'https://accounts.google.com';
/** How far a machine's clock may be behind Google's. */
const SKEW_SECONDS = 60;
/** Google signs identity tokens for one hour. */
const MAX_LIFETIME_SECONDS = 3600;

const NUMERIC_ID = /^[1-9][0-9]{9,24}$/;
const INSTANCE_ID = /^[1-9][0-9]{0,19}$/;
const INSTANCE_NAME = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const PROJECT_ID = /^(?:[a-z0-9.-]{1,255}:)?[a-z][a-z0-9-]{1,61}[a-z0-9]$/;
const ZONE = /^[a-z0-9]+(?:-[a-z0-9]+)+$/;

type Claims = Readonly<Record<string, unknown>>;

export function parseComputeClaims(claims: Claims, expected: ClaimExpectations): ComputeClaims {
  checkIssuer(claims);
  checkAudience(claims, expected.audiences);
  const expiresAtSeconds = checkTimes(claims, expected.nowSeconds);
  return { ...parseAccount(claims), expiresAtSeconds, instance: parseInstance(claims) };
}

/** OpenID Connect Core §3.1.3.7 item 2. Google's older `accounts.google.com` never stands in a VM's token. */
function checkIssuer(claims: Claims): void {
  if (claims['iss'] !== GOOGLE_ISSUER) throw new Refusal('token_issuer_mismatch');
}

/** RFC 7519 §4.1.3 also allows an array; Google never sends one, and a second audience is a second place to replay. */
function checkAudience(claims: Claims, audiences: readonly string[]): void {
  const audience = claims['aud'];
  if (typeof audience !== 'string' || !audiences.includes(audience)) {
    throw new Refusal('token_audience_mismatch');
  }
}

/** RFC 7519 §4.1.4 to §4.1.6. No skew for `exp`: the token is Google's, and so should our clock be. */
function checkTimes(claims: Claims, nowSeconds: number): number {
  const { iat, exp, nbf } = claims;
  if (!isSeconds(iat) || !isSeconds(exp) || (nbf !== undefined && !isSeconds(nbf))) {
    throw new Refusal(
      'token_times_malformed',
      'iat and exp have to be whole seconds, and nbf where it is there',
    );
  }
  if (exp <= nowSeconds) throw new Refusal('token_expired', `by ${nowSeconds - exp} s`);
  const latestStart = nowSeconds + SKEW_SECONDS;
  if (iat > latestStart || (nbf !== undefined && nbf > latestStart)) {
    throw new Refusal(
      'token_not_yet_valid',
      `by ${Math.max(iat, nbf ?? 0) - nowSeconds} s; check this clock`,
    );
  }
  if (exp <= iat || exp - iat > MAX_LIFETIME_SECONDS) throw new Refusal('token_lifetime_too_long');
  return exp;
}

/** The numeric id is what a grant is pinned to. In a token that `generateIdToken` made, `azp` may be an e-mail. */
function parseAccount(claims: Claims): { email: string; uniqueId: string } {
  const { email, email_verified: emailVerified, sub, azp } = claims;
  if (emailVerified !== true || typeof email !== 'string' || !isServiceAccountEmail(email)) {
    throw new Refusal('token_email_refused');
  }
  if (typeof sub !== 'string' || sub !== azp || !NUMERIC_ID.test(sub))
    throw new Refusal('token_subject_refused');
  return { email, uniqueId: sub };
}

/** Only VMs have this claim: Cloud Run, GKE workload identity and `generateIdToken` cannot produce it. */
function parseInstance(claims: Claims): ComputeClaims['instance'] {
  const google = claims['google'];
  const compute =
    isRecord(google) && Object.hasOwn(google, 'compute_engine') ? google['compute_engine'] : undefined;
  if (!isRecord(compute)) throw new Refusal('token_not_from_compute_engine');
  const createdAtSeconds = compute['instance_creation_timestamp'];
  const projectNumber = compute['project_number'];
  if (!isSeconds(createdAtSeconds)) throw malformed('instance_creation_timestamp');
  if (!isPositiveInteger(projectNumber)) throw malformed('project_number');
  checkLicenses(compute);
  return {
    id: parseText(compute, 'instance_id', INSTANCE_ID),
    name: parseText(compute, 'instance_name', INSTANCE_NAME),
    zone: parseText(compute, 'zone', ZONE),
    projectId: parseText(compute, 'project_id', PROJECT_ID),
    projectNumber,
    createdAt: new Date(createdAtSeconds * 1000),
    confidential: parseConfidentiality(compute),
  };
}

function parseText(compute: Claims, claim: string, pattern: RegExp): string {
  const value = compute[claim];
  if (typeof value !== 'string' || !pattern.test(value)) throw malformed(claim);
  return value;
}

/** The number 1 on Confidential VMs, otherwise absent. */
function parseConfidentiality(compute: Claims): boolean {
  const value = compute['instance_confidentiality'];
  if (value !== undefined && typeof value !== 'number') throw malformed('instance_confidentiality');
  return value === 1;
}

/** Only there when the VM asked with `licenses=TRUE`; not used, but of the right type or not Google's. */
function checkLicenses(compute: Claims): void {
  const value = compute['license_id'];
  if (value === undefined) return;
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string')) throw malformed('license_id');
}

function malformed(claim: string): Refusal {
  return new Refusal('token_compute_claims_malformed', claim);
}

function isPositiveInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** Seconds of an instant that a `Date` can hold. */
function isSeconds(value: unknown): value is number {
  return isPositiveInteger(value) && value <= 8.64e12;
}
