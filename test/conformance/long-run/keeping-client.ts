/** A client of the long run: a process that calls the API each time that it is told the time. */

import { spawn } from 'node:child_process';
import { onLine } from '../../support/processes/process-output.ts';
import { tether } from '../../support/processes/tether.ts';

/** The credentials that the process keeps from its first call on, or those that it has just made. */
export type Credentials = 'kept' | 'new';

export type CallEnd =
  /** What the API answered, and how long the library takes its token to live. */
  { readonly status: number; readonly livesSeconds: number } | { readonly error: string };

export interface KeepingClient {
  readonly callAt: (unixMs: number) => Promise<Readonly<Record<Credentials, CallEnd>>>;
  readonly end: () => Promise<void>;
}

export function startKeepingClient(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): KeepingClient {
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  tether(child);
  const waiting: PromiseWithResolvers<string>[] = [];
  onLine(child.stdout, (line) => waiting.shift()?.resolve(line));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('close', () => waiting.forEach(({ reject }) => reject(new Error(`${program} ended`))));
  child.stdin.on('error', () => undefined);

  return {
    async callAt(unixMs) {
      const answer = Promise.withResolvers<string>();
      waiting.push(answer);
      child.stdin.write(`${unixMs}\n`);
      return JSON.parse(await answer.promise) as Record<Credentials, CallEnd>;
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
