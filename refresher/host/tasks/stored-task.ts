/**
 * A task as the state file has it: what was asked for, and what the task is known by. Pure.
 */

import { isRecord } from '../../../shared/unknown.ts';
import type { Evidence } from '../attribution/evidence.ts';
import { parseTaskRequest, type TaskRequest } from './task-request.ts';

export interface StoredTask {
  readonly request: TaskRequest;
  readonly evidence: Evidence;
  readonly since: string;
}

export function encodeTask({
  request: { id, targets, claim, project },
  evidence,
  since,
}: StoredTask): unknown {
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

/** Throws where it is no such task. */
export function decodeTask(task: unknown): StoredTask {
  if (!isRecord(task)) throw new Error('the state file holds something that is no task');
  const request = parseTaskRequest(String(task['id']), task['body']);
  return { request, evidence: decodeEvidence(task['evidence']), since: String(task['since']) };
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
