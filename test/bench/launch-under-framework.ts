/**
 * Runs a function as Cloud Run does.
 */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort } from '../support/processes/free-port.ts';
import { startProcess, type Program, type RunningProcess } from './launch-process.ts';

export interface FunctionToRun {
  readonly target: string;
  /** The folder that holds the function. */
  readonly source: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Options of Node itself, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
}

// The package does not export its command line, but the module that it does export lies beside it.
const FRAMEWORK = join(
  dirname(createRequire(import.meta.url).resolve('@google-cloud/functions-framework')),
  'main.js',
);

/** Nothing is inherited, so that the developer's own Google set-up cannot leak in. */
function environmentOf({ environment }: FunctionToRun): Record<string, string> {
  return {
    PATH: dirname(process.execPath),
    HOME: '/nonexistent',
    NODE_ENV: 'production',
    ...(environment['GCE_METADATA_HOST'] === undefined && { METADATA_SERVER_DETECTION: 'none' }),
    ...environment,
  };
}

export function underFramework(run: FunctionToRun, port: number): Program {
  const { target, source, nodeOptions = [] } = run;
  return {
    name: target,
    command: process.execPath,
    args: [...nodeOptions, FRAMEWORK, `--target=${target}`, `--source=${source}`, `--port=${port}`],
    environment: environmentOf(run),
    folder: source,
  };
}

/** Returns when the function listens. */
export async function startUnderFramework(run: FunctionToRun): Promise<RunningProcess> {
  const port = await freePort();
  return startProcess(underFramework(run, port), port);
}
