/**
 * The control socket of `refresher host`: docs/host.md, "Control API".
 */

import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseRecord } from './messages.ts';

export interface Daemon {
  /** Resolves when the task has its first token. Throws a `DaemonRefused`. */
  readonly add: (id: string, body: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Its identity has ended when this resolves, whether there was such a task or not. */
  readonly remove: (id: string) => Promise<void>;
  /** Ids, each with its first target. */
  readonly list: () => Promise<readonly { readonly id: string; readonly target: string }[]>;
}

type Answer = Readonly<Record<string, unknown>>;

export class DaemonRefused extends Error {
  override readonly name = 'DaemonRefused';
}

/** What may be otherwise in a moment; the rest is for somebody to mend. */
const PASSING = new Set(['unavailable', 'too_many']);
const ATTEMPTS = 10;
const PAUSE_MS = 1_000;

export function createDaemon(socketPath: string): Daemon {
  async function call(method: string, path: string, body?: unknown): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(socketPath, method, path, body).catch(unreachable);
      const error = answer['error'];
      if (typeof error !== 'string' || (method === 'DELETE' && error === 'not_found')) return answer;
      if (!PASSING.has(error) || attempt === ATTEMPTS) {
        throw new DaemonRefused(`${error}: ${JSON.stringify(answer['error_description'])}`);
      }
      await pause(PAUSE_MS);
    }
  }

  return {
    add: async (id, body) => void (await call('PUT', `/tasks/${id}`, body)),
    remove: async (id) => void (await call('DELETE', `/tasks/${id}`)),
    async list() {
      const { tasks } = await call('GET', '/tasks');
      return Array.isArray(tasks) ? tasks.map(viewOf) : [];
    },
  };
}

function unreachable(error: unknown): Answer {
  const why = error instanceof Error ? error.message : '';
  return { error: 'unavailable', error_description: `the daemon cannot be reached: ${why}` };
}

function viewOf(task: { readonly id: string; readonly targets: readonly { readonly target: string }[] }) {
  return { id: task.id, target: task.targets[0]?.target ?? '' };
}

function ask(socketPath: string, method: string, path: string, body: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve(parseRecord(text)));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
