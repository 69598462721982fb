/**
 * What is asked of the daemon: unknown JSON in, a request or a `TaskError` out. Pure.
 */

import { isIPv4 } from 'node:net';
import { parseAudience, type Target } from '../../../shared/member.ts';
import { isRecord } from '../../../shared/unknown.ts';
import type { Claim } from '../attribution/evidence.ts';
import { TaskError } from '../task-error.ts';

export interface TaskRequest {
  readonly id: string;
  /** At least one; the first is the default account. */
  readonly targets: readonly Target[];
  readonly claim: Claim;
  /** What clients in it are told; `undefined`: the VM's. */
  readonly project: string | undefined;
}

export const MAX_TARGETS = 16;
const ID = /^[A-Za-z\d][\w.:@-]{0,127}$/;
const FIELDS = ['targets', 'pid', 'netns', 'cgroup', 'address', 'project'];
const CLAIMS = ['pid', 'netns', 'cgroup', 'address'] as const;
const PROJECT_ID = /^(?:[a-z\d.-]+:)?[a-z][a-z\d-]{1,61}[a-z\d]$/;
const MAX_PATH_LENGTH = 1_024;
/** The kernel's own limit. */
const MAX_PID = 4_194_304;

export function parseTaskId(value: string): string {
  if (ID.test(value)) return value;
  throw invalid('a task id has 1 to 128 letters, digits and _.:@- and begins with a letter or a digit');
}

export function parseTaskRequest(id: string, body: unknown): TaskRequest {
  if (!isRecord(body)) throw invalid('the body has to be a JSON object');
  const unknown = Object.keys(body).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw invalid(`there is no field ${JSON.stringify(unknown.slice(0, 40))}`);
  return {
    id: parseTaskId(id),
    targets: parseTargets(body['targets']),
    claim: parseClaim(body),
    project: parseProject(body['project']),
  };
}

/** Two requests that ask for the same have the same. */
export function fingerprint({ targets, claim, project }: Omit<TaskRequest, 'id'>): string {
  return JSON.stringify([targets.map(({ member }) => member), claim, project ?? null]);
}

function parseTargets(value: unknown): readonly Target[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_TARGETS) {
    throw invalid(`"targets" has to be a list of 1 to ${MAX_TARGETS} targets`);
  }
  const targets = value.map((one: unknown) => {
    const target = typeof one === 'string' ? parseAudience(one) : undefined;
    if (target !== undefined) return target;
    throw invalid('each of "targets" has to be serviceAccount:EMAIL or user:EMAIL, in lower case');
  });
  if (new Set(targets.map(({ member }) => member)).size === targets.length) return targets;
  throw invalid('a target is given twice');
}

function parseClaim(body: Readonly<Record<string, unknown>>): Claim {
  const [kind, ...others] = CLAIMS.filter((name) => body[name] !== undefined);
  if (kind === undefined || others.length > 0) throw invalid(`exactly one of ${CLAIMS.join(', ')} is needed`);
  const value = body[kind];
  switch (kind) {
    case 'pid':
      if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_PID) {
        return { kind, pid: value };
      }
      throw invalid('"pid" has to be the number of a process');
    case 'netns':
      if (isPath(value) && value.startsWith('/')) return { kind, path: value };
      throw invalid('"netns" has to be an absolute path');
    case 'cgroup':
      if (isPath(value)) return { kind, path: value };
      throw invalid('"cgroup" has to be a path');
    case 'address':
      if (typeof value === 'string' && isIPv4(value)) return { kind, address: value };
      throw invalid('"address" has to be an IPv4 address');
  }
}

function isPath(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_PATH_LENGTH &&
    !/\p{Cc}/u.test(value) &&
    !value.split('/').includes('..')
  );
}

function parseProject(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && PROJECT_ID.test(value))) return value;
  throw invalid('"project" has to be a project id such as acme-data');
}

function invalid(message: string): TaskError {
  return new TaskError('invalid_request', message);
}
