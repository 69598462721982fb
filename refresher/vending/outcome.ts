/**
 * What came of an exchange, as far as the refresher cares. Pure.
 *
 * Only the function itself may say no, in its own words: a 400 in JSON that names the target or the scopes. Whatever
 * else comes back (an error page of the edge, a busy server, nonsense) says nothing about what is granted, so it is an
 * outage, and whatever was held before stays good.
 */

import type { Target } from '../../shared/member.ts';
import { parseScopeList, REFUSAL_SENTENCES, TOKEN_TYPES } from '../../shared/protocol.ts';
import { AccessToken, IdToken } from '../../shared/tokens.ts';
import { isRecord, parseJson } from '../../shared/unknown.ts';
import { FUNCTION_OF, type FunctionName } from './function-of.ts';
import type { HttpAnswer } from './http-call.ts';
import { JWT } from './jwt.ts';
import { parseRetryAfterSeconds } from './retry-after.ts';

export interface Granted {
  readonly kind: 'granted';
  /** Of the kind that was asked for; `token.kind` tells the two apart. */
  readonly token: AccessToken | IdToken;
  /** A whole number ≥ 1. */
  readonly expiresInSeconds: number;
  /** None for ID tokens. */
  readonly scopes: readonly string[];
}

/** The function said no. `sentence` tells the user what to do, and holds no secret. */
export interface Refused {
  readonly kind: 'refused';
  readonly error: 'invalid_target' | 'invalid_scope';
  readonly sentence: string;
}

/** Nobody knows: whatever was held before stays good. `sentence` says what to check, and holds no secret. */
export interface Outage {
  readonly kind: 'outage';
  readonly sentence: string;
  readonly retryAfterSeconds?: number;
}

export type Outcome = Granted | Refused | Outage;

/** No answer that could be classified, after all the time there was. */
export const GIVEN_UP: Outage = { kind: 'outage', sentence: 'The function took too long, or broke.' };

export interface Asked {
  readonly target: Target;
  readonly tokenType: typeof TOKEN_TYPES.accessToken | typeof TOKEN_TYPES.idToken;
  /** The function's URL, for the sentences. */
  readonly url: string;
}

/** Longer than any token of Google's; a header that carries it still fits into a client's and a server's limits. */
const MAX_TOKEN_LENGTH = 12 * 1024;
/** What may stand in a header after `Bearer` (RFC 6750 §2.1), and a bit more. */
const ACCESS_TOKEN = /^[\x21-\x7e]+$/;
/** Google makes no token that lives longer: https://cloud.google.com/iam/docs/create-short-lived-credentials-direct */
const MAX_LIFE_SECONDS = 12 * 3600;

export function outcomeOf(answer: HttpAnswer, asked: Asked): Outcome {
  const fields = fieldsOf(answer);
  const error = fields?.['error'];
  if (answer.status === 400 && (error === 'invalid_target' || error === 'invalid_scope')) {
    return refusal(error, asked.target.member, asked.url);
  }
  const token = answer.status === 200 ? granted(fields, asked) : undefined;
  return token ?? unusable(answer, FUNCTION_OF[asked.target.kind], asked.url, 'token');
}

export function refusal(error: Refused['error'], member: string, url: string): Refused {
  return {
    kind: 'refused',
    error,
    sentence: `${REFUSAL_SENTENCES[error]} (${error}: ${member} at ${url})`,
  };
}

/** `undefined`: it is no JSON object. */
export function fieldsOf({ header, body }: HttpAnswer): Readonly<Record<string, unknown>> | undefined {
  const isJson = header('content-type')?.split(';')[0]?.trim().toLowerCase() === 'application/json';
  const json = isJson ? parseJson(body) : undefined;
  return isRecord(json) ? json : undefined;
}

/** `undefined`: it is not the answer of a function that granted what was asked for. */
function granted(
  fields: Readonly<Record<string, unknown>> | undefined,
  { tokenType }: Asked,
): Granted | undefined {
  const {
    access_token: value,
    expires_in: life,
    issued_token_type: issued = tokenType,
    scope,
    token_type: type,
  } = fields ?? {};
  const isIdToken = tokenType === TOKEN_TYPES.idToken;
  if (type !== (isIdToken ? 'N_A' : 'Bearer') || issued !== tokenType) return undefined;
  if (typeof value !== 'string' || value.length > MAX_TOKEN_LENGTH) return undefined;
  if (!(isIdToken ? JWT : ACCESS_TOKEN).test(value)) return undefined;
  if (typeof life !== 'number' || !Number.isSafeInteger(life) || life < 1) return undefined;
  return {
    kind: 'granted',
    token: isIdToken ? new IdToken(value) : new AccessToken(value),
    expiresInSeconds: Math.min(life, MAX_LIFE_SECONDS),
    scopes: typeof scope === 'string' ? (parseScopeList(scope) ?? []) : [],
  };
}

/** An answer of the function that is called `name`, or of something in its place, that says nothing about `wanted`. */
export function unusable(answer: HttpAnswer, name: FunctionName, url: string, wanted: string): Outage {
  const error = fieldsOf(answer)?.['error'];
  const retryAfterSeconds = parseRetryAfterSeconds(answer.header('retry-after'), answer.header('date'));
  return {
    kind: 'outage',
    sentence: `The function at ${url} answered ${answer.status}${typeof error === 'string' ? ` ${named(error)}` : ''}. ${hintOf(answer.status, error, `--${name}-`, wanted)}`,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

/** An error code of RFC 6749; what else stands there may be anything. */
function named(error: string): string {
  return /^[a-z_]{1,40}$/.test(error) ? error : 'with an unknown error';
}

/** `flags`: `--delegate-`. */
function hintOf(status: number, error: unknown, flags: string, wanted: string): string {
  if (status === 404 && wanted === 'check') return 'It has no check yet: a newer one has to be deployed.';
  if (error === 'invalid_request') {
    return `It does not accept the VM's identity token: check that ${flags}audience is one of its audiences, and its audit log.`;
  }
  if (error === 'server_error') return 'An operator has to mend something: see its audit log.';
  if (status === 401 || status === 403) {
    return `Check that the VM's service account may invoke it (roles/run.invoker), and ${flags}url.`;
  }
  if (status === 429 || status >= 500) return 'It is busy or down, and will be asked again.';
  const check = `Check that ${flags}url leads to a token-vending function.`;
  return status === 200 ? `That is no ${wanted}. ${check}` : check;
}
