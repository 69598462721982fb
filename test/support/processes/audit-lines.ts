/**
 * The audit lines that a function writes to its standard output: one line of JSON for each decision, with the event
 * `token_decision` or `token_check`. Waiting for one is woken by the line itself.
 */

import type { Readable } from 'node:stream';
import { onLine } from './process-output.ts';

export type AuditLine = Record<string, unknown>;

/** A line's number, counted from 1, or what it must look like. */
export type AuditLineChoice = number | ((line: AuditLine) => boolean);

export interface AuditLines {
  readonly auditLines: () => AuditLine[];
  /**
   * The first line that fits, already there or still to come. Throws, with what the process wrote, when its output ends
   * first or nothing fits within `timeoutMs` (default 10 000).
   */
  readonly waitForAuditLine: (
    which: AuditLineChoice,
    options?: { readonly timeoutMs?: number },
  ) => Promise<AuditLine>;
}

const TIMEOUT_MS = 10_000;

/** `describe` is what the process wrote so far, for an error's message. */
export function readAuditLines(stdout: Readable, describe: () => string): AuditLines {
  const lines: AuditLine[] = [];
  const waiting = new Set<() => void>();
  const lookAgain = () => waiting.forEach((look) => look());
  let ended = false;

  onLine(stdout, (text) => {
    const line = parseAuditLine(text);
    if (line === undefined) return;
    lines.push(line);
    lookAgain();
  });
  stdout.once('close', () => {
    ended = true;
    lookAgain();
  });

  return {
    auditLines: () => [...lines],
    waitForAuditLine(which, { timeoutMs = TIMEOUT_MS } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<AuditLine>();
      const giveUp = (why: string) => reject(new Error(`no such audit line ${why}\n${describe()}`));
      const look = () => {
        const line = typeof which === 'number' ? lines[which - 1] : lines.find(which);
        if (line !== undefined) resolve(line);
        else if (ended) giveUp('before the process ended');
      };
      const timer = setTimeout(() => giveUp(`within ${timeoutMs} ms`), timeoutMs);
      waiting.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
      });
    },
  };
}

function parseAuditLine(text: string): AuditLine | undefined {
  // Most of what a process prints is prose.
  if (!text.startsWith('{')) return undefined;
  try {
    const line: unknown = JSON.parse(text);
    return isAuditLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

function isAuditLine(line: unknown): line is AuditLine {
  if (typeof line !== 'object' || line === null || !('event' in line)) return false;
  return line.event === 'token_decision' || line.event === 'token_check';
}
