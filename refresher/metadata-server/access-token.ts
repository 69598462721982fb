/**
 * `token`: the access token as the metadata server of Compute Engine gives it.
 *
 * https://cloud.google.com/compute/docs/access/authenticate-workloads#applications
 * Scopes, audiences and bindings that clients ask for are ignored, as the real server ignores what a VM may not do.
 * Never 404, which makes tensorstore read anonymously, and never 429, which Go does not ask again after.
 */

import type { AccessToken } from '../../shared/tokens.ts';
import type { AccessTokenReading, Account } from '../tokens/account.ts';
import { errorReply, etagOf, reply, type Reply } from './reply.ts';
import { endpoint, type Endpoint } from './tree.ts';

type TokenReading = Extract<AccessTokenReading, { kind: 'token' }>;

/** Tokens are swapped while so much is left; one that has less was overtaken by an outage, or by a sleep. */
const FRESH_SECONDS = 600;

const FAILURE = errorReply(503, 'server_error', 'The refresher failed; its log says how.', {
  'Retry-After': '5',
});

export function accessTokenEndpoint(account: Account, count: (status: number) => void): Endpoint {
  const replyTo = createReplies();
  return endpoint(
    () => {
      // in the same turn of the event loop, unless reading it would show that a new one is due
      const current = account.currentAccessToken();
      const isFresh = current?.kind === 'token' && current.expiresInSeconds >= FRESH_SECONDS;
      return isFresh ? replyTo(current) : account.readAccessToken().then(replyTo);
    },
    { failure: FAILURE, count, changes: true },
  );
}

/** Makes each reply once: clients ask for the same one in crowds. Forgets a token with the reading that has none. */
function createReplies(): (reading: AccessTokenReading) => Reply {
  let last: { readonly reading: TokenReading; readonly reply: Reply } | undefined;
  return (reading) => {
    if (reading.kind !== 'token') {
      last = undefined;
      return reading.kind === 'refused' ? refusal(reading.sentence) : outage(reading);
    }
    const isSame =
      last?.reading.token === reading.token && last.reading.expiresInSeconds === reading.expiresInSeconds;
    if (last === undefined || !isSame) {
      const etag = last?.reading.token === reading.token ? last.reply.etag : undefined;
      last = { reading, reply: grant(reading, etag ?? etagOfToken(reading.token)) };
    }
    return last.reply;
  };
}

/** Exactly this and no more. `expires_in` is a number of seconds: C++ aborts at a string, Go rejects a fraction. */
function grant({ token, expiresInSeconds }: TokenReading, etag: string): Reply {
  const body = JSON.stringify({
    access_token: token.reveal(),
    expires_in: expiresInSeconds,
    token_type: 'Bearer',
  });
  return reply(200, 'application/json', body, { etag });
}

/** Of the token alone: that it has a second less to live is no change to wait for. */
function etagOfToken(token: AccessToken): string {
  return etagOf(token.reveal());
}

function refusal(sentence: string): Reply {
  return errorReply(403, 'access_denied', sentence);
}

function outage({
  sentence,
  retryAfterSeconds,
}: Extract<AccessTokenReading, { kind: 'unavailable' }>): Reply {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
  return errorReply(503, 'temporarily_unavailable', sentence, { 'Retry-After': String(seconds) });
}
