/**
 * The bundle of the refresher as a process, with nothing in its environment but what the test puts there.
 *
 * Whatever such a process writes to its standard error is searched for tokens when it has ended: no test has to ask.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onLine } from '../support/processes/process-output.ts';
import { tether } from '../support/processes/tether.ts';

export const BUNDLE = fileURLToPath(new URL('../../dist/refresher.mjs', import.meta.url));

/** The program of the host of many tasks. */
export const HOST_BUNDLE = fileURLToPath(new URL('../../dist/refresher-host.mjs', import.meta.url));

export interface RefresherOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The words in front of the refresher's own. Default: this Node and the bundle. */
  readonly program?: readonly string[];
}

export interface LogLine {
  readonly severity: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it logged, parsed: every line of standard error that is JSON. */
  readonly log: readonly LogLine[];
}

export interface RefresherProcess {
  readonly pid: number;
  readonly stdin: Writable;
  readonly ended: Promise<Ended>;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Kills it where it is still there, and waits for its end. */
  readonly stop: () => Promise<void>;
  /** The next line of standard output. Throws, with what was written, when that ends first. */
  readonly line: () => Promise<string>;
  /** The first line of the log that fits, already there or still to come. */
  readonly logged: (fits: (line: LogLine) => boolean) => Promise<LogLine>;
  /** Where it says that it listens. */
  readonly address: () => Promise<string>;
}

const TOKENS = /ya29\.|\beyJ[\w-]+\.[\w-]+|Bearer\s+[\w-]{20}/;

export async function startRefresher({
  args,
  env = {},
  program = [process.execPath, BUNDLE],
}: RefresherOptions): Promise<RefresherProcess> {
  const [command = '', ...words] = [...program, ...args];
  const child = spawn(command, words, {
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  const stdout = readLines(child.stdout);
  const stderr = readLines(child.stderr);
  const { promise: ended, resolve } = Promise.withResolvers<Ended>();
  child.once('close', (code, signal) => {
    resolve({ code, signal, stdout: stdout.text(), stderr: stderr.text(), log: parseLog(stderr.lines()) });
  });
  await once(child, 'spawn');
  tether(child);
  const checked = ended.then((end) => {
    if (TOKENS.test(end.stderr)) throw new Error('a token was logged');
    return end;
  });
  // whoever does not wait for the end has no use for it either
  checked.catch(() => undefined);
  const describe = () => `standard output:\n${stdout.text()}\nstandard error:\n${stderr.text()}`;
  let read = 0;

  const logged = async (fits: (line: LogLine) => boolean): Promise<LogLine> => {
    const found = await stderr.until((lines) => parseLog(lines).find(fits));
    if (found === undefined) throw new Error(`no such line was logged\n${describe()}`);
    return found;
  };

  return {
    pid: child.pid ?? 0,
    stdin: child.stdin,
    ended: checked,
    signal: (name) => void child.kill(name),
    async stop() {
      child.kill('SIGKILL');
      await checked;
    },
    async line() {
      const index = read++;
      const found = await stdout.until((lines) => lines[index]);
      if (found === undefined) throw new Error(`no further line was written\n${describe()}`);
      return found;
    },
    logged,
    address: async () => String((await logged(({ address }) => address !== undefined))['address']),
  };
}

/** Runs it to its end. */
export async function runRefresher(options: RefresherOptions): Promise<Ended> {
  const refresher = await startRefresher(options);
  refresher.stdin.end();
  return refresher.ended;
}

function readLines(stream: Readable) {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let text = '';
  let isOver = false;
  const lookAgain = () => waiting.forEach((look) => look());
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  onLine(stream, (line) => {
    lines.push(line);
    lookAgain();
  });
  stream.once('close', () => {
    isOver = true;
    lookAgain();
  });
  return {
    text: () => text,
    lines: () => lines,
    /** What `find` finds, now or after a further line; `undefined` when the stream has ended without. */
    until<T>(find: (lines: readonly string[]) => T | undefined): Promise<T | undefined> {
      return new Promise((resolve) => {
        const look = () => {
          const found = find(lines);
          if (found === undefined && !isOver) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
  };
}

function parseLog(lines: readonly string[]): readonly LogLine[] {
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
}
