/**
 * The exchange: receive → parse → verify → find → authorize → mint → record.
 *
 * The whole security property can be read here: nothing is minted but what `authorize` decided, nothing is decided but
 * for a verified principal, and every path out leaves one audit line before there is an answer.
 */

import type { Audit, Findings } from './audit.ts';
import { startContext, type CallContext } from './call-context.ts';
import { parseExchangeRequest } from './exchange-request.ts';
import { Fault, FAULTS, toFault } from './fault.ts';
import type { AuthorizedGrant } from './grants/authorized-grant.ts';
import type { AuthorizationQuestion } from './grants/authorize.ts';
import { checkProject } from './grants/ceilings.ts';
import type { GrantStore } from './grants/grant-store.ts';
import { principalDocumentIds } from './identity/principal.ts';
import type { VerifyIdentityToken } from './identity/verify-identity-token.ts';
import type { MemberKind } from './member.ts';
import type { Minted, MintOrReuse } from './minting/token-cache.ts';
import { errorResponse, TOKEN_TYPES, type ErrorResponse, type TokenExchangeResponse } from './protocol.ts';
import { Refusal, REFUSALS } from './refusal.ts';

export interface ExchangeSteps<Grant extends AuthorizedGrant> {
  /** What this function's callers become. */
  readonly kind: MemberKind;
  readonly budgetMs: number;
  /** Empty: callers of every project. */
  readonly projectNumbers: readonly number[];
  readonly verify: VerifyIdentityToken;
  readonly grants: GrantStore;
  readonly authorize: (question: AuthorizationQuestion) => Grant;
  readonly mint: MintOrReuse<Grant>;
  readonly record: Audit;
  readonly nowMs: () => number;
}

export interface Received {
  /** The body; throws a `Refusal` where HTTP already says no. */
  readonly receive: (signal: AbortSignal) => Promise<string>;
  /** When the head of the request came in, by `performance.now()`: the budget runs from there. */
  readonly receivedAt: number;
  readonly trace: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: TokenExchangeResponse | ErrorResponse;
  readonly retryAfterSeconds?: number;
}

export type Exchange = (received: Received) => Promise<Answer>;

export function createExchange<Grant extends AuthorizedGrant>(steps: ExchangeSteps<Grant>): Exchange {
  const { kind, budgetMs, projectNumbers, verify, grants, authorize, mint, record, nowMs } = steps;

  async function decide(
    { receive }: Received,
    context: CallContext,
    found: Findings,
  ): Promise<TokenExchangeResponse> {
    const request = (found.request = parseExchangeRequest(await receive(context.signal), kind));
    const principal = (found.principal = await verify(request.subjectToken, context));
    checkProject(principal, projectNumbers);
    const documents = await grants.find(principalDocumentIds(principal), context);
    const grant = authorize({ principal, request, documents, now: new Date(nowMs()) });
    found.grant = grant;
    const minted = (found.minted = await mint(grant, context));
    found.expiresInSeconds = secondsLeft(minted, nowMs());
    return tokenResponse(grant, minted, found.expiresInSeconds);
  }

  return async function exchange(received) {
    const spentMs = performance.now() - received.receivedAt;
    const { context, end } = startContext(budgetMs - spentMs);
    const findings: Findings = {};
    const recordOutcome = (outcome: { readonly error?: unknown }) => {
      const durationMs = performance.now() - received.receivedAt;
      return record({
        ...outcome,
        findings,
        durationMs,
        upstreamMs: context.upstreamMs,
        trace: received.trace,
      });
    };
    try {
      const body = await decide(received, context, findings);
      await recordOutcome({});
      return { status: 200, body };
    } catch (error) {
      await recordOutcome({ error });
      return errorAnswer(error);
    } finally {
      end();
    }
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

const DEFAULT_RETRY_AFTER_SECONDS = 5;

export function errorAnswer(error: unknown): Answer {
  if (error instanceof Refusal) {
    const { status, error: code } = REFUSALS[error.reason];
    return { status, body: errorResponse(code) };
  }
  const fault = toFault(error);
  const { status, error: code } = FAULTS[fault.reason];
  const answer = { status, body: errorResponse(code) };
  return status === 503
    ? { ...answer, retryAfterSeconds: fault.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS }
    : answer;
}
