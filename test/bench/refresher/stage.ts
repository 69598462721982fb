/**
 * What both servers of a comparison need: a warm function, the VM's metadata server, and the answer that the refresher
 * gives, for the baseline to give as well.
 */

import { freePort } from '../../support/processes/free-port.ts';
import { createGrantsFile } from '../../support/world/grant-documents.ts';
import { AUDIENCES, createWorld, fleetDocument, TRAINER, TRAINER_GRANT } from '../../support/world/world.ts';
import { startProcess, type Program, type RunningProcess } from '../launch-process.ts';
import { startUnderFramework } from '../launch-under-framework.ts';
import { FUNCTIONS } from '../measured-builds.ts';
import { BARE, HOME, REFRESHER } from './builds.ts';
import { exchangeMs } from './direct-exchange.ts';
import type { Runtime } from './runtimes.ts';
import { askForToken, assertSameBytes, ownHeaders, type TokenAnswer } from './token-answer.ts';

export type ProgramAt = (port: number) => Program;

export interface Comparison {
  readonly runtime: Runtime;
  readonly ours: ProgramAt;
  readonly bare: ProgramAt;
}

export interface RefresherStage {
  readonly compare: (runtime: Runtime) => Promise<Comparison>;
  /** How long the exchange takes by itself just now. */
  readonly exchangeMs: () => Promise<number>;
  readonly close: () => Promise<void>;
}

const TARGET = `serviceAccount:${TRAINER}`;
const WARM_UP_EXCHANGES = 30;

export async function setRefresherStage(): Promise<RefresherStage> {
  const world = await createWorld();
  const vm = world.vm('worker');
  const grants = await createGrantsFile(fleetDocument(vm, TRAINER_GRANT));
  const metadata = await world.google.startMetadataServer(vm.identity);
  const impersonate = await startUnderFramework({
    target: 'impersonate',
    source: FUNCTIONS,
    environment: { ...(await world.environment('impersonate')), ...grants.environment },
  });
  const places = {
    metadataHost: metadata.host,
    functionPort: impersonate.port,
    audience: AUDIENCES.impersonate,
    target: TARGET,
  };
  for (let time = 0; time < WARM_UP_EXCHANGES; time += 1) await exchangeMs(places);

  const refresherBy =
    (runtime: Runtime): ProgramAt =>
    (port) =>
      program(runtime, 'the refresher', [REFRESHER, 'serve'], {
        TOKEN_VENDING_TARGET: TARGET,
        TOKEN_VENDING_IMPERSONATE_URL: `http://127.0.0.1:${impersonate.port}`,
        TOKEN_VENDING_IMPERSONATE_AUDIENCE: AUDIENCES.impersonate,
        TOKEN_VENDING_METADATA_HOST: metadata.host,
        TOKEN_VENDING_LISTEN: `127.0.0.1:${port}`,
      });

  return {
    async compare(runtime) {
      const ours = refresherBy(runtime);
      const answer = await answerOf(ours);
      const bare: ProgramAt = (port) =>
        program(runtime, 'the bare server', [BARE], {
          PORT: String(port),
          HEADERS: JSON.stringify(ownHeaders(answer)),
          BODY: answer.body,
        });
      assertSameBytes(answer, await answerOf(bare));
      return { runtime, ours, bare };
    },
    exchangeMs: () => exchangeMs(places),
    async close() {
      await impersonate.stop();
      await grants.remove();
      await world.close();
    },
  };
}

function program(
  { command, name: runtime }: Runtime,
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Program {
  const all = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', NODE_ENV: 'production', ...environment };
  return {
    name: `${name} under ${runtime}`,
    command,
    args,
    environment: all,
    folder: HOME,
    logsToStandardError: true,
  };
}

/** Returns when it listens. */
export async function startAt(programAt: ProgramAt): Promise<RunningProcess> {
  const port = await freePort();
  return startProcess(programAt(port), port);
}

async function answerOf(programAt: ProgramAt): Promise<TokenAnswer> {
  const running = await startAt(programAt);
  try {
    return await askForToken(running.port);
  } finally {
    await running.stop();
  }
}
