/**
 * The root of the operator's command: the only reader of the environment, of the arguments and of the terminal.
 */

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { parentPort, Worker } from 'node:worker_threads';
import type { Context } from './command-line/command.ts';
import { COMMANDS } from './commands.ts';
import type { DatabaseAddress } from './database/database-address.ts';
import type { GrantsDatabase } from './database/grants-database.ts';
import type { Surroundings } from './doctor/surroundings.ts';
import type { Google } from './google/google.ts';
import { loopbackOrigin } from './google/loopback-origin.ts';
import { createReadPrincipals, serveReading } from './files/principals-worker.ts';
import { coloursFor } from './output/colours.ts';
import { createProgress } from './output/progress.ts';
import { run } from './run.ts';

const { stdin, stdout, stderr, env, argv } = process;

/** Loaded where it is used: most of what this command could load is the Firestore client. */
async function openDatabase(address: DatabaseAddress): Promise<GrantsDatabase> {
  if (env['FIRESTORE_EMULATOR_HOST'] === undefined) {
    const { operatorToken } = await import('./google/operator-credentials.ts');
    await operatorToken();
  }
  const { openFirestoreDatabase } = await import('./database/firestore-database.ts');
  return openFirestoreDatabase(address);
}

async function openGoogle(): Promise<Google> {
  const { operatorToken } = await import('./google/operator-credentials.ts');
  const { createGoogle } = await import('./google/google-apis.ts');
  const origin = loopbackOrigin(env['TOKEN_VENDING_GOOGLE_ORIGIN']);
  return createGoogle({ operator: await operatorToken(), nowMs: Date.now, origin });
}

async function ask(question: string): Promise<string | undefined> {
  if (!stdin.isTTY || !stderr.isTTY || env['CI'] === 'true') return undefined;
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

function operator(): string {
  return env['TOKEN_VENDING_OPERATOR'] ?? `${userInfo().username}@${hostname()}`;
}

/** A thread that only parses needs no more, and would else let its garbage lie. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 };

function startWorker(): Worker {
  return new Worker(new URL(import.meta.url), { resourceLimits: WORKER_LIMITS });
}

/** Where Compute Engine's answers: https://cloud.google.com/compute/docs/metadata/querying-metadata */
const METADATA_HOSTS = ['169.254.169.254', '[fd20:ce::254]', 'metadata.google.internal'];

const surroundings: Surroundings = {
  environment: env,
  home: homedir(),
  readText: (path) => readFile(path, 'utf8').catch(() => undefined),
  metadataHosts: METADATA_HOSTS,
};

async function main(): Promise<void> {
  const progress = createProgress({
    write: (text) => void stderr.write(text),
    isTerminal: stderr.isTTY,
    nowMs: Date.now,
  });
  const context: Context = {
    print: (text) => progress.above(() => print(text)),
    note: (text) => void progress.above(() => stderr.write(text)),
    progress: progress.show,
    colours: coloursFor(stdout.isTTY, env['NO_COLOR']),
    ask: (question) => progress.above(() => ask(question)),
    readPrincipals: createReadPrincipals(startWorker),
    openDatabase,
    openGoogle,
    surroundings,
    operator: operator(),
    now: () => new Date(),
    unique: () => randomBytes(4).toString('hex'),
  };
  // whoever reads our output has seen enough: `token-vending grants plan … | head`
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 74));
  const exitCode = await run(argv.slice(2), env, COMMANDS, context);
  progress.end();
  process.exit(exitCode);
}

if (parentPort === null) await main();
else serveReading(parentPort);
