import { Firestore, Timestamp } from '@google-cloud/firestore';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { describeWithFirestore } from './describe-with-firestore.ts';
import { createDocumentWriter, type DocumentWriter } from './documents.ts';
import { firestoreEmulatorMissing, startFirestoreEmulator } from './emulator.ts';

describeWithFirestore('the Firestore emulator', ({ emulator, projectId }) => {
  let firestore: Firestore;
  let documents: DocumentWriter;

  beforeAll(() => {
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', emulator().host);
    firestore = new Firestore({ projectId });
    documents = createDocumentWriter(emulator(), { projectId });

    return async () => {
      await firestore.terminate();
      vi.unstubAllEnvs();
    };
  });

  afterEach(() => emulator().clear(projectId));

  const read = async (path: string) => (await firestore.doc(path).get()).data();

  test('gives the client library the document that was written', async () => {
    await documents.set('principals/serviceAccount:vm@proj.iam.gserviceaccount.com', {
      uniqueId: '109422233875895820585',
      disabled: false,
      nothing: null,
      expiresAt: new Date('2027-01-01T00:00:00.123Z'),
      grants: { 'user:alice@example.com': { scopes: ['a', 'b'], lifetimeSeconds: 3600, delegates: [] } },
    });

    expect(await read('principals/serviceAccount:vm@proj.iam.gserviceaccount.com')).toEqual({
      uniqueId: '109422233875895820585',
      disabled: false,
      nothing: null,
      expiresAt: Timestamp.fromMillis(Date.parse('2027-01-01T00:00:00.123Z')),
      grants: { 'user:alice@example.com': { scopes: ['a', 'b'], lifetimeSeconds: 3600, delegates: [] } },
    });
  });

  test('keeps integers and other numbers apart', async () => {
    await documents.set('numbers/all', { one: 1, half: 0.5, huge: 1e300, nan: NaN, infinite: -Infinity });

    expect(await read('numbers/all')).toEqual({
      one: 1,
      half: 0.5,
      huge: 1e300,
      nan: NaN,
      infinite: -Infinity,
    });
    const url = `http://${emulator().host}/v1/projects/${projectId}/databases/(default)/documents/numbers/all`;
    expect(await (await fetch(url)).json()).toMatchObject({
      fields: { one: { integerValue: '1' }, half: { doubleValue: 0.5 } },
    });
  });

  test('replaces a document whole', async () => {
    await documents.set('controls/kill-switch', { engaged: true, reason: 'drill' });
    await documents.set('controls/kill-switch', { engaged: false });

    expect(await read('controls/kill-switch')).toEqual({ engaged: false });
  });

  test('deletes a document, and does not mind where there is none', async () => {
    await documents.set('controls/kill-switch', {});
    await documents.delete('controls/kill-switch');
    await documents.delete('controls/kill-switch');

    expect(await read('controls/kill-switch')).toBeUndefined();
  });

  test.each(['a b', '100%', 'a?b#c', 'instance:326694433618:42', 'user:ünï@example.com'])(
    'finds the document whose id is %s',
    async (id) => {
      await documents.set(`principals/${id}`, { id });

      expect(await read(`principals/${id}`)).toEqual({ id });
    },
  );

  test('clears one project and leaves the others', async () => {
    const neighbour = createDocumentWriter(emulator(), { projectId: `${projectId}-b` });
    await neighbour.set('a/b', {});
    await documents.set('a/b', {});
    await emulator().clear(`${projectId}-b`);

    expect(await read('a/b')).toEqual({});
  });

  test('clears one database and leaves the others', async () => {
    const named = createDocumentWriter(emulator(), { projectId, databaseId: 'token-vending' });
    await named.set('a/b', { named: true });
    await emulator().clear(projectId);

    const client = new Firestore({ projectId, databaseId: 'token-vending' });
    expect((await client.doc('a/b').get()).data()).toEqual({ named: true });
    await emulator().clear(projectId, 'token-vending');
    expect((await client.doc('a/b').get()).exists).toBe(false);
    await client.terminate();
  });

  test('says what it did not like about a document', async () => {
    await expect(documents.set('nested/arrays', { a: [[1]] })).rejects.toThrow(
      /PATCH nested\/arrays was answered 400/,
    );
  });
});

describe(
  "an emulator of one's own",
  { skip: firestoreEmulatorMissing() !== undefined, timeout: 90_000 },
  () => {
    test('answers at its address until it is stopped', async () => {
      const { host, stop } = await startFirestoreEmulator();
      expect((await fetch(`http://${host}/`)).status).toBe(200);

      await stop();

      await expect(fetch(`http://${host}/`)).rejects.toThrow('fetch failed');
    });

    test('may be one of several', async () => {
      const both = await Promise.all([startFirestoreEmulator(), startFirestoreEmulator()]);
      await Promise.all(both.map(({ stop }) => stop()));

      expect(both[0].host).not.toBe(both[1].host);
    });
  },
);
