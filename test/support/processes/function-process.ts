/** Starts a function and waits for what it comes to: listening, or ending because its configuration is bad. */

import {
  launchFunction,
  type FunctionExit,
  type FunctionOptions,
  type FunctionProcess,
} from './launch-function.ts';
import { untilListening } from './listening.ts';

export type { FunctionExit, FunctionOptions, FunctionProcess };

export interface FinishedFunction extends FunctionExit {
  readonly stdout: string;
  readonly stderr: string;
}

const DEADLINE_MS = 30_000;

/** Returns when the function serves requests and handles signals. Throws, with what it wrote, when it ends before that. */
export async function startFunction(options: FunctionOptions): Promise<FunctionProcess> {
  const launched = await launchFunction(options);
  if (await startsListening(launched)) return launched;
  const { code, signal } = await launched.exited;
  throw new Error(`the function ended (${signal ?? code}) instead of listening\n${launched.describe()}`);
}

/** Runs a function that is expected not to start. Throws, with what it wrote, when it does. */
export async function runFunctionToExit(options: FunctionOptions): Promise<FinishedFunction> {
  const launched = await launchFunction(options);
  if (await startsListening(launched)) {
    await launched.stop();
    throw new Error(`the function started instead of ending\n${launched.describe()}`);
  }
  return { ...(await launched.exited), stdout: launched.stdout(), stderr: launched.stderr() };
}

/** Whether the process came to listen rather than to end. Kills it, and throws, when it does neither in time. */
async function startsListening({ port, exited, stop, describe }: FunctionProcess): Promise<boolean> {
  const ended = new AbortController();
  void exited.then(() => ended.abort());
  try {
    await untilListening(port, AbortSignal.any([ended.signal, AbortSignal.timeout(DEADLINE_MS)]));
    return true;
  } catch (error) {
    if (ended.signal.aborted) return false;
    await stop();
    const message = `the function neither listened nor ended within ${DEADLINE_MS} ms\n${describe()}`;
    throw new Error(message, { cause: error });
  }
}
