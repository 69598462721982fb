/**
 * `identity`: an ID token of the account, or 404 and nothing else. gcloud asks for one whenever it loads credentials,
 * and crashes at any other refusal.
 *
 * https://cloud.google.com/compute/docs/instances/verifying-instance-identity
 */

import type { Account, IdTokenReading } from '../tokens/account.ts';
import { audienceOf } from './identity-audience.ts';
import { reply, sentenceReply, type Reply } from './reply.ts';
import { endpoint, type Endpoint } from './tree.ts';

const NONE = sentenceReply(404, 'This account has no ID token for that audience.');

export function identityTokenEndpoint(account: Account, count: (status: number) => void): Endpoint {
  return endpoint(
    (query) => {
      const audience = audienceOf(query);
      // a metadata server has ID tokens of service accounts only
      if (audience === undefined || account.target.kind === 'user') return NONE;
      return account.readIdToken(audience).then(replyTo);
    },
    { failure: NONE, count },
  );
}

function replyTo(reading: IdTokenReading): Reply {
  return reading.kind === 'token' ? reply(200, 'text/html', reading.token.reveal()) : NONE;
}
