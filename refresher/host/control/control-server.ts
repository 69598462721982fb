/**
 * The control API: JSON over HTTP, on a unix socket that only root can open.
 *
 *   PUT /tasks/ID      {"targets": […], "pid" | "netns" | "cgroup" | "address": …, "project"?}   201, or 200 if it is there
 *   GET /tasks, GET /tasks/ID
 *   DELETE /tasks/ID   204
 *   GET /concealment   whether the VM's own metadata server is concealed, looked at just now
 *   GET /healthz
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { loggableCauses } from '../../../shared/loggable.ts';
import { parseJson } from '../../../shared/unknown.ts';
import type { Log } from '../../log.ts';
import { TASK_ERRORS, TaskError } from '../task-error.ts';
import type { Registry } from '../tasks/registry.ts';
import { bodyOf } from '../tasks/stored-task.ts';
import { parseTaskId, parseTaskRequest } from '../tasks/task-request.ts';
import type { Task } from '../tasks/task.ts';

interface Options {
  /** `undefined`: those of an earlier run are still being taken up. */
  readonly registry: () => Registry | undefined;
  readonly concealment: () => Promise<{ readonly concealed: boolean; readonly why?: string }>;
  readonly log: Log;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

const MAX_BODY_BYTES = 64 * 1024;
/** Such that nobody who registers a task is cut off while its first token is awaited. */
const NO_LIMIT = 0;

/** It does not listen yet. */
export function createControlServer({ registry, concealment, log }: Options): Server {
  async function answer(request: IncomingMessage): Promise<Answer> {
    const { method = '', url = '' } = request;
    if (method === 'GET' && url === '/healthz')
      return { status: 200, body: { ready: registry() !== undefined } };
    if (method === 'GET' && url === '/concealment') return { status: 200, body: await concealment() };
    const tasks = registry();
    if (tasks === undefined) throw new TaskError('unavailable', 'the daemon is starting');
    if (method === 'GET' && url === '/tasks')
      return { status: 200, body: { tasks: tasks.all().map(viewOf) } };
    const id = parseTaskId(idIn(url));
    switch (method) {
      case 'GET': {
        const task = tasks.get(id);
        if (task === undefined) throw new TaskError('not_found', `there is no task ${id}`);
        return { status: 200, body: viewOf(task) };
      }
      case 'PUT': {
        const body = parseJson(await bodyText(request));
        const { task, isNew } = await tasks.put(parseTaskRequest(id, body));
        return { status: isNew ? 201 : 200, body: viewOf(task) };
      }
      case 'DELETE':
        await tasks.remove(id);
        return { status: 204 };
      default:
        return { status: 405, body: { error: 'invalid_request', error_description: 'no such method' } };
    }
  }

  const server = createServer({ requestTimeout: NO_LIMIT }, (request, response) => {
    answer(request)
      .catch((error: unknown) => answerTo(error, log))
      .then((ready) => send(response, ready))
      .catch(() => response.destroy());
  });
  return server;
}

function answerTo(error: unknown, log: Log): Answer {
  if (!(error instanceof TaskError)) {
    log('ERROR', 'a bug of the refresher', { causes: loggableCauses(error) });
    return answerTo(new TaskError('failed', 'a bug; the log of the daemon says more'), log);
  }
  const { status } = TASK_ERRORS[error.code];
  return { status, body: { error: error.code, error_description: error.message } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
}

function idIn(url: string): string {
  const [, encoded] = /^\/tasks\/([^/?#]+)$/.exec(url) ?? [];
  if (encoded === undefined) throw new TaskError('not_found', 'there is nothing at this path');
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new TaskError('invalid_request', 'the path is not encoded as one');
  }
}

async function bodyText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new TaskError('invalid_request', 'the body is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function viewOf(task: Task): unknown {
  const { request, since } = task;
  return {
    id: request.id,
    state: task.isServing() ? 'running' : 'registering',
    since,
    ...bodyOf(request.claim),
    ...(request.project !== undefined && { project: request.project }),
    targets: task.readings(),
  };
}
