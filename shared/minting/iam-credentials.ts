/**
 * The IAM Service Account Credentials API, version 1.
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts
 *
 * Each method is a pure request, one send, and a pure reading of the response.
 */

import * as v from 'valibot';
import { timed, type CallContext } from '../call-context.ts';
import { Fault } from '../fault.ts';
import type { OutboundResponse, Send } from '../http/outbound.ts';
import { isPassingStatus } from '../http/retry.ts';
import { AccessToken, Assertion, IdToken } from '../tokens.ts';
import { parseJson } from '../unknown.ts';
import type { RuntimeCredentials } from './runtime-credentials.ts';
import { describeApiError } from './upstream-error.ts';

export interface IamCredentials {
  generateAccessToken(
    call: {
      readonly account: string;
      readonly delegates: readonly string[];
      readonly scopes: readonly string[];
      readonly lifetimeSeconds: number;
    },
    context: CallContext,
  ): Promise<{ readonly token: AccessToken; readonly expiresAtMs: number }>;

  generateIdToken(
    call: { readonly account: string; readonly delegates: readonly string[]; readonly audience: string },
    context: CallContext,
  ): Promise<IdToken>;

  /** Signs claims with the account's Google-managed key. */
  signJwt(
    call: { readonly account: string; readonly claims: Readonly<Record<string, string | number>> },
    context: CallContext,
  ): Promise<Assertion>;
}

interface Dependencies {
  /** An origin, `https://iamcredentials.googleapis.com`. */
  readonly origin: string;
  readonly send: Send;
  readonly runtimeCredentials: RuntimeCredentials;
}

type Method = 'generateAccessToken' | 'generateIdToken' | 'signJwt';

const PERMISSIONS: Record<Method, string> = {
  generateAccessToken: 'iam.serviceAccounts.getAccessToken',
  generateIdToken: 'iam.serviceAccounts.getOpenIdToken',
  signJwt: 'iam.serviceAccounts.signJwt',
};

const text = v.pipe(v.string(), v.minLength(1));
const AccessTokenAnswer = v.object({
  accessToken: text,
  expireTime: v.pipe(
    text,
    v.isoTimestamp(),
    v.check((instant) => !Number.isNaN(Date.parse(instant))),
  ),
});
const IdTokenAnswer = v.object({ token: text });
const SignedJwtAnswer = v.object({ signedJwt: text });

export function createIamCredentials({ origin, send, runtimeCredentials }: Dependencies): IamCredentials {
  async function post(method: Method, account: string, body: object, context: CallContext) {
    const url = `${origin}/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:${method}`;
    const sendOnce = async () => {
      const token = await runtimeCredentials.accessToken(context);
      const headers = { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' };
      const request = { method: 'POST', url, headers, body: JSON.stringify(body) } as const;
      const response = await timed(context, 'iam', () => send(request, context.signal));
      if (response.status === 401) runtimeCredentials.discard(token);
      return response;
    };
    try {
      const response = await sendOnce();
      // our own token was revoked or mangled; a fresh one either works or is the operator's problem
      return response.status === 401 ? await sendOnce() : response;
    } catch (cause) {
      if (cause instanceof Fault) throw cause;
      throw new Fault('iam_unavailable', { detail: `${method} on ${account}`, cause });
    }
  }

  return {
    async generateAccessToken({ account, delegates, scopes, lifetimeSeconds }, context) {
      const body = { delegates: delegates.map(resourceName), scope: scopes, lifetime: `${lifetimeSeconds}s` };
      const response = await post('generateAccessToken', account, body, context);
      const answer = read(AccessTokenAnswer, response, 'generateAccessToken', account);
      return { token: new AccessToken(answer.accessToken), expiresAtMs: Date.parse(answer.expireTime) };
    },

    async generateIdToken({ account, delegates, audience }, context) {
      const body = { delegates: delegates.map(resourceName), audience, includeEmail: true };
      const response = await post('generateIdToken', account, body, context);
      return new IdToken(read(IdTokenAnswer, response, 'generateIdToken', account).token);
    },

    async signJwt({ account, claims }, context) {
      const response = await post('signJwt', account, { payload: JSON.stringify(claims) }, context);
      return new Assertion(read(SignedJwtAnswer, response, 'signJwt', account).signedJwt);
    },
  };
}

/** The wildcard is mandatory: with a project id the API calls the name invalid. */
function resourceName(email: string): string {
  return `projects/-/serviceAccounts/${email}`;
}

function read<const Schema extends v.GenericSchema>(
  schema: Schema,
  response: OutboundResponse,
  method: Method,
  account: string,
): v.InferOutput<Schema> {
  if (response.status !== 200) throw faultOfStatus(response, method, account);
  const answer = v.safeParse(schema, parseJson(response.body));
  if (answer.success) return answer.output;
  throw new Fault('iam_unavailable', {
    detail: `${method} on ${account} answered 200 without what it promises`,
  });
}

function faultOfStatus(response: OutboundResponse, method: Method, account: string): Fault {
  const { status, body, retryAfterSeconds } = response;
  const answered = `${method} on ${account} answered ${[status, describeApiError(body)].join(' ').trim()}`;
  if (status === 403) {
    const detail = `${answered}: the function's service account, or the chain of delegates, needs ${PERMISSIONS[method]} there; a new binding takes minutes to act`;
    return new Fault('iam_denied', { detail });
  }
  if (status === 404)
    return new Fault('iam_not_found', { detail: `${answered}: there is no such service account` });
  if (isPassingStatus(status)) {
    return new Fault('iam_unavailable', { detail: answered, retryAfterSeconds });
  }
  return new Fault('iam_rejected', { detail: answered });
}
