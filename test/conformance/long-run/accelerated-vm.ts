/**
 * A VM with the parts of a refresher on it, and the function that they ask, in a time that passes where it is told to.
 *
 * Accelerated are the refresher's clock and its timers, Google's clock, and the function's. The function's clock is set at
 * the start of each exchange, and then runs with the machine's.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { applyTo, childEnvironment } from '../../../refresher/child/environment.ts';
import { projectFacts } from '../../../refresher/commands/vm-project.ts';
import { passedOnTree } from '../../../refresher/metadata-server/pass-through.ts';
import { createMetadataServer, listen } from '../../../refresher/metadata-server/server.ts';
import { createAccount } from '../../../refresher/tokens/create-account.ts';
import { createMetadataClient } from '../../../refresher/vending/metadata-client.ts';
import { createVendingClient, type Outcome, type Vend } from '../../../refresher/vending/vending-client.ts';
import { parseMember, type Target } from '../../../shared/member.ts';
import { createClock } from '../../exchanges/faults/clock.ts';
import { startTcpGate, type TcpGate } from '../../exchanges/faults/tcp-gate.ts';
import { createAcceleratedClock } from '../../refresher/tokens/accelerated-clock.ts';
import { SECOND } from '../../support/domain/clock.ts';
import type { FakeGoogle } from '../../support/google/fake-google.ts';
import type { AuditLine } from '../../support/processes/audit-lines.ts';
import { createGrantsFile } from '../../support/world/grant-documents.ts';
import { startVending } from '../../support/world/vending.ts';
import {
  ALICE_GRANT,
  AUDIENCES,
  createWorld,
  fleetDocument,
  PROJECT_ID,
  TRAINER_GRANT,
} from '../../support/world/world.ts';
import { keepServedTokens, type Served } from './served-tokens.ts';

export interface Exchange {
  /** Since the start. */
  readonly atSeconds: number;
  readonly outcome: Outcome['kind'];
}

export interface AcceleratedVm {
  readonly google: FakeGoogle;
  readonly nowMs: () => number;
  /** Lets time pass, and makes it wait for each exchange. */
  readonly pass: (ms: number) => Promise<void>;
  /** Between the refresher and the function. */
  readonly gate: TcpGate;
  /** What a client finds in its environment. @param folder of its own */
  readonly clientEnvironment: (folder: string) => Readonly<Record<string, string>>;
  readonly served: readonly Served[];
  readonly exchanges: readonly Exchange[];
  /** What the function says that it has decided. */
  readonly auditLines: () => readonly AuditLine[];
  readonly close: () => Promise<void>;
}

export async function startAcceleratedVm(member: string): Promise<AcceleratedVm> {
  const target = parseTarget(member);
  const functionName = target.kind === 'user' ? 'delegate' : 'impersonate';
  const clock = createAcceleratedClock();
  const functionClock = createClock();
  const setFunctionClock = () => functionClock.move(clock.wallMs() - Date.now() - functionClock.offsetMs());
  setFunctionClock();

  const world = await createWorld({ clock: clock.wallMs });
  const vm = world.vm('worker');
  const real = await world.google.startMetadataServer(vm.identity);
  const grants = await createGrantsFile(fleetDocument(vm, { ...TRAINER_GRANT, ...ALICE_GRANT }));
  const environment = { ...grants.environment, ...functionClock.environment };
  const vending = await startVending(world, functionName, environment);
  const gate = await startTcpGate(vending.url);

  const stopping = new AbortController();
  const metadata = createMetadataClient({ host: real.host });
  const address = { url: `http://${gate.host}`, audience: AUDIENCES[functionName] };
  const vend = createVendingClient({ functions: { [functionName]: address }, metadata });
  const startedAtMs = clock.monotonicMs();
  const exchanges: Exchange[] = [];
  let underWay: Promise<unknown> = Promise.resolve();

  const vendAndTell: Vend = (request, signal) => {
    setFunctionClock();
    const atSeconds = (clock.monotonicMs() - startedAtMs) / SECOND;
    const exchange = vend(request, signal);
    underWay = exchange.then((outcome) => exchanges.push({ atSeconds, outcome: outcome.kind }));
    return exchange;
  };
  const log = () => undefined;
  const account = createAccount({ target, vend: vendAndTell, clock, random: () => 0, log });
  const server = createMetadataServer({
    accounts: [account],
    project: projectFacts(PROJECT_ID, metadata, stopping.signal),
    passedOn: passedOnTree((path) => metadata.text(path, stopping.signal)),
    guards: { allowRemotePeers: false, hosts: [] },
    log,
  });
  const trulySeconds = (token: string) =>
    ((world.google.whoIs(token)?.expiresAtMs ?? 0) - clock.wallMs()) / SECOND;
  const served = keepServedTokens(server, trulySeconds);
  const listening = await listen(server, { kind: 'tcp', host: '127.0.0.1', port: 0 });
  await account.firstReading(stopping.signal);

  return {
    google: world.google,
    nowMs: clock.wallMs,
    gate,
    served,
    exchanges,
    auditLines: vending.auditLines,

    async pass(ms) {
      for (const until = clock.monotonicMs() + ms; clock.monotonicMs() < until;) {
        await clock.pass(SECOND);
        await underWay;
        // for the account to take notice
        await turn();
      }
    },

    clientEnvironment(folder) {
      const inherited = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, TMPDIR: folder };
      const facts = { address: listening.address, cloudSdkConfig: folder, project: PROJECT_ID };
      return applyTo(inherited, childEnvironment({ ...facts, inherited, vmProject: undefined }));
    },

    async close() {
      account.stop();
      stopping.abort();
      server.close();
      server.closeAllConnections();
      await gate.shut();
      await vending.stop();
      await grants.remove();
      await world.close();
      functionClock.remove();
    },
  };
}

function parseTarget(member: string): Target {
  const target = parseMember(member);
  if (target === undefined) throw new Error(`"${member}" is no member`);
  return target;
}
