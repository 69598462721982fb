/**
 * One exchange, asked without the refresher's care: a prober wants to see what a function says, whatever that is.
 */

import type { MetadataClient } from '../refresher/vending/metadata-client.ts';
import { callHttp } from '../refresher/vending/http-call.ts';
import {
  encodeForm,
  FORM_MEDIA_TYPE,
  TOKEN_EXCHANGE_GRANT_TYPE,
  TOKEN_PATH,
  TOKEN_TYPES,
} from '../shared/protocol.ts';
import { AccessToken, IdentityToken } from '../shared/tokens.ts';
import { isRecord, parseJson } from '../shared/unknown.ts';
import type { Question } from './probes.ts';

export interface Answer {
  readonly status: number;
  /** What stands in the function's JSON. */
  readonly error?: string;
  readonly token?: AccessToken;
}

/** Throws where nobody answers, or where the VM has no identity token. */
export type Ask = (question: Question, signal: AbortSignal) => Promise<Answer>;

const LIMITS = { timeoutMs: 30_000, maxBytes: 64 * 1024 };

export function createAsk(metadata: MetadataClient): Ask {
  return async function ask({ url, audience, target, isSpoiled = false, passesEdge }, signal) {
    const shown = await metadata.identityToken(audience, signal);
    const edge = passesEdge ? await metadata.identityToken(url, signal) : undefined;
    const body = encodeForm({
      grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
      subject_token: (isSpoiled ? spoiled(shown) : shown).reveal(),
      subject_token_type: TOKEN_TYPES.idToken,
      audience: target,
    });
    const headers = {
      'content-type': FORM_MEDIA_TYPE,
      ...(edge !== undefined && { authorization: `Bearer ${edge.reveal()}` }),
    };
    const call = { method: 'POST', url: `${url}${TOKEN_PATH}`, headers, body } as const;
    const answer = await callHttp(call, LIMITS, signal);
    return { status: answer.status, ...contentOf(answer.body) };
  };
}

/** One character of the signature is another: all else of the token is as Google made it. */
function spoiled(token: IdentityToken): IdentityToken {
  const [header, payload, signature = ''] = token.reveal().split('.');
  const first = signature.startsWith('A') ? 'B' : 'A';
  return new IdentityToken(`${header}.${payload}.${first}${signature.slice(1)}`);
}

function contentOf(body: string): Pick<Answer, 'error' | 'token'> {
  const json = parseJson(body);
  if (!isRecord(json)) return {};
  const { error, access_token: token } = json;
  return {
    ...(typeof error === 'string' && { error }),
    ...(typeof token === 'string' && { token: new AccessToken(token) }),
  };
}
