/**
 * The entry point of both functions: starts the one that the framework was told to serve.
 */

import { parseArgs } from 'node:util';
import { http } from '@google-cloud/functions-framework';
import { parseDelegateConfig, parseImpersonateConfig } from './config.ts';
import { createDelegate } from './delegate.ts';
import { drainOnSignal } from './draining.ts';
import { ConfigurationError, type Environment } from './environment.ts';
import { releaseFinishedStreams } from './finished-streams.ts';
import { createHandler, type Handler } from './http.ts';
import { createImpersonate } from './impersonate.ts';
import { recordStrayErrors } from './stray-errors.ts';
import { serveWithoutDomains } from './without-domains.ts';

/** EX_CONFIG of sysexits.h. */
const EXIT_BAD_CONFIGURATION = 78;

async function createImpersonateHandler(environment: Environment): Promise<Handler> {
  const config = parseImpersonateConfig(environment);
  return createHandler({ ...config, ...(await createImpersonate(config)) });
}

async function createDelegateHandler(environment: Environment): Promise<Handler> {
  const config = parseDelegateConfig(environment);
  return createHandler({ ...config, ...(await createDelegate(config)) });
}

async function createHandlerOf(target: string | undefined, environment: Environment): Promise<Handler> {
  if (target === 'impersonate') return createImpersonateHandler(environment);
  if (target === 'delegate') return createDelegateHandler(environment);
  throw new ConfigurationError('FUNCTION_TARGET (or --target)', 'has to be impersonate or delegate');
}

/** Found as the framework finds it. */
function servedTarget(): string | undefined {
  const { values } = parseArgs({ strict: false, options: { target: { type: 'string' } } });
  return typeof values.target === 'string' ? values.target : process.env['FUNCTION_TARGET'];
}

async function serve(): Promise<void> {
  // Express prints stacks into its error pages unless it is told that this is production
  process.env['NODE_ENV'] ??= 'production';
  const target = servedTarget();
  const handler = await createHandlerOf(target, process.env);
  drainOnSignal();
  recordStrayErrors();
  serveWithoutDomains();
  releaseFinishedStreams();
  http(target ?? '', handler);
}

try {
  await serve();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${JSON.stringify({ severity: 'CRITICAL', message: error.message })}\n`);
  process.exit(EXIT_BAD_CONFIGURATION);
}
