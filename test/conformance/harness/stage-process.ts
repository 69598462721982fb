/** The outside of a stage: starts it in its namespace and asks it to run clients. */

import { spawn } from 'node:child_process';
import { tether } from '../../support/processes/tether.ts';
import { inNamespace } from './namespace.ts';
import { RUN } from './paths.ts';
import type { Identity, Installed, Mode } from './row.ts';
import { STAGES, type StageName } from './stages.ts';

export interface Question {
  readonly id: string;
  /** `nameOf` the row. */
  readonly row: string;
  readonly mode: Mode;
  readonly installed: Installed;
}

export interface Answer {
  readonly id: string;
  /** What is not as the row says. */
  readonly problems: readonly string[];
  /** All that was seen, for the message of a failed test. */
  readonly details: string;
}

export interface StageProcess {
  readonly ask: (question: Omit<Question, 'id'>) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export async function startStage(name: StageName, identity: Identity): Promise<StageProcess> {
  const [program, args] = inNamespace(STAGES[name].network, [process.execPath, RUN, name, identity]);
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  tether(child);
  const waiting = new Map<string, { resolve: (answer: Answer) => void; reject: (reason: Error) => void }>();
  let written = '';
  child.stderr?.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      for (const { reject } of waiting.values()) reject(new Error(`the stage "${name}" ended\n${written}`));
      waiting.clear();
      resolve();
    });
  });
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });
  const answerTo = (id: string): Promise<Answer> =>
    new Promise((resolve, reject) => void waiting.set(id, { resolve, reject }));

  let asked = 0;
  await answerTo('ready');
  return {
    ask(question) {
      asked += 1;
      const id = String(asked);
      const answer = answerTo(id);
      child.send({ ...question, id });
      return answer;
    },
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
