/**
 * What Google's OAuth token endpoint can answer to the assertion of a domain-wide delegation, and what becomes of it.
 * https://developers.google.com/identity/protocols/oauth2/service-account#error-codes, and answers that were recorded.
 *
 * What only an administrator can mend is never repeated: it takes minutes to a day to act.
 */

import type { Fault } from '../../support/google/faults.ts';
import type { Failure } from './outcomes.ts';

export interface OAuthError {
  readonly title: string;
  readonly fault: Fault;
  readonly failure: Pick<Failure, 'error' | 'reason' | 'detail' | 'retryAfter'>;
  /** How often the endpoint is asked. */
  readonly calls: 1 | 2;
}

/** HTTP status, `error`, `error_description`, as the endpoint sends them. */
const REJECTIONS: readonly (readonly [status: number, error: string, description?: string])[] = [
  // the signer is not authorized in the domain
  [401, 'unauthorized_client', 'Unauthorized client or scope in request.'],
  // authorized by e-mail instead of the numeric id, or for other scopes
  [
    401,
    'unauthorized_client',
    'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
  ],
  // some of the scopes are not authorized
  [403, 'access_denied', 'Requested client not authorized.'],
  // a policy of the domain
  [400, 'admin_policy_enforced', 'Your administrator does not allow this.'],
  // the state of the client or of its key
  [401, 'invalid_client', 'The OAuth client was not found.'],
  [401, 'deleted_client', 'The OAuth client was deleted.'],
  [401, 'disabled_client', 'The OAuth client was disabled.'],
  // no such user, or a suspended one
  [400, 'invalid_grant', 'Invalid email or User ID'],
  [400, 'invalid_grant', 'Not a valid email'],
  // clocks
  [
    400,
    'invalid_grant',
    'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
  ],
  // keys and accounts
  [400, 'invalid_grant', 'Invalid JWT Signature.'],
  [400, 'invalid_grant', 'Invalid grant: account not found'],
  // assertions that would be our own mistake
  [400, 'invalid_grant', 'Invalid JWT: iat (issued at) is not set.'],
  [400, 'invalid_grant', 'Invalid JWT: exp (expiration time) is not set.'],
  [400, 'invalid_grant', 'Invalid JWT: Failed audience check.'],
  [400, 'invalid_scope', 'Invalid OAuth scope or ID token audience provided.'],
  [400, 'invalid_scope', 'Empty or missing scope not allowed.'],
  [403, 'org_internal', 'This client is restricted to users within its organization.'],
  [400, 'invalid_request', 'Bad Request'],
  [400, 'invalid_grant'],
];

/** What passes, whether the status says so, the word, or both. */
const OUTAGES: readonly (readonly [status: number, error: string, calls: 1 | 2])[] = [
  [408, 'temporarily_unavailable', 2],
  [429, 'temporarily_unavailable', 1],
  [429, 'rate_limit_exceeded', 1],
  [500, 'internal_failure', 2],
  [500, 'server_error', 2],
  [502, 'temporarily_unavailable', 2],
  [503, 'temporarily_unavailable', 2],
  [503, 'server_error', 2],
  [504, 'temporarily_unavailable', 2],
  [400, 'internal_failure', 1],
  [400, 'server_error', 1],
  [400, 'temporarily_unavailable', 1],
];

const unavailable = { error: 'temporarily_unavailable', reason: 'oauth_unavailable' } as const;
const withoutToken = { error: 'server_error', reason: 'oauth_without_access_token' } as const;
const json = (value: unknown): Fault => ({ kind: 'body', status: 200, body: JSON.stringify(value) });
const bearer = { access_token: 'ya29.c.a-token-that-must-not-be-handed-out', token_type: 'Bearer' } as const;

export const OAUTH_ERRORS: readonly OAuthError[] = [
  ...REJECTIONS.map(([status, error, error_description]): OAuthError => ({
    title: `${status} ${error}: ${error_description ?? '(nothing more)'}`,
    fault: {
      kind: 'oauthError',
      status,
      error,
      ...(error_description !== undefined && { error_description }),
    },
    failure: {
      error: 'server_error',
      reason: 'oauth_rejected',
      detail: [`the token endpoint answered ${status} ${error}`, error_description].join(' ').trim(),
    },
    calls: 1,
  })),
  ...OUTAGES.map(([status, error, calls]): OAuthError => ({
    title: `${status} ${error}`,
    fault: { kind: 'oauthError', status, error },
    failure: { ...unavailable, detail: `answered ${status} ${error}` },
    calls,
  })),
  {
    title: '429 and how long to wait',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '42' } },
    failure: { ...unavailable, retryAfter: '42' },
    calls: 1,
  },
  {
    title: '503 and how long to wait',
    fault: { kind: 'status', status: 503, headers: { 'retry-after': '30' } },
    failure: { ...unavailable, retryAfter: '30' },
    calls: 1,
  },
  { title: '500 in HTML', fault: { kind: 'html', status: 500 }, failure: unavailable, calls: 2 },
  { title: '502 in HTML', fault: { kind: 'html', status: 502 }, failure: unavailable, calls: 2 },
  { title: '200 in HTML', fault: { kind: 'html', status: 200 }, failure: unavailable, calls: 1 },
  { title: 'half of its JSON', fault: { kind: 'truncatedJson' }, failure: unavailable, calls: 1 },
  {
    title: 'a megabyte',
    fault: { kind: 'bodyOfBytes', bytes: 1024 * 1024 },
    failure: unavailable,
    calls: 2,
  },
  { title: 'nothing but a reset', fault: { kind: 'reset' }, failure: unavailable, calls: 2 },
  {
    title: 'a way to somebody else',
    fault: { kind: 'status', status: 307, body: '', headers: { location: 'http://127.0.0.1:1/' } },
    failure: { error: 'server_error', reason: 'oauth_rejected' },
    calls: 1,
  },

  // recorded for a scope that does not exist
  {
    title: '200 with an ID token alone',
    fault: { kind: 'noAccessToken' },
    failure: { ...withoutToken, detail: 'check the scopes of the grant' },
    calls: 1,
  },
  { title: '200 and nothing', fault: json({}), failure: withoutToken, calls: 1 },
  {
    title: '200 with an empty token',
    fault: json({ ...bearer, access_token: '', expires_in: 3599 }),
    failure: withoutToken,
    calls: 1,
  },
  {
    title: '200 with a token for something other than bearers',
    fault: json({ ...bearer, token_type: 'mac', expires_in: 3599 }),
    failure: withoutToken,
    calls: 1,
  },
  {
    title: '200 with a token that has expired',
    fault: json({ ...bearer, expires_in: 0 }),
    failure: withoutToken,
    calls: 1,
  },
  {
    title: '200 with a token and no word of when it expires',
    fault: json(bearer),
    failure: withoutToken,
    calls: 1,
  },
];
