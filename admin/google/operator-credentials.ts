/**
 * Whoever runs this command, as Google knows them: Application Default Credentials. What is wrong with them the clients of
 * Google would say late, and in words of their own; so they are tried before anything is asked.
 */

import { GoogleAuth } from 'google-auth-library';
import { CLOUD_PLATFORM_SCOPE } from '../../shared/protocol.ts';
import { AccessToken } from '../../shared/tokens.ts';
import { errorCode } from '../../shared/unknown.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { OperatorToken } from './call-google.ts';

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
export async function operatorToken(): Promise<OperatorToken> {
  const auth = new GoogleAuth({ scopes: [CLOUD_PLATFORM_SCOPE] });
  try {
    const client = await auth.getClient();
    const { token } = await client.getAccessToken();
    if (!token) throw new Error('there is no token in the answer');
    return { token: new AccessToken(token), quotaProject: client.quotaProjectId };
  } catch (cause) {
    throw failureOf(cause);
  }
}

function failureOf(cause: unknown): Failure {
  if (NETWORK_CODES.includes(errorCode(cause))) {
    const message = 'Google cannot be reached for an access token: check the network and try again';
    return new Failure(EXIT_CODES.unavailable, message, { cause });
  }
  const message = hasAnswer(cause)
    ? `Google no longer accepts the credentials here, they have expired or were revoked: ${LOG_IN} makes new ones`
    : `there are no Google credentials here: ${LOG_IN} makes some, or set GOOGLE_APPLICATION_CREDENTIALS to the path of a credentials file`;
  return new Failure(EXIT_CODES.notAllowed, message, { cause });
}

/** The library's errors have the answer that they come from; where no credentials were found nobody was asked. */
function hasAnswer(error: unknown): boolean {
  return error instanceof Error && 'response' in error && error.response !== undefined;
}
