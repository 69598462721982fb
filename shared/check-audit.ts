/**
 * The audit line of a check: what its targets were answered, and why.
 *
 * A line holds a bounded number of them, what is wrong before what is well, because the log cuts long lines short; the
 * counts are of all.
 */

import {
  describeCaller,
  describeFailure,
  describeTimes,
  nameCaller,
  type Ending,
  type Failure,
  type Severity,
  type WriteLine,
} from './audit-line.ts';
import type { CheckRequest } from './check-request.ts';
import type { Principal } from './identity/principal.ts';
import type { Target } from './member.ts';
import type { CheckDecision } from './protocol.ts';

/** A target and its answer; with an error unless that is yes. */
export interface CheckedTarget {
  readonly target: Target;
  readonly decision: CheckDecision;
  readonly error?: unknown;
}

/** What a check had found out by the time it ended. */
export interface CheckFindings {
  request?: CheckRequest;
  principal?: Principal;
  checked?: readonly CheckedTarget[];
}

/** Without an error: each target has its answer. */
export interface Check extends Ending {
  readonly findings: CheckFindings;
}

/** As `Audit`. */
export type CheckAudit = (check: Check) => void | Promise<void>;

export function createCheckAudit(functionName: string, write: WriteLine): CheckAudit {
  return (check) => write(`${JSON.stringify(checkEvent(functionName, check))}\n`);
}

/** Cloud Logging takes 256 KiB a line; an entry is less than 800 bytes. */
const MAX_LISTED = 100;
const MAX_DETAIL_LENGTH = 400;

type Counts = Readonly<Record<CheckDecision, number>>;

function checkEvent(functionName: string, check: Check): Record<string, unknown> {
  const { request, principal, checked = [] } = check.findings;
  const isChecked = check.error === undefined;
  const counts = count(checked);
  const ending = isChecked ? describeAnswers(counts, checked) : describeFailure(check.error);
  const { severity, ...rest } = ending;
  const caller = nameCaller(principal);
  return {
    severity,
    message: `${functionName}: ${isChecked ? sentence(caller, counts) : failure(caller, ending)}`,
    event: 'token_check',
    ...rest,
    ...describeCaller(functionName, principal, request),
    tokenType: request?.tokenType,
    targets: request?.targets.length,
    counts: isChecked ? counts : undefined,
    decisions: isChecked ? list(checked) : undefined,
    decisionsLeftOut: isChecked ? Math.max(checked.length - MAX_LISTED, 0) : undefined,
    ...describeTimes(check),
  };
}

interface Answers {
  readonly severity: Severity;
  readonly outcome: 'checked';
  readonly reason: 'checked';
  /** Of the first fault: what it is about stands with its target. */
  readonly cause: readonly string[] | undefined;
}

function describeAnswers({ no, fault }: Counts, checked: readonly CheckedTarget[]): Answers {
  const severity = fault > 0 ? 'ERROR' : no > 0 ? 'WARNING' : 'INFO';
  const faulty = checked.find(({ decision }) => decision === 'fault');
  const cause = faulty && describeFailure(faulty.error).cause;
  return { severity, outcome: 'checked', reason: 'checked', cause };
}

function count(checked: readonly CheckedTarget[]): Counts {
  const of = (wanted: CheckDecision) => checked.filter(({ decision }) => decision === wanted).length;
  return { yes: of('yes'), no: of('no'), fault: of('fault') };
}

const WORST_FIRST: readonly CheckDecision[] = ['fault', 'no', 'yes'];

function list(checked: readonly CheckedTarget[]): readonly Record<string, unknown>[] {
  const ordered = WORST_FIRST.flatMap((wanted) => checked.filter(({ decision }) => decision === wanted));
  return ordered.slice(0, MAX_LISTED).map(({ target: { member: target }, decision, error }) => {
    if (decision === 'yes') return { target, decision, reason: 'granted' };
    const { reason, detail } = describeFailure(error);
    return { target, decision, reason, detail: detail?.slice(0, MAX_DETAIL_LENGTH) };
  });
}

function sentence(caller: string, { yes, no, fault }: Counts): string {
  return `${caller} asked what it may become: ${yes} yes, ${no} no, ${fault} fault`;
}

function failure(caller: string, { outcome, reason }: Failure | Answers): string {
  return outcome === 'refused'
    ? `a check of ${caller} was refused: ${reason}`
    : `a check of ${caller} failed: ${reason}`;
}
