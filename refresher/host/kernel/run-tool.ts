/**
 * Runs a program of the host (`nft`, `ip`) to its end: text in, text out.
 */

import { loggableText } from '../../../shared/loggable.ts';
import { createAtMost } from '../pacing/at-most.ts';
import { startToolShell, type Ended, type ToolShell } from './tool-shell.ts';

/** It is not there, or it ended with an error, whose first line the message holds. */
export class ToolFailed extends Error {
  override readonly name = 'ToolFailed';
  readonly isMissing: boolean;

  constructor(message: string, isMissing: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isMissing = isMissing;
  }
}

interface Run {
  /** Read to its end. */
  readonly input?: string;
  /** A descriptor of the network namespace in which it runs; absent: that of this process. */
  readonly namespaceFd?: number;
}

/** Preparing a network namespace takes three programs at once. */
const MAX_SHELLS = 3;
/** What a shell, and `nsenter`, say of a program that is not there. */
const NOT_FOUND = 127;

const atMost = createAtMost(MAX_SHELLS);
const idle = new Set<ToolShell>();

/** Resolves to what it writes. Rejects with `ToolFailed`. */
export async function runTool(
  tool: string,
  words: readonly string[],
  { input = '', namespaceFd }: Run = {},
): Promise<string> {
  const within =
    namespaceFd === undefined ? [] : ['nsenter', `--net=/proc/${process.pid}/fd/${namespaceFd}`, '--'];
  const { code, out, err } = await atMost(() => runInShell([...within, tool, ...words], input)).catch(
    (cause: Error) => Promise.reject(new ToolFailed(`${tool}: ${cause.message}`, false, { cause })),
  );
  if (code === 0) return out;
  const said = firstLine(err);
  if (code === NOT_FOUND) throw new ToolFailed(`${tool} is not installed (${said})`, true);
  throw new ToolFailed(`${tool}: ${said || `ended with ${code}`}`, false);
}

async function runInShell(words: readonly string[], input: string): Promise<Ended> {
  const [shell = startToolShell()] = idle;
  idle.delete(shell);
  const ended = await shell.run(words, input);
  // one that has failed has ended, and is not used again
  idle.add(shell);
  return ended;
}

function firstLine(text: string): string {
  return loggableText(text.split('\n').find((line) => line.trim() !== '') ?? '');
}
