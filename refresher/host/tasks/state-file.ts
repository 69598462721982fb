/**
 * What survives a restart of the daemon: which tasks there are, and what they are known by. Never a token.
 *
 * Written beside the file and renamed over it, so that a daemon that is killed at any moment leaves the old state or
 * the new one, whole. What was written before the machine started is no longer about anything.
 */

import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isRecord, errorCode, parseJson } from '../../../shared/unknown.ts';
import { badConfiguration } from '../../failure.ts';
import type { Evidence } from '../attribution/evidence.ts';
import { parseTaskRequest, type TaskRequest } from './task-request.ts';

export interface StoredTask {
  readonly request: TaskRequest;
  readonly evidence: Evidence;
  readonly since: string;
}

export interface StateFile {
  /** Throws where it is there and cannot be read or understood: nobody is left out in silence. */
  readonly read: () => Promise<readonly StoredTask[]>;
  /** Resolves when this state, or a later one, is on the disk. */
  readonly write: (tasks: readonly StoredTask[]) => Promise<void>;
}

const VERSION = 1;

export function createStateFile({ path, bootId }: { path: string; bootId: string }): StateFile {
  let work: Promise<void> = Promise.resolve();
  let latest = '';
  let waiting: Promise<void> | undefined;

  async function replace(text: string): Promise<void> {
    // one writer: the daemon holds the control socket
    const temporary = `${path}.new`;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  }

  return {
    async read() {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw error;
      });
      try {
        return text === undefined ? [] : decode(text, bootId);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : 'unreadable';
        throw badConfiguration(
          `${path} cannot be understood (${why}): remove it, and register the tasks again`,
          cause,
        );
      }
    },
    write(tasks) {
      latest = `${JSON.stringify({ version: VERSION, bootId, tasks: tasks.map(encode) }, undefined, 1)}\n`;
      // one at a time; those who come while one is under way share the next
      waiting ??= work
        .catch(() => undefined)
        .then(() => {
          waiting = undefined;
          return replace(latest);
        });
      work = waiting;
      return waiting;
    },
  };
}

function encode({ request: { id, targets, claim, project }, evidence, since }: StoredTask): unknown {
  const body = {
    targets: targets.map(({ member }) => member),
    ...bodyOf(claim),
    ...(project && { project }),
  };
  return { id, body, evidence, since };
}

/** As it was in the request. */
export function bodyOf(claim: TaskRequest['claim']): Readonly<Record<string, unknown>> {
  switch (claim.kind) {
    case 'pid':
      return { pid: claim.pid };
    case 'netns':
    case 'cgroup':
      return { [claim.kind]: claim.path };
    case 'address':
      return { address: claim.address };
  }
}

function decode(text: string, bootId: string): readonly StoredTask[] {
  const state = parseJson(text);
  if (!isRecord(state) || state['version'] !== VERSION || !Array.isArray(state['tasks'])) {
    throw new Error('the state file is not one of this version');
  }
  if (state['bootId'] !== bootId) return [];
  return state['tasks'].map((task: unknown) => {
    if (!isRecord(task)) throw new Error('the state file holds something that is no task');
    const request = parseTaskRequest(String(task['id']), task['body']);
    return { request, evidence: decodeEvidence(task['evidence']), since: String(task['since']) };
  });
}

function decodeEvidence(value: unknown): Evidence {
  if (!isRecord(value)) throw new Error('the state file holds a task without evidence');
  const text = (name: string): string => {
    const field = value[name];
    if (typeof field === 'string') return field;
    throw new Error(`the state file holds a task without ${name}`);
  };
  switch (value['kind']) {
    case 'pid':
      return {
        kind: 'pid',
        pid: Number(value['pid']),
        startTime: text('startTime'),
        namespace: decodeNamespace(value['namespace']),
        cookie: text('cookie'),
      };
    case 'netns':
      return {
        kind: 'netns',
        path: text('path'),
        namespace: decodeNamespace(value['namespace']),
        cookie: text('cookie'),
      };
    case 'cgroup':
      return { kind: 'cgroup', path: text('path'), id: text('id') };
    case 'address':
      return { kind: 'address', address: text('address') };
    default:
      throw new Error('the state file holds evidence of another kind');
  }
}

function decodeNamespace(value: unknown): { device: string; inode: string } {
  if (!isRecord(value)) throw new Error('the state file holds a task without a namespace');
  return { device: String(value['device']), inode: String(value['inode']) };
}
