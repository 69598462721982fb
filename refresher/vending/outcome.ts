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
import { FUNCTION_OF } from './function-of.ts';
import { isRecord, parseJson } from '../../shared/unknown.ts';
import type { HttpAnswer } from './http-call.ts';
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
export const GIVEN_UP: Outage = { kind: 'outage', sentence: 'The exchange took too long, or broke.' };

export interface Asked {
  readonly target: Target;
  readonly tokenType: 'access_token' | 'id_token';
  /** The function's URL, for the sentences. */
  readonly url: string;
}

/** Longer than any token of Google's; a header that carries it still fits into a client's and a server's limits. */
const MAX_TOKEN_LENGTH = 12 * 1024;
/** What may stand in a header after `Bearer` (RFC 6750 §2.1), and a bit more. */
const ACCESS_TOKEN = /^[\x21-\x7e]+$/;
const ID_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Google makes no token that lives longer: https://cloud.google.com/iam/docs/create-short-lived-credentials-direct */
const MAX_LIFE_SECONDS = 12 * 3600;

export function outcomeOf(answer: HttpAnswer, asked: Asked): Outcome {
  const json = isJson(answer) ? parseJson(answer.body) : undefined;
  const fields = isRecord(json) ? json : undefined;
  if (answer.status === 200) return granted(fields, asked) ?? outage(answer, asked, undefined);

  const error = fields?.['error'];
  if (answer.status === 400 && (error === 'invalid_target' || error === 'invalid_scope')) {
    const sentence = `${REFUSAL_SENTENCES[error]} (${error}: ${asked.target.member} at ${asked.url})`;
    return { kind: 'refused', error, sentence };
  }
  return outage(answer, asked, error);
}

function isJson({ header }: HttpAnswer): boolean {
  return header('content-type')?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}

/** `undefined`: it is not the answer of a function that granted what was asked for. */
function granted(fields: Readonly<Record<string, unknown>> | undefined, asked: Asked): Granted | undefined {
  const { access_token: value, expires_in: life, scope, token_type: type } = fields ?? {};
  const isIdToken = asked.tokenType === 'id_token';
  const issued = isIdToken ? TOKEN_TYPES.idToken : TOKEN_TYPES.accessToken;
  if (type !== (isIdToken ? 'N_A' : 'Bearer')) return undefined;
  if (fields?.['issued_token_type'] !== undefined && fields['issued_token_type'] !== issued) return undefined;
  if (typeof value !== 'string' || value.length > MAX_TOKEN_LENGTH) return undefined;
  if (!(isIdToken ? ID_TOKEN : ACCESS_TOKEN).test(value)) return undefined;
  if (typeof life !== 'number' || !Number.isSafeInteger(life) || life < 1) return undefined;
  return {
    kind: 'granted',
    token: isIdToken ? new IdToken(value) : new AccessToken(value),
    expiresInSeconds: Math.min(life, MAX_LIFE_SECONDS),
    scopes: typeof scope === 'string' ? (parseScopeList(scope) ?? []) : [],
  };
}

function outage(answer: HttpAnswer, { target, url }: Asked, error: unknown): Outage {
  const retryAfterSeconds = parseRetryAfterSeconds(answer.header('retry-after'), answer.header('date'));
  const hint = hintOf(answer.status, error, `--${FUNCTION_OF[target.kind]}-`);
  return {
    kind: 'outage',
    sentence: `The function at ${url} answered ${answer.status}${typeof error === 'string' ? ` ${named(error)}` : ''}. ${hint}`,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

/** An error code of RFC 6749; what else stands there may be anything. */
function named(error: string): string {
  return /^[a-z_]{1,40}$/.test(error) ? error : 'with an unknown error';
}

/** `flags`: `--delegate-`. */
function hintOf(status: number, error: unknown, flags: string): string {
  if (error === 'invalid_request') {
    return `It does not accept the VM's identity token: check that ${flags}audience is one of its audiences, and its audit log.`;
  }
  if (error === 'server_error') return 'An operator has to mend something: see its audit log.';
  if (status === 401 || status === 403) {
    return `Check that the VM's service account may invoke it (roles/run.invoker), and ${flags}url.`;
  }
  if (status === 429 || status >= 500) return 'It is busy or down, and will be asked again.';
  const check = `Check that ${flags}url leads to a token-vending function.`;
  return status === 200 ? `That is no token. ${check}` : check;
}
