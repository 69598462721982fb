/**
 * The check: receive → parse → verify → find → authorize each target → record.
 *
 * It says what an exchange would come to, by the same steps, up to the mint, which it has not: one read of the stored
 * documents answers for all targets. What ends an exchange before there is a decision ends a check in the same way, so
 * that a caller never takes an outage for a "no".
 */

import { setImmediate } from 'node:timers/promises';
import { admit, type AdmissionSteps } from './admission.ts';
import { answerOnRecord, type Endpoint, type Received } from './answering.ts';
import type { CallContext } from './call-context.ts';
import type { CheckAudit, CheckedTarget, CheckFindings } from './check-audit.ts';
import { parseCheckRequest, type CheckRequest } from './check-request.ts';
import type { AuthorizationQuestion } from './grants/authorize.ts';
import type { MemberKind, Target } from './member.ts';
import type { CheckResponse } from './protocol.ts';
import { Refusal, REFUSALS } from './refusal.ts';

export interface CheckSteps extends AdmissionSteps {
  /** What this function's callers become. */
  readonly kind: MemberKind;
  readonly budgetMs: number;
  readonly authorize: (question: AuthorizationQuestion) => unknown;
  readonly record: CheckAudit;
  readonly nowMs: () => number;
}

/** Throws what an exchange for that target would be answered with. */
type Authorize = (target: Target) => void;

/** The conditions of 500 grants take long to compile: so long at a stretch, and then whoever else waits has a turn. */
const TURN_MS = 10;

export function createCheck(steps: CheckSteps): Endpoint {
  const { kind, budgetMs, authorize, record, nowMs } = steps;

  async function decide(
    { receive }: Received,
    context: CallContext,
    found: CheckFindings,
  ): Promise<CheckResponse> {
    const request = (found.request = parseCheckRequest(await receive(context.signal), kind));
    const authorizeTarget = await prepare(request, context, found);
    const checked = (found.checked = await checkEach(request.targets, authorizeTarget, context.signal));
    return { decisions: checked.map(({ target, decision }) => ({ target: target.member, decision })) };
  }

  async function prepare(
    request: CheckRequest,
    context: CallContext,
    found: CheckFindings,
  ): Promise<Authorize> {
    try {
      const admitted = await admit(steps, request.subjectToken, context, found);
      const now = new Date(nowMs());
      return (target) => void authorize({ ...admitted, now, request: { ...request, target } });
    } catch (error) {
      if (!isNo(error)) throw error;
      return () => {
        throw error;
      };
    }
  }

  return function check(received) {
    const findings: CheckFindings = {};
    return answerOnRecord(received, {
      budgetMs,
      decide: (context) => decide(received, context, findings),
      record: (ending) => record({ ...ending, findings }),
    });
  };
}

async function checkEach(
  targets: readonly Target[],
  authorize: Authorize,
  signal: AbortSignal,
): Promise<readonly CheckedTarget[]> {
  const checked: CheckedTarget[] = [];
  let turnEndsAt = performance.now() + TURN_MS;
  for (const target of targets) {
    checked.push(checkOne(target, authorize));
    if (performance.now() < turnEndsAt) continue;
    await setImmediate();
    signal.throwIfAborted();
    turnEndsAt = performance.now() + TURN_MS;
  }
  return checked;
}

function checkOne(target: Target, authorize: Authorize): CheckedTarget {
  try {
    authorize(target);
    return { target, decision: 'yes' };
  } catch (error) {
    return { target, decision: isNo(error) ? 'no' : 'fault', error };
  }
}

/** Whether an exchange for a target would be told that it is not granted, rather than that something is wrong. */
function isNo(error: unknown): boolean {
  if (!(error instanceof Refusal)) return false;
  const { error: code } = REFUSALS[error.reason];
  return code === 'invalid_target' || code === 'invalid_scope';
}
