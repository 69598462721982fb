/**
 * The exchange: receive → parse → verify → find → authorize → mint → record.
 *
 * The whole security property can be read here: nothing is minted but what `authorize` decided, nothing is decided but
 * for a verified principal (`admission.ts`), and every path out leaves one audit line before there is an answer
 * (`answering.ts`).
 */

import { admit, type AdmissionSteps } from './admission.ts';
import { answerOnRecord, type Endpoint, type Received } from './answering.ts';
import type { Audit, Findings } from './audit.ts';
import type { CallContext } from './call-context.ts';
import { parseExchangeRequest } from './exchange-request.ts';
import { Fault } from './fault.ts';
import type { AuthorizedGrant } from './grants/authorized-grant.ts';
import type { AuthorizationQuestion } from './grants/authorize.ts';
import type { MemberKind } from './member.ts';
import type { Minted, MintOrReuse } from './minting/token-cache.ts';
import { TOKEN_TYPES, type TokenExchangeResponse } from './protocol.ts';

export interface ExchangeSteps<Grant extends AuthorizedGrant> extends AdmissionSteps {
  /** What this function's callers become. */
  readonly kind: MemberKind;
  readonly budgetMs: number;
  readonly authorize: (question: AuthorizationQuestion) => Grant;
  readonly mint: MintOrReuse<Grant>;
  readonly record: Audit;
  readonly nowMs: () => number;
}

export function createExchange<Grant extends AuthorizedGrant>(steps: ExchangeSteps<Grant>): Endpoint {
  const { kind, budgetMs, authorize, mint, record, nowMs } = steps;

  async function decide(
    { receive }: Received,
    context: CallContext,
    found: Findings,
  ): Promise<TokenExchangeResponse> {
    const request = (found.request = parseExchangeRequest(await receive(context.signal), kind));
    const { principal, documents } = await admit(steps, request.subjectToken, context, found);
    const grant = authorize({ principal, request, documents, now: new Date(nowMs()) });
    found.grant = grant;
    const minted = (found.minted = await mint(grant, context));
    found.expiresInSeconds = secondsLeft(minted, nowMs());
    return tokenResponse(grant, minted, found.expiresInSeconds);
  }

  return function exchange(received) {
    const findings: Findings = {};
    return answerOnRecord(received, {
      budgetMs,
      decide: (context) => decide(received, context, findings),
      record: (ending) => record({ ...ending, findings }),
    });
  };
}

/** Clients refuse a life of nothing, or never ask again: a token without a second left is not handed out. */
function secondsLeft({ expiresAtMs }: Minted, nowMs: number): number {
  const seconds = Math.floor((expiresAtMs - nowMs) / 1000);
  if (seconds >= 1) return seconds;
  throw new Fault('minted_token_expired', {
    detail: 'Google gave a token that has expired; check this clock',
  });
}

/** RFC 8693 §2.2.1: the type of an ID token is `N_A`, because it is not used as an OAuth access token. */
function tokenResponse(
  grant: AuthorizedGrant,
  minted: Minted,
  expiresInSeconds: number,
): TokenExchangeResponse {
  const token = { access_token: minted.token.reveal(), expires_in: expiresInSeconds };
  return grant.type === 'id_token'
    ? { ...token, issued_token_type: TOKEN_TYPES.idToken, token_type: 'N_A' }
    : {
        ...token,
        issued_token_type: TOKEN_TYPES.accessToken,
        token_type: 'Bearer',
        scope: grant.scopes.join(' '),
      };
}
