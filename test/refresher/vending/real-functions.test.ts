import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Account } from '../../../refresher/tokens/account.ts';
import { createAccount } from '../../../refresher/tokens/create-account.ts';
import { createMetadataClient } from '../../../refresher/vending/metadata-client.ts';
import { createVendingClient, type Vend } from '../../../refresher/vending/vending-client.ts';
import type { DocumentValue } from '../../support/firestore/documents.ts';
import { SECOND } from '../../support/domain/clock.ts';
import type { FrontEnd } from '../../support/google/invoker-front-end.ts';
import type { FunctionProcess } from '../../support/processes/function-process.ts';
import { createGrantsFile, type GrantDocumentsAtRest } from '../../support/world/grant-documents.ts';
import { startVending } from '../../support/world/vending.ts';
import {
  ALICE_GRANT,
  API_AUDIENCE,
  AUDIENCES,
  createWorld,
  DRIVE_READONLY,
  fleetDocument,
  READ_WRITE,
  TRAINER_GRANT,
  type FunctionName,
  type Vm,
  type World,
} from '../../support/world/world.ts';
import { createAcceleratedClock } from '../tokens/accelerated-clock.ts';
import { ALICE_TARGET, TRAINER_TARGET } from '../tokens/scripted-function.ts';

const NAMES: readonly FunctionName[] = ['impersonate', 'delegate'];
const forEver = new AbortController().signal;

describe('at the functions as they are deployed, behind their invoker check', () => {
  let world: World;
  let grants: GrantDocumentsAtRest;
  let worker: Vm;
  let stranger: Vm;
  let outsider: Vm;
  const invokers: string[] = [];
  const functions = {} as Record<FunctionName, FunctionProcess>;
  const frontEnds = {} as Record<FunctionName, FrontEnd>;

  beforeAll(async () => {
    world = await createWorld();
    [worker, stranger, outsider] = [world.vm('worker'), world.vm('stranger'), world.vm('outsider')];
    invokers.push(worker.identity.serviceAccount, stranger.identity.serviceAccount);
    grants = await createGrantsFile(fleetDocument(worker, { ...TRAINER_GRANT, ...ALICE_GRANT }));
    for (const name of NAMES) {
      functions[name] = await startVending(world, name, grants.environment);
      const audiences: string[] = [];
      frontEnds[name] = await world.google.startInvokerFrontEnd({
        upstream: functions[name].url,
        audiences,
        invokers,
      });
      audiences.push(frontEnds[name].url);
    }
  });
  afterEach(() => world.google.faults.clear());
  afterAll(async () => {
    await Promise.all(Object.values(functions).map(({ stop }) => stop()));
    await grants.remove();
    await world.close();
  });

  /** Lets a VM in, and gives it grants. */
  async function grantTo(vm: Vm, given: DocumentValue): Promise<void> {
    invokers.push(vm.identity.serviceAccount);
    for (const [path, document] of Object.entries(fleetDocument(vm, given))) await grants.set(path, document);
    await grants.settled();
  }

  /** What the refresher on that VM uses. */
  async function vendFrom(
    vm: Vm,
    audiences: Readonly<Record<FunctionName, string>> = AUDIENCES,
  ): Promise<Vend> {
    const { host } = await world.google.startMetadataServer(vm.identity);
    const address = (name: FunctionName) => ({ url: frontEnds[name].url, audience: audiences[name] });
    return createVendingClient({
      functions: { impersonate: address('impersonate'), delegate: address('delegate') },
      metadata: createMetadataClient({ host }),
    });
  }

  it.each([
    { target: TRAINER_TARGET, scopes: [READ_WRITE] },
    { target: ALICE_TARGET, scopes: [DRIVE_READONLY] },
  ])('$target.member is granted: a token that Google knows', async ({ target, scopes }) => {
    const outcome = await (await vendFrom(worker))({ target }, forEver);
    expect(outcome).toMatchObject({ kind: 'granted', scopes });
    if (outcome.kind !== 'granted') return;
    expect(world.google.whoIs(outcome.token.reveal())?.principal).toContain(target.email);
    expect(outcome.expiresInSeconds).toBeGreaterThan(3_500);
    expect(outcome.expiresInSeconds).toBeLessThanOrEqual(3_600);
  });

  it('an ID token is granted for an audience that the grant lists', async () => {
    const vend = await vendFrom(worker);
    const outcome = await vend({ target: TRAINER_TARGET, idTokenAudience: API_AUDIENCE }, forEver);
    expect(outcome).toMatchObject({ kind: 'granted', scopes: [] });
    const jwt = outcome.kind === 'granted' ? outcome.token.reveal() : '';
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ aud: API_AUDIENCE, email: TRAINER_TARGET.email });
  });

  it('an ID token is refused for one that it does not', async () => {
    const vend = await vendFrom(worker);
    const outcome = await vend({ target: TRAINER_TARGET, idTokenAudience: 'https://other.example' }, forEver);
    expect(outcome).toMatchObject({ kind: 'refused', error: 'invalid_target' });
  });

  it.each([TRAINER_TARGET, ALICE_TARGET])('$member is refused to a VM without a grant', async (target) => {
    expect(await (await vendFrom(stranger))({ target }, forEver)).toMatchObject({
      kind: 'refused',
      error: 'invalid_target',
      sentence: expect.stringContaining('Ask whoever manages the grants') as string,
    });
  });

  it('a VM that may not invoke the function meets an outage that says so', async () => {
    expect(await (await vendFrom(outsider))({ target: TRAINER_TARGET }, forEver)).toMatchObject({
      kind: 'outage',
      sentence: expect.stringMatching(/answered 403\. Check .*roles\/run\.invoker/) as string,
    });
  });

  it('the wrong audience is an outage that names the flag', async () => {
    const audiences = { ...AUDIENCES, impersonate: 'https://elsewhere.example/v1/token' };
    expect(await (await vendFrom(worker, audiences))({ target: TRAINER_TARGET }, forEver)).toMatchObject({
      kind: 'outage',
      sentence: expect.stringMatching(/400 invalid_request\..*--impersonate-audience/) as string,
    });
  });

  it('Google being down is an outage that says when to come again', async () => {
    world.google.faults.set('generateAccessToken', { kind: 'status', status: 503 });
    // a life of its own, so that the function has no such token at hand
    const vm = world.vm('unlucky');
    await grantTo(vm, { [TRAINER_TARGET.member]: { scopes: [READ_WRITE], lifetimeSeconds: 1_801 } });
    const outcome = await (await vendFrom(vm))({ target: TRAINER_TARGET }, forEver);
    expect(outcome).toMatchObject({ kind: 'outage', retryAfterSeconds: expect.any(Number) as number });
  });

  it('a grant that is removed takes the token along at the next refresh, and is noticed when it is back', async () => {
    const vm = world.vm('demoted');
    await grantTo(vm, TRAINER_GRANT);
    const clock = createAcceleratedClock();
    const exchange = await vendFrom(vm);
    let asked = new AbortController();
    const vend: Vend = (request, signal) => {
      asked.abort();
      return exchange(request, signal);
    };
    const account = createAccount({
      target: TRAINER_TARGET,
      vend,
      clock,
      random: () => 0,
      log: () => undefined,
    });
    /** Time passes until the next exchange, and then stands still until the function has answered. */
    async function untilChanged(): Promise<void> {
      const change = changeOf(account);
      asked = new AbortController();
      while (!asked.signal.aborted) await clock.pass(SECOND);
      await change;
    }
    expect(await account.firstReading(forEver)).toMatchObject({ kind: 'token' });
    for (const path of Object.keys(fleetDocument(vm, {}))) await grants.delete(path);
    await grants.settled();
    await untilChanged();
    expect(await account.readAccessToken()).toMatchObject({ kind: 'refused' });

    await grantTo(vm, TRAINER_GRANT);
    await untilChanged();
    expect(await account.readAccessToken()).toMatchObject({ kind: 'token' });
    account.stop();
  });
});

function changeOf(account: Account): Promise<void> {
  return new Promise((resolve) => {
    const stop = account.onChange(() => {
      stop();
      resolve();
    });
  });
}
