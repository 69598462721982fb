import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import type { DocumentData } from '../support/firestore/documents.ts';
import type { FunctionProcess } from '../support/processes/function-process.ts';
import {
  createFirestoreDocuments,
  createGrantsFile,
  type GrantDocumentsAtRest,
} from '../support/world/grant-documents.ts';
import { exchangeForm, postToken, startVending, type Exchanged } from '../support/world/vending.ts';
import {
  createWorld,
  fleetDocument,
  TRAINER_GRANT,
  type FunctionName,
  type Vm,
  type World,
} from '../support/world/world.ts';
import { SCENARIOS, TRAINER_MEMBER, type Scenario } from './scenarios.ts';

type Store = (documents: Readonly<Record<string, DocumentData>>) => Promise<GrantDocumentsAtRest>;

/** The same exchanges, whatever the grants are stored in. */
function describeExchanges(openStore: () => Store): void {
  const world = {} as World;
  const functions = {} as Record<FunctionName, FunctionProcess>;
  const vms = new Map<Scenario, Vm>();
  let documents: GrantDocumentsAtRest;

  beforeAll(async () => {
    Object.assign(world, await createWorld());
    const scenarios = Object.values(SCENARIOS).flat();
    const stored: Record<string, DocumentData> = {};
    for (const [index, scenario] of scenarios.entries()) {
      const vm = world.vm(`worker-${index}`);
      vms.set(scenario, vm);
      Object.assign(stored, scenario.documents(vm));
    }
    documents = await openStore()(stored);
    for (const name of ['impersonate', 'delegate'] as const) {
      functions[name] = await startVending(world, name, documents.environment);
    }
  });

  afterAll(async () => {
    await Promise.all(Object.values(functions).map(({ stop }) => stop()));
    await documents.remove();
    await world.close();
  });

  /** An exchange and the one audit line that it left. */
  async function run(
    scenario: Scenario,
  ): Promise<{ answer: Exchanged; audit: Readonly<Record<string, unknown>> }> {
    const vm = vms.get(scenario) as Vm;
    const { url, auditLines } = functions[scenario.at];
    const before = auditLines().length;
    const answer = await postToken(url, exchangeForm(vm, scenario.at, scenario.form));
    await functions[scenario.at].waitForAuditLine(before + 1);
    const added = auditLines().slice(before);
    expect(added).toHaveLength(1);
    return { answer, audit: added[0] ?? {} };
  }

  describe('a VM', () => {
    it.each(SCENARIOS.given.map((scenario) => [scenario.title, scenario] as const))(
      '%s',
      async (_, scenario) => {
        const { answer, audit } = await run(scenario);
        const { granted } = scenario;
        const isIdToken = scenario.form?.['requested_token_type'] !== undefined;
        expect(answer.body).toMatchObject({
          token_type: isIdToken ? 'N_A' : 'Bearer',
          issued_token_type: `urn:ietf:params:oauth:token-type:${isIdToken ? 'id_token' : 'access_token'}`,
          ...(granted?.scope !== undefined && { scope: granted.scope }),
        });
        expect(answer.status).toBe(200);
        expect(answer.headers.get('cache-control')).toBe('no-store');
        const expiresIn = answer.body['expires_in'] as number;
        expect(Number.isInteger(expiresIn)).toBe(true);
        const promised = granted?.lifetimeSeconds ?? 3600;
        expect(expiresIn).toBeGreaterThan(promised - 30);
        expect(expiresIn).toBeLessThanOrEqual(promised);
        expect(audit).toMatchObject({
          severity: 'INFO',
          event: 'token_decision',
          outcome: 'granted',
          function: scenario.at,
        });
        expect(audit['target']).toBe(granted?.target);
        expect(subjectOf(world, answer.body['access_token'] as string)).toBe(granted?.target);
      },
    );
  });

  describe('is refused: a VM', () => {
    it.each(SCENARIOS.refused.map((scenario) => [scenario.title, scenario] as const))(
      '%s',
      async (_, scenario) => {
        const { answer, audit } = await run(scenario);
        expect(answer.status).toBe(400);
        expect(answer.body).toMatchObject({ error: scenario.refused?.error });
        expect(audit).toMatchObject({
          severity: 'WARNING',
          outcome: 'refused',
          reason: scenario.refused?.reason,
        });
        expect(audit).not.toHaveProperty('tokenSha256');
      },
    );
  });

  describe('waits for an operator: a VM', () => {
    it.each(SCENARIOS.faults.map((scenario) => [scenario.title, scenario] as const))(
      '%s',
      async (_, scenario) => {
        const { answer, audit } = await run(scenario);
        expect(answer.status).toBe(500);
        expect(answer.body['error']).toBe('server_error');
        expect(answer.text).not.toContain('principals/');
        expect(audit).toMatchObject({ severity: 'ERROR', outcome: 'fault', reason: scenario.fault?.reason });
        expect(audit['detail']).toContain(scenario.fault?.detail);
      },
    );
  });

  it('refuses a removed grant at the next exchange, while its token is still cached', async () => {
    const vm = world.vm('removed-grant-worker');
    const path = `principals/${vm.fleetId}`;
    const { url } = functions.impersonate;
    await documents.set(path, fleetDocument(vm, TRAINER_GRANT)[path] as DocumentData);
    await documents.settled();
    const granted = await postToken(url, exchangeForm(vm, 'impersonate'));
    expect(granted.status).toBe(200);

    await documents.delete(path);
    await documents.settled();
    world.google.resetCalls();
    const refused = await postToken(url, exchangeForm(vm, 'impersonate'));
    expect(refused.body['error']).toBe('invalid_target');
    expect(world.google.calls('generateAccessToken')).toBe(0);
  });

  it('stops everything at the next exchange once the kill switch is engaged, and nothing once it is not', async () => {
    const vm = world.vm('killed-worker');
    const { url } = functions.impersonate;
    const path = `principals/${vm.fleetId}`;
    await documents.set(path, fleetDocument(vm, TRAINER_GRANT)[path] as DocumentData);

    for (const killSwitch of [
      { engaged: true, reason: 'drill' },
      { targets: [TRAINER_MEMBER] },
      { principals: [vm.fleetId] },
    ]) {
      await documents.set('controls/kill-switch', killSwitch);
      await documents.settled();
      const refused = await postToken(url, exchangeForm(vm, 'impersonate'));
      expect(refused.body['error']).toBe('invalid_target');
    }
    await documents.delete('controls/kill-switch');
    await documents.settled();
    expect((await postToken(url, exchangeForm(vm, 'impersonate'))).status).toBe(200);
  });
}

/** Whom a vended token stands for: the fake Google knows its access tokens, an ID token carries the e-mail itself. */
function subjectOf({ google }: World, token: string): string | undefined {
  const known = google.whoIs(token);
  if (known !== undefined) return known.principal;
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    email?: string;
  };
  return `serviceAccount:${claims.email}`;
}

describe('exchanges with a grants file', () => {
  describeExchanges(() => createGrantsFile);
});

describeWithFirestore('exchanges with Firestore', ({ emulator, projectId }) => {
  describeExchanges(() => (documents) => createFirestoreDocuments(emulator(), { projectId }, documents));
});
