/** The outside of a stage: starts it in its namespace and asks it to run clients. */

import { spawn } from 'node:child_process';
import { tether } from '../../support/processes/tether.ts';
import { inNamespace } from './namespace.ts';
import { RUN } from './paths.ts';
import type { Answer, Question, RunClient } from './questions.ts';
import type { Identity } from './row.ts';
import { networkOf, type StageName } from './stages.ts';

export interface ToStage {
  readonly id: string;
  readonly question: Question;
}

export interface FromStage {
  readonly id: string;
  readonly answer?: Answer;
  readonly error?: string;
}

export interface StageProcess {
  readonly run: (question: Omit<RunClient, 'do'>) => Promise<Answer>;
  readonly tell: (question: Exclude<Question, RunClient>) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startStage(name: StageName, identity: Identity): Promise<StageProcess> {
  const [program, args] = inNamespace(networkOf(name), [process.execPath, RUN, name, identity]);
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  tether(child);
  const waiting = new Map<string, PromiseWithResolvers<FromStage>>();
  let written = '';
  child.stderr?.on('data', (chunk: Buffer) => (written += chunk.toString()));
  // Not `close` of the child: that does not come where it was we who closed the channel.
  child.stderr?.once('close', () => {
    for (const { reject } of waiting.values()) reject(new Error(`the stage "${name}" ended\n${written}`));
    waiting.clear();
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.on('message', (message: FromStage) => {
    waiting.get(message.id)?.resolve(message);
    waiting.delete(message.id);
  });

  let asked = 0;
  await messageAbout('ready');
  return {
    async run(question) {
      const answer = await ask({ ...question, do: 'run' });
      if (answer === undefined) throw new Error('the stage answered nothing');
      return answer;
    },
    async tell(question) {
      await ask(question);
    },
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };

  async function ask(question: Question): Promise<Answer | undefined> {
    asked += 1;
    const id = String(asked);
    const coming = messageAbout(id);
    child.send({ id, question } satisfies ToStage);
    const { answer, error } = await coming;
    if (error !== undefined) throw new Error(`the stage "${name}" failed: ${error}`);
    return answer;
  }

  function messageAbout(id: string): Promise<FromStage> {
    const deferred = Promise.withResolvers<FromStage>();
    waiting.set(id, deferred);
    return deferred.promise;
  }
}
