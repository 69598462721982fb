import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import type { DocumentData } from '../support/firestore/documents.ts';
import { startFirestoreProxy, type FirestoreProxy } from '../support/firestore/fault-proxy.ts';
import type { FunctionProcess } from '../support/processes/function-process.ts';
import {
  createFirestoreDocuments,
  createGrantsFile,
  type GrantDocumentsAtRest,
} from '../support/world/grant-documents.ts';
import {
  checkForm,
  exchangeForm,
  postCheck,
  postToken,
  startVending,
  type Exchanged,
} from '../support/world/vending.ts';
import {
  ALICE_GRANT,
  createWorld,
  fleetDocument,
  READ_WRITE,
  TRAINER_GRANT,
  type FunctionName,
  type Vm,
  type World,
} from '../support/world/world.ts';
import { ALICE_MEMBER, SCENARIOS, TRAINER_MEMBER, type Scenario } from './scenarios.ts';

const FUNCTIONS = ['impersonate', 'delegate'] as const;
const MEMBERS = { impersonate: TRAINER_MEMBER, delegate: ALICE_MEMBER } as const;
const NOBODY = 'serviceAccount:nobody@acme-data.iam.gserviceaccount.com';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

const task = (index: number) => `serviceAccount:task-${index}@acme-data.iam.gserviceaccount.com`;
const tasks = (count: number) => Array.from({ length: count }, (_, index) => task(index));

/** Decisions in their order. */
function decisionsOf({ status, body }: Exchanged): readonly string[] {
  expect(status).toBe(200);
  return (body['decisions'] as { decision: string }[]).map(({ decision }) => decision);
}

/** What a check has to say of an exchange that was answered so. */
function decisionAbout({ status, body }: Exchanged): string {
  if (status === 200) return 'yes';
  return body['error'] === 'invalid_target' || body['error'] === 'invalid_scope' ? 'no' : 'fault';
}

type Store = (documents: Readonly<Record<string, DocumentData>>) => Promise<GrantDocumentsAtRest>;

/** The same checks, whatever the grants are stored in. */
function describeChecks(openStore: () => Store): void {
  const world = {} as World;
  const functions = {} as Record<FunctionName, FunctionProcess>;
  const vms = new Map<Scenario, Vm>();
  const scenarios = Object.values(SCENARIOS).flat();
  let documents: GrantDocumentsAtRest;

  beforeAll(async () => {
    Object.assign(world, await createWorld());
    const stored: Record<string, DocumentData> = {};
    for (const [index, scenario] of scenarios.entries()) {
      const vm = world.vm(`worker-${index}`);
      vms.set(scenario, vm);
      Object.assign(stored, scenario.documents(vm));
    }
    documents = await openStore()(stored);
    for (const name of FUNCTIONS) functions[name] = await startVending(world, name, documents.environment);
  });

  afterAll(async () => {
    await Promise.all(Object.values(functions).map(({ stop }) => stop()));
    await documents.remove();
    await world.close();
  });

  /** A check and the one audit line that it left. */
  async function check(name: FunctionName, form: URLSearchParams) {
    const { url, auditLines, waitForAuditLine } = functions[name];
    const before = auditLines().length;
    const answer = await postCheck(url, form);
    await waitForAuditLine(before + 1);
    const added = auditLines().slice(before);
    expect(added).toHaveLength(1);
    return { answer, audit: added[0] ?? {} };
  }

  const decided = scenarios.filter(({ refused }) => refused?.error !== 'invalid_request');

  it.each(decided.map((scenario) => [scenario.title, scenario] as const))(
    'says what an exchange would come to: a VM %s',
    async (_, scenario) => {
      const vm = vms.get(scenario) as Vm;
      const { audience = scenario.granted?.target ?? MEMBERS[scenario.at], ...form } = scenario.form ?? {};
      const exchanged = await postToken(
        functions[scenario.at].url,
        exchangeForm(vm, scenario.at, { ...form, audience }),
      );
      world.google.resetCalls();
      const { answer, audit } = await check(
        scenario.at,
        checkForm(vm, scenario.at, [audience, NOBODY], form),
      );
      expect(audit).toMatchObject({ event: 'token_check', function: scenario.at });
      const decision = decisionAbout(exchanged);
      const target = audience.replace('//iam.googleapis.com/', '');
      expect(answer.body).toMatchObject({ decisions: [{ target, decision }, { target: NOBODY }] });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.text).not.toMatch(/principals|reason|scopes|token/);
      expect(audit['decisions']).toContainEqual(expect.objectContaining({ target, decision }));
      const { google } = world;
      expect(google.calls('generateAccessToken') + google.calls('generateIdToken')).toBe(0);
      expect(google.calls('signJwt') + google.calls('oauthToken')).toBe(0);
    },
  );

  it('is refused where an exchange could not be understood: the ID token of a user', async () => {
    const form = checkForm(world.vm('confused'), 'delegate', [ALICE_MEMBER], {
      requested_token_type: ID_TOKEN,
    });
    const { answer, audit } = await check('delegate', form);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(audit).toMatchObject({ outcome: 'refused', reason: 'requested_token_type_unsupported' });
  });

  it('says no to what was removed, at the next check, and to nothing else', async () => {
    const vm = world.vm('removed-grant-worker');
    const path = `principals/${vm.fleetId}`;
    const set = async (grants: DocumentData) => {
      await documents.set(path, fleetDocument(vm, grants)[path] as DocumentData);
      await documents.settled();
    };
    const ask = async () =>
      decisionsOf(
        (await check('impersonate', checkForm(vm, 'impersonate', [task(1), TRAINER_MEMBER]))).answer,
      );
    const grants = { ...TRAINER_GRANT, [task(1)]: { scopes: [READ_WRITE] } };
    await set(grants);
    expect(await ask()).toEqual(['yes', 'yes']);
    await set(TRAINER_GRANT);
    expect(await ask()).toEqual(['no', 'yes']);
    await set({ ...grants, [task(1)]: { scopes: [] } });
    expect(await ask()).toEqual(['fault', 'yes']);
    await documents.delete(path);
    await documents.settled();
    expect(await ask()).toEqual(['no', 'no']);
  });

  it('says no to everything once the kill switch is engaged, and fault where nobody can read it', async () => {
    const vm = world.vm('killed-worker');
    const path = `principals/${vm.fleetId}`;
    await documents.set(path, fleetDocument(vm, { ...TRAINER_GRANT, ...ALICE_GRANT })[path] as DocumentData);
    const ask = async (name: FunctionName) =>
      decisionsOf((await check(name, checkForm(vm, name, [TRAINER_MEMBER, ALICE_MEMBER]))).answer);

    const drills: readonly (readonly [DocumentData, string[], string[]])[] = [
      [{ engaged: true, reason: 'drill' }, ['no', 'no'], ['no', 'no']],
      [{ targets: [TRAINER_MEMBER] }, ['no', 'no'], ['no', 'yes']],
      [{ principals: [vm.fleetId] }, ['no', 'no'], ['no', 'no']],
      [{ engage: true }, ['fault', 'fault'], ['fault', 'fault']],
      [{ engaged: false }, ['yes', 'no'], ['no', 'yes']],
    ];
    for (const [killSwitch, impersonate, delegate] of drills) {
      await documents.set('controls/kill-switch', killSwitch);
      await documents.settled();
      expect(await ask('impersonate')).toEqual(impersonate);
      expect(await ask('delegate')).toEqual(delegate);
    }
    await documents.delete('controls/kill-switch');
    await documents.settled();
  });

  it('answers 500 targets in their order, and leaves one line about them', async () => {
    const vm = world.vm('busy-worker');
    const path = `principals/${vm.fleetId}`;
    const grants = Object.fromEntries(
      tasks(500).map((member, index) => [
        member,
        {
          scopes: [READ_WRITE],
          // each of them has to be compiled
          condition: `instance.projectNumber > ${index} && ${index % 5 === 0 ? 'false' : 'true'}`,
        },
      ]),
    );
    await documents.set(path, fleetDocument(vm, grants)[path] as DocumentData);
    await documents.settled();
    const asked = tasks(500).toReversed();
    const { answer, audit } = await check('impersonate', checkForm(vm, 'impersonate', asked));
    const expected = asked.map((target) => ({
      target,
      decision: Number(/\d+/.exec(target)?.[0]) % 5 === 0 ? 'no' : 'yes',
    }));
    expect(answer.body).toEqual({ decisions: expected });
    expect(audit).toMatchObject({
      severity: 'WARNING',
      outcome: 'checked',
      targets: 500,
      counts: { yes: 400, no: 100, fault: 0 },
      decisionsLeftOut: 400,
      principal: { instanceName: 'busy-worker' },
    });
  });
}

describe('a check with a grants file', () => {
  describeChecks(() => createGrantsFile);
});

describeWithFirestore('a check with Firestore', ({ emulator, projectId }) => {
  describeChecks(() => (documents) => createFirestoreDocuments(emulator(), { projectId }, documents));
});

describeWithFirestore('a check', ({ emulator, projectId }) => {
  let world: World;
  let proxy: FirestoreProxy;
  let vm: Vm;
  const functions = {} as Record<FunctionName, FunctionProcess>;

  beforeAll(async () => {
    world = await createWorld();
    proxy = await startFirestoreProxy(emulator().host);
    vm = world.vm('worker');
    const stored = fleetDocument(vm, { ...TRAINER_GRANT, ...ALICE_GRANT });
    const options = { projectId, clientHost: proxy.host };
    const { environment } = await createFirestoreDocuments(emulator(), options, stored);
    for (const name of FUNCTIONS) {
      functions[name] = await startVending(world, name, environment);
      await postCheck(functions[name].url, checkForm(vm, name, [MEMBERS[name]]));
    }
  });

  afterAll(async () => {
    await Promise.all(Object.values(functions).map(({ stop }) => stop()));
    await proxy.close();
    await world.close();
  });

  function counts() {
    const { google } = world;
    return {
      firestore: proxy.calls('BatchGetDocuments'),
      minting:
        google.calls('generateAccessToken') + google.calls('generateIdToken') + google.calls('signJwt'),
      oauth: google.calls('oauthToken'),
      keys: google.calls('jwks'),
      ownToken: google.calls('metadata'),
    };
  }

  function resetCounts(): void {
    proxy.resetCalls();
    world.google.resetCalls();
  }

  it.each(FUNCTIONS)(
    'at %s one Firestore call and nothing else, for one target and for 500',
    async (name) => {
      for (const targets of [[MEMBERS[name]], [...tasks(499), MEMBERS[name]]]) {
        resetCounts();
        const decisions = decisionsOf(await postCheck(functions[name].url, checkForm(vm, name, targets)));
        expect(decisions).toEqual(targets.map((target) => (target === MEMBERS[name] ? 'yes' : 'no')));
        expect(counts()).toEqual({ firestore: 1, minting: 0, oauth: 0, keys: 0, ownToken: 0 });
      }
    },
  );

  it('costs nothing where the request or its identity token is not acceptable', async () => {
    const { url } = functions.impersonate;
    const good = vm.identityToken('impersonate');
    resetCounts();
    for (const form of [
      checkForm(vm, 'impersonate', []),
      checkForm(vm, 'impersonate', tasks(501)),
      checkForm(vm, 'impersonate', [TRAINER_MEMBER, TRAINER_MEMBER]),
      checkForm(vm, 'impersonate', [TRAINER_MEMBER, 'nonsense']),
      checkForm(vm, 'impersonate', [TRAINER_MEMBER], { subject_token: vm.identityToken('delegate') }),
      checkForm(vm, 'impersonate', [TRAINER_MEMBER], {
        subject_token: `${good.slice(0, good.lastIndexOf('.') + 1)}${'A'.repeat(342)}`,
      }),
    ]) {
      expect(await postCheck(url, form)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
    expect(counts()).toEqual({ firestore: 0, minting: 0, oauth: 0, keys: 0, ownToken: 0 });
  });

  it.each([
    { what: 'is down', breakIt: () => proxy.fail(14), status: 503, error: 'temporarily_unavailable' },
    { what: 'refuses', breakIt: () => proxy.fail(7), status: 500, error: 'server_error' },
    { what: 'breaks off', breakIt: () => proxy.reset(), status: 503, error: 'temporarily_unavailable' },
  ])('decides about no target where Firestore $what', async ({ breakIt, status, error }) => {
    breakIt();
    try {
      const form = checkForm(vm, 'impersonate', [TRAINER_MEMBER, NOBODY]);
      const answer = await postCheck(functions.impersonate.url, form);
      expect(answer).toMatchObject({ status, body: { error } });
      expect(answer.headers.get('retry-after')).toBe(status === 503 ? '5' : null);
      expect(answer.text).not.toContain('decision"');
    } finally {
      await proxy.restore();
    }
    const again = async () =>
      (await postCheck(functions.impersonate.url, checkForm(vm, 'impersonate', [TRAINER_MEMBER]))).status;
    await expect.poll(again, { timeout: 10_000 }).toBe(200);
  });

  it('is recorded with the kind of token that it asked about', async () => {
    const form = checkForm(vm, 'impersonate', [TRAINER_MEMBER], {
      requested_token_type: ID_TOKEN,
      resource: 'https://api.example.com',
    });
    expect(decisionsOf(await postCheck(functions.impersonate.url, form))).toEqual(['yes']);
    expect(functions.impersonate.auditLines().at(-1)).toMatchObject({
      event: 'token_check',
      tokenType: 'id_token',
      counts: { yes: 1, no: 0, fault: 0 },
    });
  });
});
