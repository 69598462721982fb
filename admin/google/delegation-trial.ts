/**
 * Whether the Workspace domain lets a signer act for a user: nobody tells but the OAuth endpoint, and that only to an
 * assertion of the signer. So one is signed, as the functions would, and is sent. A token that comes back is not read.
 *
 * https://developers.google.com/identity/protocols/oauth2/service-account#error-codes
 */

import type { Send } from '../../shared/http/outbound.ts';
import { isPassingStatus } from '../../shared/http/retry.ts';
import { loggableText } from '../../shared/loggable.ts';
import { FORM_MEDIA_TYPE } from '../../shared/protocol.ts';
import { Assertion } from '../../shared/tokens.ts';
import { isRecord, parseJson } from '../../shared/unknown.ts';
import { unknown, type CallGoogle } from './call-google.ts';
import type { Delegation, DelegationState, Unknown } from './google.ts';

interface Means {
  readonly call: CallGoogle;
  readonly send: Send;
  /** Of the token endpoint. */
  readonly url: string;
  readonly nowMs: () => number;
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ASSERTION_AUDIENCE = 'https://oauth2.googleapis.com/token';
/** It is used at once. */
const ASSERTION_LIFETIME_SECONDS = 60;
const TRIAL_TIMEOUT_MS = 15_000;
/** These mean "again later", whatever status they come with. */
const PASSING_ERRORS: readonly string[] = ['internal_failure', 'server_error', 'temporarily_unavailable'];

export async function tryDelegation(delegation: Delegation, means: Means): Promise<DelegationState> {
  const assertion = await sign(delegation, means);
  return assertion instanceof Assertion ? present(assertion, means) : assertion;
}

async function sign(
  { signer, user, scopes }: Delegation,
  { call, nowMs }: Means,
): Promise<Assertion | Unknown> {
  const iat = Math.floor(nowMs() / 1000);
  const exp = iat + ASSERTION_LIFETIME_SECONDS;
  const claims = { iss: signer, sub: user, scope: scopes.join(' '), aud: ASSERTION_AUDIENCE, iat, exp };
  const path = `/v1/projects/-/serviceAccounts/${signer}:signJwt`;
  const answer = await call({ api: 'iamCredentials', path, json: { payload: JSON.stringify(claims) } });
  const signed = answer?.status === 200 ? answer.body['signedJwt'] : undefined;
  if (typeof signed === 'string') return new Assertion(signed);
  if (answer?.status === 403 && answer.reason !== 'SERVICE_DISABLED') {
    return {
      is: 'unknown',
      because: 'only who may sign as the signer can ask, and you may not, which is as it should be',
      mend: [],
    };
  }
  return unknown(answer, { api: 'iamCredentials', role: 'roles/iam.securityReviewer', projectId: 'PROJECT' });
}

async function present(assertion: Assertion, { send, url }: Means): Promise<DelegationState> {
  const form = new URLSearchParams({ grant_type: JWT_BEARER, assertion: assertion.reveal() });
  const headers = { 'content-type': FORM_MEDIA_TYPE };
  const request = { method: 'POST', url, headers, body: form.toString() } as const;
  try {
    const { status, body } = await send(request, AbortSignal.timeout(TRIAL_TIMEOUT_MS));
    return stateOf(status, parseJson(body));
  } catch {
    return { is: 'unknown', because: `${new URL(url).host} did not answer`, mend: [] };
  }
}

/** Pure. */
export function stateOf(status: number, body: unknown): DelegationState {
  const fields = isRecord(body) ? body : {};
  if (status === 200) {
    // without an access token: for scopes that Google does not know
    return Object.hasOwn(fields, 'access_token')
      ? { is: 'authorized' }
      : { is: 'refused', error: 'a scope of the grant does not exist' };
  }
  const error = textOf(fields['error']);
  const description = textOf(fields['error_description']);
  if (error === 'unauthorized_client' || error === 'access_denied') return { is: 'scopes_unauthorized' };
  const said = loggableText(`${error} ${description}`.trim());
  // the assertion is fresh and Google has signed it: what is left is the user, or this clock
  if (error === 'invalid_grant') return { is: 'user_unknown', error: said };
  const isPassing = isPassingStatus(status) || error === '' || PASSING_ERRORS.includes(error);
  if (isPassing) return { is: 'unknown', because: `Google's token endpoint answered ${status}`, mend: [] };
  return { is: 'refused', error: said };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
