/**
 * Whether there are Google credentials to reach the database with. The Firestore client would say what is wrong with them
 * late, and in words of its own; so they are tried before it is asked.
 */

import { GoogleAuth } from 'google-auth-library';
import { errorCode } from '../../shared/unknown.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

const SCOPE = 'https://www.googleapis.com/auth/datastore';
const LOG_IN = 'gcloud auth application-default login';

/** Node: there is no network, or no name server. */
const NETWORK_CODES: readonly unknown[] = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENETUNREACH',
];

/** Throws a `Failure` that says how to get some. */
export async function checkCredentials(): Promise<void> {
  const auth = new GoogleAuth({ scopes: [SCOPE] });
  const client = await auth.getClient().catch((cause: unknown) => {
    const message = `there are no Google credentials here: ${LOG_IN} makes some, or set GOOGLE_APPLICATION_CREDENTIALS to the path of a credentials file`;
    throw new Failure(EXIT_CODES.notAllowed, message, { cause });
  });
  await client.getAccessToken().catch((cause: unknown) => {
    if (NETWORK_CODES.includes(errorCode(cause))) {
      throw new Failure(
        EXIT_CODES.unavailable,
        'Google cannot be reached for an access token: check the network and try again',
        { cause },
      );
    }
    const message = `Google no longer accepts the credentials here, they have expired or were revoked: ${LOG_IN} makes new ones`;
    throw new Failure(EXIT_CODES.notAllowed, message, { cause });
  });
}
