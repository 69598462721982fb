/**
 * Google's OAuth 2.0 token endpoint, for the JWT bearer grant (RFC 7523).
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */

import * as v from 'valibot';
import { timed, type CallContext } from '../call-context.ts';
import { Fault } from '../fault.ts';
import type { OutboundResponse, Send } from '../http/outbound.ts';
import { isPassingStatus } from '../http/retry.ts';
import { FORM_MEDIA_TYPE } from '../protocol.ts';
import { AccessToken, type Assertion } from '../tokens.ts';
import { parseJson } from '../unknown.ts';
import { parseOAuthError } from './upstream-error.ts';

export interface TokenEndpoint {
  /** Exchanges an assertion. Whatever is not an access token with a life before it is a `Fault`. */
  exchangeAssertion(
    assertion: Assertion,
    context: CallContext,
  ): Promise<{ readonly token: AccessToken; readonly expiresInSeconds: number }>;
}

const JWT_BEARER_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Error codes that mean "again later", whatever status they come with. */
const PASSING_ERRORS = new Set(['internal_failure', 'server_error', 'temporarily_unavailable']);

const TokenAnswer = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  token_type: v.pipe(v.string(), v.toLowerCase(), v.literal('bearer')),
  expires_in: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

export function createTokenEndpoint({
  url,
  send,
}: {
  readonly url: string;
  readonly send: Send;
}): TokenEndpoint {
  return {
    async exchangeAssertion(assertion, context) {
      const form = new URLSearchParams({ grant_type: JWT_BEARER_GRANT_TYPE, assertion: assertion.reveal() });
      const headers = { 'content-type': FORM_MEDIA_TYPE };
      const request = { method: 'POST', url, headers, body: form.toString() } as const;
      try {
        return readTokenAnswer(await timed(context, 'oauth', () => send(request, context.signal)));
      } catch (cause) {
        if (cause instanceof Fault) throw cause;
        throw new Fault('oauth_unavailable', { cause });
      }
    },
  };
}

function readTokenAnswer(response: OutboundResponse): { token: AccessToken; expiresInSeconds: number } {
  if (response.status !== 200) throw faultOfStatus(response);
  const body = parseJson(response.body);
  const answer = v.safeParse(TokenAnswer, body);
  if (answer.success) {
    return { token: new AccessToken(answer.output.access_token), expiresInSeconds: answer.output.expires_in };
  }
  if (body === undefined)
    throw new Fault('oauth_unavailable', {
      detail: 'the token endpoint answered 200 with something that is not JSON',
    });
  // seen for a scope that does not exist: 200 with an ID token alone
  const detail =
    'the token endpoint answered 200 without a usable access token; check the scopes of the grant';
  throw new Fault('oauth_without_access_token', { detail });
}

function faultOfStatus({ status, body, retryAfterSeconds }: OutboundResponse): Fault {
  const error = parseOAuthError(body);
  const detail = [`the token endpoint answered ${status}`, error?.code, error?.description]
    .filter(Boolean)
    .join(' ');
  const isPassing = isPassingStatus(status) || PASSING_ERRORS.has(error?.code ?? '');
  return new Fault(isPassing ? 'oauth_unavailable' : 'oauth_rejected', { detail, retryAfterSeconds });
}
