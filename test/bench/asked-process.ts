/**
 * A program of the benchmark in a process of its own, which answers one message with another.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tether } from '../support/processes/tether.ts';

export interface AskedProcess<Question extends object> {
  readonly tell: (message: object) => void;
  /** One question at a time. Rejects when the process has ended. */
  readonly ask: <Answer>(question: Question) => Promise<Answer>;
  /** What it says without being asked. */
  readonly said: <Answer>() => Promise<Answer>;
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
}

/** @param env absent: that of this process */
export function startAskedProcess<Question extends object>(
  program: URL,
  env = process.env,
): AskedProcess<Question> {
  const path = fileURLToPath(program);
  const child = fork(path, { env, execArgv: [], serialization: 'advanced' });
  const ended = once(child, 'exit');
  tether(child);

  async function said<Answer>(): Promise<Answer> {
    const answered = once(child, 'message') as Promise<[Answer]>;
    const failed = ended.then(() => Promise.reject(new Error(`${basename(path)} has ended`)));
    const [answer] = await Promise.race([answered, failed]);
    return answer;
  }

  return {
    tell: (message) => void child.send(message),
    ask(question) {
      child.send(question);
      return said();
    },
    said,
    end: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}
