/**
 * How `refresher task` asks the daemon.
 */

import { request } from 'node:http';
import { errorCode, isRecord, parseJson } from '../../../shared/unknown.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { Failure } from '../../failure.ts';
import { isTaskErrorCode, TASK_ERRORS } from '../task-error.ts';

export interface ControlCall {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'no daemon runs (refresher host), or it listens elsewhere (--control)',
  ECONNREFUSED: 'the daemon does not run any more',
  EACCES: 'only root may ask',
};

/** The answer's body. Throws a `Failure` with what the daemon says, or why there is none. */
export async function callDaemon(
  socketPath: string,
  call: ControlCall,
  signal: AbortSignal,
): Promise<unknown> {
  const { status, body } = await send(socketPath, call, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    const code = String(errorCode(error));
    const why = HINTS[code] ?? `the connection failed (${code})`;
    throw new Failure(EXIT_CODES.unavailable, `cannot reach the daemon at ${socketPath}: ${why}`);
  });
  const answer = parseJson(body);
  if (status < 300) return answer;
  const { error, error_description: sentence } = isRecord(answer) ? answer : {};
  if (!isTaskErrorCode(error)) {
    throw new Failure(EXIT_CODES.unavailable, `what listens at ${socketPath} answered ${status}`);
  }
  throw new Failure(TASK_ERRORS[error].exitCode, `${error}: ${String(sentence)}`);
}

function send(
  socketPath: string,
  { method, path, body }: ControlCall,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath, method, path, signal, headers: { 'content-length': String(Buffer.byteLength(text)) } },
      (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: answer }));
        response.once('error', reject);
      },
    );
    sent.once('error', reject);
    sent.end(text);
  });
}
