/**
 * Runs a program of the host (`nft`, `ip`) to its end: text in, text out.
 */

import { spawn } from 'node:child_process';
import { loggableText } from '../../../shared/loggable.ts';
import { errorCode } from '../../../shared/unknown.ts';

/** Programs are the host's own, whatever the environment of the daemon says. */
const TOOL_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const;

/** It is not there, or it ended with an error, whose first line the message holds. */
export class ToolFailed extends Error {
  override readonly name = 'ToolFailed';
  readonly isMissing: boolean;

  constructor(message: string, isMissing: boolean) {
    super(message);
    this.isMissing = isMissing;
  }
}

/** A program of the kernel's that takes longer hangs. */
const LIMIT_MS = 20_000;

/**
 * It has been started when this returns a promise of what it writes, so that it is in the namespace where the thread is at
 * this moment. Rejects with `ToolFailed`.
 */
export function startTool(tool: string, words: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, words, {
      env: TOOL_ENVIRONMENT,
      stdio: 'pipe',
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.once('error', (error) => {
      const isMissing = errorCode(error) === 'ENOENT';
      const why = isMissing ? 'is not installed' : `cannot be started (${String(errorCode(error))})`;
      reject(new ToolFailed(`${tool} ${why}`, isMissing));
    });
    child.once('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new ToolFailed(`${tool}: ${firstLine(err) || `ended with ${String(code)}`}`, code === 127));
    });
    // a program that ends early does not read
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function firstLine(text: string): string {
  return loggableText(text.split('\n').find((line) => line.trim() !== '') ?? '');
}
