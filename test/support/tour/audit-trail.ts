/** Audit lines as people read them: the fields that matter, under the names that they have in the log. */

import { isJsonObject } from '../google/json-object.ts';
import type { AuditLine } from '../processes/audit-lines.ts';
import type { FunctionProcess } from '../processes/function-process.ts';
import { table } from './layout.ts';
import type { Colour, Narration } from './narration.ts';

const COLOURS: Readonly<Record<string, Colour>> = { granted: 'green', refused: 'yellow', fault: 'red' };

export function showAuditLine(narration: Narration, line: AuditLine): void {
  narration.show('audit', table(importantFields(line)), colourOf(line));
}

/** For a line that comes by itself: with the time, and the function that wrote it. */
export function announceAuditLine(narration: Narration, line: AuditLine, now: Date): void {
  const time = now.toTimeString().slice(0, 8);
  narration.pause();
  narration.show(time, table({ function: text(line['function']), ...importantFields(line) }), colourOf(line));
}

function colourOf({ outcome }: AuditLine): Colour | undefined {
  return COLOURS[String(outcome)];
}

function importantFields(line: AuditLine): Record<string, string | undefined> {
  return {
    outcome: text(line['outcome']),
    reason: line['outcome'] === 'granted' ? undefined : text(line['reason']),
    detail: text(line['detail']),
    principal: describePrincipal(line['principal']),
    target: text(line['target']),
    grant: text(line['grant']),
    tokenSha256: shortened(line['tokenSha256']),
    reused: text(line['reused']),
    durationMs: describeDuration(line),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describePrincipal(principal: unknown): string {
  if (!isJsonObject(principal)) return 'none: nobody was verified';
  const { serviceAccount, instanceName, zone } = principal;
  return `${String(serviceAccount)} on ${String(instanceName)} in ${String(zone)}`;
}

function shortened(sha256: unknown): string | undefined {
  return typeof sha256 === 'string' ? `${sha256.slice(0, 12)}…` : undefined;
}

function describeDuration({ durationMs, upstreamMs }: AuditLine): string {
  const calls = isJsonObject(upstreamMs) ? Object.entries(upstreamMs) : [];
  const parts = calls.map(([name, ms]) => `${name} ${String(ms)}`);
  return [String(durationMs), ...(parts.length > 0 ? [`of which ${parts.join(', ')}`] : [])].join(', ');
}

/** What a timer can wait at most, some 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** Hands on every audit line that is still to come. Throws when the function ends. */
export async function followAuditLines(
  { auditLines, waitForAuditLine }: FunctionProcess,
  listener: (line: AuditLine) => void,
): Promise<never> {
  for (let next = auditLines().length + 1; ; next += 1) {
    listener(await waitForAuditLine(next, { timeoutMs: LONGEST_MS }));
  }
}
