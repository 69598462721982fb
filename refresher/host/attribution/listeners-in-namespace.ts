/**
 * Sockets that listen in another network namespace, opened by a short-lived helper there, and handed over.
 */

import { spawn } from 'node:child_process';
import { Server } from 'node:net';
import { isRecord } from '../../../shared/unknown.ts';
import { TOOL_ENVIRONMENT } from '../kernel/run-tool.ts';
import { NETNS_HELPER } from '../commands.ts';
import { helperProgram, type Wanted } from './open-listeners.ts';

export interface OpenedListeners {
  /** By the host that was wanted. */
  readonly listening: ReadonlyMap<string, Server>;
  /** The same, with the codes of what went wrong. */
  readonly failed: ReadonlyMap<string, string>;
}

interface Options {
  /** A descriptor of the namespace: what a path leads to may change at any time. */
  readonly fd: number;
  readonly wanted: readonly Wanted[];
  /** What starts this program once more. */
  readonly program: readonly string[];
  /** The helper starts at once, and listens when this resolves. */
  readonly ready: Promise<void>;
}

const LIMIT_MS = 20_000;

/** Rejects as `ready` does, or where the helper ends too early. */
export function listenersInNamespace({ fd, wanted, program, ready }: Options): Promise<OpenedListeners> {
  const listening = new Map<string, Server>();
  const failed = new Map<string, string>();
  const words = [process.pid, ...wanted.flatMap(({ host, port }) => [host, port])].map(String);
  return new Promise((resolve, reject) => {
    const child = spawn(
      'nsenter',
      ['--net=/proc/self/fd/3', '--', ...helperProgram(program, NETNS_HELPER), ...words],
      {
        env: TOOL_ENVIRONMENT,
        stdio: ['ignore', 'ignore', 'pipe', fd, 'ipc'],
        timeout: LIMIT_MS,
        killSignal: 'SIGKILL',
      },
    );
    let trouble = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (trouble += text));

    function fail(error: unknown): void {
      for (const server of listening.values()) server.close();
      listening.clear();
      child.kill('SIGKILL');
      reject(error instanceof Error ? error : new Error('the helper failed', { cause: error }));
    }
    child.on('message', (message, handle) => {
      if (!isRecord(message)) return;
      const { kind, host, code } = message;
      if (kind === 'listening' && typeof host === 'string' && handle instanceof Server) {
        listening.set(host, handle);
      } else failed.set(String(host), String(code));
      if (listening.size + failed.size < wanted.length) return;
      child.disconnect();
      resolve({ listening, failed });
    });
    child.once('error', fail);
    child.once('close', () => fail(new Error(`the helper ended too early: ${trouble.slice(0, 200)}`)));
    ready.then(() => {
      if (child.connected) child.send({ kind: 'begin' }, () => undefined);
    }, fail);
  });
}
