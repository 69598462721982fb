/**
 * Rounds of checks at the functions as they are deployed, in a time that passes where a test says so, and what a client of
 * the metadata server sees of them.
 */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccount, type KeptAccount } from '../../../refresher/tokens/create-account.ts';
import { keepChecking } from '../../../refresher/tokens/checks.ts';
import { createCheckClient, type Check } from '../../../refresher/vending/check-client.ts';
import { createMetadataClient } from '../../../refresher/vending/metadata-client.ts';
import { createVendingClient } from '../../../refresher/vending/vending-client.ts';
import { parseMember, type Target } from '../../../shared/member.ts';
import { SECOND } from '../../support/domain/clock.ts';
import type { DocumentData } from '../../support/firestore/documents.ts';
import type { AuditLine } from '../../support/processes/audit-lines.ts';
import { startLoopbackServer } from '../../support/google/loopback-server.ts';
import {
  ALICE_GRANT,
  AUDIENCES,
  fleetDocument,
  READ_WRITE,
  TRAINER_GRANT,
} from '../../support/world/world.ts';
import { ACCOUNTS, serve, type Served } from '../metadata-server/served.ts';
import { json, status, type Answer } from '../vending/answers.ts';
import { ALICE_TARGET as ALICE, setStage, TRAINER_TARGET as TRAINER, type RefresherStage } from '../stage.ts';
import { createAcceleratedClock, type AcceleratedClock } from './accelerated-clock.ts';

const forEver = new AbortController().signal;

let stage: RefresherStage;
let clock: AcceleratedClock;
let accounts: KeptAccount[];
let stopping: AbortController;
let checks: Promise<unknown>[];

beforeAll(async () => {
  stage = await setStage();
});
beforeEach(async () => {
  await stage.grants.delete('controls/kill-switch');
  await grant({ ...TRAINER_GRANT, ...ALICE_GRANT });
  clock = createAcceleratedClock();
  stopping = new AbortController();
  accounts = [];
  checks = [];
});
afterEach(() => {
  stopping.abort();
  for (const account of accounts) account.stop();
});
afterAll(() => stage.close());

/** What `serve` puts together; checks may go to another place than exchanges. */
async function start(
  members: readonly string[],
  urls: Partial<Record<'impersonate' | 'delegate', string>> = {},
): Promise<Served> {
  const metadata = createMetadataClient({ host: stage.metadata.host });
  const address = (name: 'impersonate' | 'delegate') => ({
    url: stage.functions[name].url,
    audience: AUDIENCES[name],
  });
  const functions = { impersonate: address('impersonate'), delegate: address('delegate') };
  const vend = createVendingClient({ functions, metadata });
  const tools = { vend, clock, random: () => 0, log: () => undefined };
  accounts = members.map((member) => createAccount({ target: targetOf(member), ...tools }));
  const ask = createCheckClient({
    functions: {
      impersonate: { ...functions.impersonate, ...(urls.impersonate && { url: urls.impersonate }) },
      delegate: { ...functions.delegate, ...(urls.delegate && { url: urls.delegate }) },
    },
    metadata,
  });
  const check: Check = (...given) => {
    const asked = ask(...given);
    checks.push(asked.catch(() => undefined));
    return asked;
  };
  await Promise.all(accounts.map((account) => account.firstReading(forEver)));
  keepChecking(
    { accounts: () => accounts, check, clock, random: () => 0, log: () => undefined },
    stopping.signal,
  );
  return serve({ accounts });
}

function targetOf(member: string): Target {
  const target = parseMember(member);
  if (target === undefined) throw new Error(`"${member}" is no member`);
  return target;
}

/** Lets a round come, and waits for its answers. */
async function round(): Promise<void> {
  checks.length = 0;
  while (checks.length === 0) await clock.pass(SECOND);
  await Promise.all(checks);
  await clock.pass(0);
}

async function store(documents: Readonly<Record<string, DocumentData>>): Promise<void> {
  for (const [path, document] of Object.entries(documents)) await stage.grants.set(path, document);
  await stage.grants.settled();
}

const grant = (grants: DocumentData) => store(fleetDocument(stage.vm, grants));

/** What programs are answered that ask for these tokens. */
async function statuses({ ask }: Served, ...members: readonly string[]): Promise<readonly number[]> {
  const answers = members.map((member) => ask(`${ACCOUNTS}/${member.split(':')[1]}/token`));
  return (await Promise.all(answers)).map(({ status: code }) => code);
}

describe('a round of checks at the functions', () => {
  it('ends what was removed at the next request, and gives it back when it is granted again', async () => {
    const served = await start([TRAINER, ALICE]);
    expect(await statuses(served, TRAINER, ALICE)).toEqual([200, 200]);
    await grant(TRAINER_GRANT);
    await round();
    expect(await statuses(served, TRAINER, ALICE)).toEqual([200, 403]);
    await grant({ ...TRAINER_GRANT, ...ALICE_GRANT });
    await round();
    // the yes has started an exchange
    await expect.poll(() => statuses(served, TRAINER, ALICE)).toEqual([200, 200]);
  });

  it.each([
    { what: 'for everybody', document: () => ({ engaged: true, reason: 'drill' }), seen: [403, 403] },
    { what: 'for a target', document: () => ({ targets: [ALICE] }), seen: [200, 403] },
    { what: 'for this caller', document: () => ({ principals: [stage.vm.fleetId] }), seen: [403, 403] },
    {
      what: 'for another caller',
      document: () => ({ principals: [`${stage.vm.fleetId}x`] }),
      seen: [200, 200],
    },
    // nobody can tell
    { what: 'in a way that nobody can read', document: () => ({ engage: true }), seen: [200, 200] },
  ])('hears of the kill switch that is engaged $what', async ({ document, seen }) => {
    const served = await start([TRAINER, ALICE]);
    await store({ 'controls/kill-switch': document() });
    await round();
    expect(await statuses(served, TRAINER, ALICE)).toEqual(seen);
  });

  it('asks each function once about however many accounts, which leaves one audit line of a check', async () => {
    const others = Array.from(
      { length: 30 },
      (_, index) => `serviceAccount:task-${index}@acme-data.iam.gserviceaccount.com`,
    );
    const users = ['user:bob@example.com', 'user:carol@example.com'];
    // others are refused, so that they are asked about for the sake of a yes
    await start([TRAINER, ...others, TRAINER, ALICE, ALICE, ...users]);
    await round();
    const { impersonate, delegate } = stage.functions;
    for (const [fn, targets, counts] of [
      [impersonate, 31, { yes: 1, no: 30, fault: 0 }],
      [delegate, 3, { yes: 1, no: 2, fault: 0 }],
    ] as const) {
      const isOfThisRound = (line: AuditLine) =>
        line['event'] === 'token_check' && line['targets'] === targets;
      expect(await fn.waitForAuditLine(isOfThisRound)).toMatchObject({ tokenType: 'access_token', counts });
      expect(fn.auditLines().filter(isOfThisRound)).toHaveLength(1);
    }
  });

  it('leaves an account alone whose grant cannot be read', async () => {
    const served = await start([TRAINER, ALICE]);
    await grant({ [TRAINER]: { scopes: [] } });
    await round();
    expect(await statuses(served, TRAINER, ALICE)).toEqual([200, 403]);
  });

  it('leaves all alone where the grants cannot be read', async () => {
    const served = await start([TRAINER, ALICE]);
    await store({ [`principals/${stage.vm.fleetId}`]: { uniqueId: 7, grants: {} } });
    await round();
    expect(await statuses(served, TRAINER, ALICE)).toEqual([200, 200]);
  });

  it('leaves all alone where a function has gone', async () => {
    const gone = await startLoopbackServer(() => undefined);
    await gone.close();
    const served = await start([TRAINER, ALICE], { impersonate: gone.url, delegate: gone.url });
    await round();
    expect(await statuses(served, TRAINER, ALICE)).toEqual([200, 200]);
  });

  it('leaves an account alone whose VM may not invoke the function any more', async () => {
    const audiences: string[] = [];
    const upstream = stage.functions.impersonate.url;
    const frontEnd = await stage.world.google.startInvokerFrontEnd({ upstream, audiences, invokers: [] });
    audiences.push(frontEnd.url);
    const served = await start([TRAINER], { impersonate: frontEnd.url });
    await grant({ [ALICE]: { scopes: [READ_WRITE] } });
    await round();
    expect(frontEnd.forwarded()).toBe(0);
    expect(await statuses(served, TRAINER)).toEqual([200]);
  });

  const no = { decisions: [{ target: TRAINER, decision: 'no' }] };
  it.each<{ what: string; how: Answer }>([
    { what: 'is older than checks', how: json(404, { error: 'invalid_request' }) },
    { what: 'shows a page', how: status(200, JSON.stringify(no), { 'content-type': 'text/html' }) },
    { what: 'is busy', how: json(503, no) },
    { what: 'fails', how: json(500, no) },
    { what: 'refuses the check as if it were an exchange', how: json(400, { error: 'invalid_target' }) },
    { what: 'answers what nobody asked', how: json(200, { decisions: [{ target: ALICE, decision: 'no' }] }) },
  ])('leaves an account alone whose function $what', async ({ how }) => {
    const impostor = await startLoopbackServer((request, response) => {
      request.resume();
      request.once('end', () => how(response));
    });
    const served = await start([TRAINER], { impersonate: impostor.url });
    await round();
    expect(await statuses(served, TRAINER)).toEqual([200]);
    await impostor.close();
  });
});
