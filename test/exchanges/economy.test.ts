import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import { startFirestoreProxy, type FirestoreProxy } from '../support/firestore/fault-proxy.ts';
import type { FunctionProcess } from '../support/processes/function-process.ts';
import { createFirestoreDocuments } from '../support/world/grant-documents.ts';
import { exchangeForm, postToken, startVending } from '../support/world/vending.ts';
import {
  ALICE,
  createWorld,
  DRIVE_READONLY,
  fleetDocument,
  READ_WRITE,
  SIGNER,
  TRAINER,
  type FunctionName,
  type Vm,
  type World,
} from '../support/world/world.ts';

describeWithFirestore('an exchange costs Google', ({ emulator, projectId }) => {
  let world: World;
  let proxy: FirestoreProxy;
  const functions = {} as Record<FunctionName, FunctionProcess>;
  const vms: Vm[] = [];

  beforeAll(async () => {
    world = await createWorld();
    proxy = await startFirestoreProxy(emulator().host);
    const documents = {};
    for (const lifetimeSeconds of [1000, 1001, 1002]) {
      const vm = world.vm(`worker-${lifetimeSeconds}`);
      vms.push(vm);
      const grants = {
        // another lifetime is another token: nothing minted for one VM serves the next
        [`serviceAccount:${TRAINER}`]: { scopes: [READ_WRITE], lifetimeSeconds },
        [`user:${ALICE}`]: { signer: SIGNER, scopes: [DRIVE_READONLY] },
      };
      Object.assign(documents, fleetDocument(vm, grants));
    }
    const options = { projectId, clientHost: proxy.host };
    const { environment } = await createFirestoreDocuments(emulator(), options, documents);
    for (const name of ['impersonate', 'delegate'] as const) {
      functions[name] = await startVending(world, name, environment);
    }
    // what each function asks for by itself when it starts, which is no part of an exchange
    const { length: starts } = Object.keys(functions);
    await vi.waitUntil(() => counts().firestore >= starts && counts().keys >= starts, { timeout: 20_000 });
  });

  afterAll(async () => {
    await Promise.all(Object.values(functions).map(({ stop }) => stop()));
    await proxy.close();
    await world.close();
  });

  async function exchange(name: FunctionName, vm: Vm): Promise<number> {
    return (await postToken(functions[name].url, exchangeForm(vm, name))).status;
  }

  function counts() {
    const { google } = world;
    return {
      firestore: proxy.calls('BatchGetDocuments'),
      iam: google.calls('generateAccessToken') + google.calls('signJwt'),
      oauth: google.calls('oauthToken'),
      keys: google.calls('jwks'),
      ownToken: google.calls('metadata'),
    };
  }

  function resetCounts(): void {
    proxy.resetCalls();
    world.google.resetCalls();
  }

  it('at impersonate, once warm, one Firestore call and one IAM call', async () => {
    expect(await exchange('impersonate', vms[0] as Vm)).toBe(200);
    resetCounts();
    expect(await exchange('impersonate', vms[1] as Vm)).toBe(200);
    expect(counts()).toEqual({ firestore: 1, iam: 1, oauth: 0, keys: 0, ownToken: 0 });
  });

  it('at delegate, once warm, one Firestore call, one signature and one exchange of the assertion', async () => {
    // a function whose first exchange was refused is warm but for the mint
    expect(await exchange('delegate', world.vm('stranger'))).toBe(400);
    resetCounts();
    expect(await exchange('delegate', vms[0] as Vm)).toBe(200);
    expect(counts()).toMatchObject({ firestore: 1, iam: 1, oauth: 1, keys: 0 });
  });

  it('one Firestore call and nothing else for a token that was minted a moment ago', async () => {
    expect(await exchange('impersonate', vms[0] as Vm)).toBe(200);
    resetCounts();
    expect(await exchange('impersonate', vms[0] as Vm)).toBe(200);
    expect(counts()).toEqual({ firestore: 1, iam: 0, oauth: 0, keys: 0, ownToken: 0 });
  });

  it('one IAM call for 200 concurrent exchanges for one target', async () => {
    const vm = vms[2] as Vm;
    resetCounts();
    const statuses = await Promise.all(Array.from({ length: 200 }, () => exchange('impersonate', vm)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(counts()).toEqual({ firestore: 200, iam: 1, oauth: 0, keys: 0, ownToken: 0 });
  });

  it('nothing at all for an identity token that no key of Google signed', async () => {
    resetCounts();
    const key = world.google.keys.createUnpublishedKey();
    const [header = '', claims = ''] = (vms[0] as Vm).identityToken('impersonate').split('.');
    const kid = (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid;
    const payloadText = Buffer.from(claims, 'base64url').toString();
    const forged = world.google.keys.sign({ key, header: { kid }, payloadText });
    const form = exchangeForm(vms[0] as Vm, 'impersonate', { subject_token: forged });
    expect((await postToken(functions.impersonate.url, form)).status).toBe(400);
    expect(counts()).toEqual({ firestore: 0, iam: 0, oauth: 0, keys: 0, ownToken: 0 });
  });
});
