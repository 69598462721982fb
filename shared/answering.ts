/**
 * How a function answers, whatever it was asked: within a budget, with one audit line on every way out before there is
 * an answer, and with an error that says no more than the wire contract does.
 */

import type { Ending } from './audit-line.ts';
import { startContext, type CallContext } from './call-context.ts';
import { FAULTS, toFault } from './fault.ts';
import {
  errorResponse,
  type CheckResponse,
  type ErrorResponse,
  type TokenExchangeResponse,
} from './protocol.ts';
import { Refusal, REFUSALS } from './refusal.ts';

export interface Received {
  /** The body; throws a `Refusal` where HTTP already says no. */
  readonly receive: (signal: AbortSignal) => Promise<string>;
  /** When the head of the request came in, by `performance.now()`: the budget runs from there. */
  readonly receivedAt: number;
  readonly trace: string | undefined;
}

type Decided = TokenExchangeResponse | CheckResponse;

export interface Answer {
  readonly status: number;
  readonly body: Decided | ErrorResponse;
  readonly retryAfterSeconds?: number;
}

/** What stands behind a path. */
export type Endpoint = (received: Received) => Promise<Answer>;

interface Answering {
  readonly budgetMs: number;
  readonly decide: (context: CallContext) => Promise<Decided>;
  /** Fails where the line could not be written: then the answer is an error. */
  readonly record: (ending: Ending) => void | Promise<void>;
}

/** Rejects only where even the audit line of a failure could not be written. */
export async function answerOnRecord(
  { receivedAt, trace }: Received,
  { budgetMs, decide, record }: Answering,
): Promise<Answer> {
  const spentMs = performance.now() - receivedAt;
  const { context, end } = startContext(budgetMs - spentMs);
  const recordEnding = (outcome: { readonly error?: unknown }) => {
    const durationMs = performance.now() - receivedAt;
    return record({ ...outcome, durationMs, upstreamMs: context.upstreamMs, trace });
  };
  try {
    const body = await decide(context);
    await recordEnding({});
    return { status: 200, body };
  } catch (error) {
    await recordEnding({ error });
    return errorAnswer(error);
  } finally {
    end();
  }
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
