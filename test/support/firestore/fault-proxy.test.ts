import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Firestore, type DocumentSnapshot } from '@google-cloud/firestore';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { describeWithFirestore } from './describe-with-firestore.ts';
import { createDocumentWriter } from './documents.ts';
import { startFirestoreProxy, type FirestoreProxy } from './fault-proxy.ts';

const CANCELLED = 1;
const UNAVAILABLE = 14;
const PERMISSION_DENIED = 7;

describeWithFirestore('the Firestore proxy', ({ emulator, projectId }) => {
  let proxy: FirestoreProxy;
  let firestore: Firestore;
  /** By default every failed call is tried twice more, seconds apart, whatever its status; this client obeys the status. */
  let prompt: Firestore;

  const arrivals = (count: number) =>
    vi.waitUntil(() => proxy.calls('BatchGetDocuments') >= count, { timeout: 20_000, interval: 2 });

  beforeAll(async () => {
    proxy = await startFirestoreProxy(emulator().host);
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', proxy.host);
    firestore = new Firestore({ projectId });
    prompt = new Firestore({ projectId, gaxServerStreamingRetries: true });
    const documents = createDocumentWriter(emulator(), { projectId });
    await documents.set('a/1', { name: 'one' });
    await documents.set('a/2', { name: 'x'.repeat(900_000) });
    // The first call of a client opens its connection; what is measured below is not that.
    await Promise.all([getThree(firestore), getThree(prompt)]);

    return async () => {
      await Promise.all([firestore.terminate(), prompt.terminate()]);
      await proxy.close();
      vi.unstubAllEnvs();
    };
  }, 30_000);

  beforeEach(() => proxy.resetCalls());
  afterEach(() => proxy.restore());

  test('passes three documents on in one call', async () => {
    const found = await getThree(firestore);

    expect(found.map((document) => document.exists)).toEqual([true, true, false]);
    expect(found[1]?.get('name')).toHaveLength(900_000);
    expect(proxy.calls('BatchGetDocuments')).toBe(1);
    expect(proxy.calls('Commit')).toBe(0);
  });

  test('passes writes, transactions and errors on', async () => {
    const document = firestore.doc('written/here');
    await document.create({ count: 1 });
    await firestore.runTransaction(async (transaction) => {
      const count: unknown = (await transaction.get(document)).get('count');
      transaction.update(document, { count: Number(count) + 1 });
    });

    expect((await document.get()).get('count')).toBe(2);
    await expect(document.create({})).rejects.toMatchObject({ code: 6 });
    expect(proxy.calls('Commit')).toBe(3);
  });

  test('passes a listener on, both ways, until it is cancelled', async () => {
    const seen = await new Promise<unknown>((resolve, reject) => {
      const cancel = firestore.doc('a/1').onSnapshot((snapshot) => {
        cancel();
        resolve(snapshot.get('name'));
      }, reject);
    });

    expect(seen).toBe('one');
    expect(proxy.calls('Listen')).toBe(1);
  });

  test('passes many calls on at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => getThree(firestore)));

    expect(proxy.calls('BatchGetDocuments')).toBe(20);
  });

  test('fails with the status that it was told', async () => {
    proxy.fail(PERMISSION_DENIED);

    await expect(getThree(prompt)).rejects.toMatchObject({ code: PERMISSION_DENIED });
    expect(proxy.calls('BatchGetDocuments')).toBe(1);
  });

  test('counts what the client library tries again', async () => {
    proxy.fail(UNAVAILABLE);
    const reading = getThree(prompt);
    await arrivals(3);
    await proxy.restore();

    expect(await reading).toHaveLength(3);
  });

  test('answers late when it is slow', async () => {
    proxy.slow(300);
    const startedAt = performance.now();
    await getThree(prompt);

    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(295);
    expect(proxy.calls('BatchGetDocuments')).toBe(1);
  });

  test('repeats answers late, whatever the emulator says since', async () => {
    const documents = createDocumentWriter(emulator(), { projectId });
    const namesOf = (found: readonly DocumentSnapshot[]) => found.map((document) => document.get('name'));
    proxy.repeat(100);
    const first = await getThree(prompt);
    await documents.set('a/1', { name: 'changed' });
    const startedAt = performance.now();
    const second = await getThree(prompt);
    const tookMs = performance.now() - startedAt;
    const another = await prompt.doc('a/1').get();
    await documents.set('a/1', { name: 'one' });

    expect(tookMs).toBeGreaterThanOrEqual(95);
    expect(namesOf(first).slice(0, 1)).toEqual(['one']);
    expect(namesOf(second)).toEqual(namesOf(first));
    // another question has an answer of its own
    expect(another.get('name')).toBe('changed');
  });

  test('repeats answers to others when a caller breaks off in the middle of its question', async () => {
    proxy.repeat(10);
    const session = connectHttp2(`http://${proxy.host}`);
    const stream = session.request({ ':method': 'POST', ':path': '/x/BatchGetDocuments' });
    stream.on('error', () => undefined);
    stream.write('half a ques');
    await arrivals(1);
    const ended = once(session, 'close');
    session.destroy();
    await ended;

    expect(await getThree(prompt)).toHaveLength(3);
  });

  test('never answers a call that came while it hung, and ends it when it is restored', async () => {
    proxy.hang();
    const settled = vi.fn<() => void>();
    const reading = getThree(prompt).finally(settled);
    await Promise.all([arrivals(1), delay(200)]);
    expect(settled).not.toHaveBeenCalled();

    await proxy.restore();

    await expect(reading).rejects.toMatchObject({ code: CANCELLED });
    expect(await getThree(prompt)).toHaveLength(3);
  });

  test('breaks the connection on each call until it is restored', async () => {
    proxy.reset();
    const reading = getThree(prompt);
    await arrivals(2);
    await proxy.restore();

    expect(await reading).toHaveLength(3);
  });

  test('refuses connections, and accepts them again at the same address', async () => {
    await proxy.refuse();
    const [host, port] = proxy.host.split(':');
    const refusal = once(connect(Number(port), host), 'connect');
    await expect(refusal).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const reading = getThree(prompt);
    await proxy.restore();

    expect(await reading).toHaveLength(3);
    expect(proxy.calls('BatchGetDocuments')).toBe(1);
  });
});

function getThree(firestore: Firestore): Promise<DocumentSnapshot[]> {
  return firestore.getAll(firestore.doc('a/1'), firestore.doc('a/2'), firestore.doc('controls/kill-switch'));
}
