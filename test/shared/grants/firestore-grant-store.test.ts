/**
 * What the store makes of a Firestore that is empty or fails, at the level of gRPC. What it reads from a full one is
 * for the suites that have an emulator.
 */

import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { createFirestoreGrantStore } from '../../../shared/grants/firestore-grant-store.ts';
import { WORKER_IDS } from '../../support/domain/callers.ts';
import { callContext } from '../../support/domain/contexts.ts';

const OPTIONS = { projectId: 'acme-vending', databaseId: 'grants' };
const DOCUMENTS = 'projects/acme-vending/databases/grants/documents';
const DATABASE = 'Firestore database grants of acme-vending';

// The client, which outlives the tests that gave it up, would look for a metadata server at its real address.
process.env['METADATA_SERVER_DETECTION'] = 'none';

type Answer = (stream: ServerHttp2Stream) => void;

let server: Http2Server;
let sessions: ServerHttp2Session[];
/** Method and message of each call, as text: names stand in a message as they are. */
let calls: string[];
let answer: Answer;

beforeEach(async () => {
  calls = [];
  sessions = [];
  server = createServer();
  server.on('session', (session) => void sessions.push(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    stream.once('data', (message: Buffer) => {
      calls.push(`${String(headers[':path'])} ${message.toString('latin1')}`);
      answer(stream);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP port');
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', `127.0.0.1:${address.port}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
  for (const session of sessions) session.destroy();
});

const GRPC = { ':status': 200, 'content-type': 'application/grpc' };
const hang: Answer = () => undefined;

function failWith(code: number): Answer {
  return (stream) => stream.respond({ ...GRPC, 'grpc-status': String(code) }, { endStream: true });
}

/** A field of a protocol buffer that holds text or bytes. */
function field(number: number, bytes: string | Buffer): Buffer {
  const content = Buffer.from(bytes);
  return Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);
}

/** `BatchGetDocumentsResponse`: there is no such document, at second 1. */
function missing(id: string): Buffer {
  const message = Buffer.concat([field(2, `${DOCUMENTS}/${id}`), field(4, Buffer.from([8, 1]))]);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
}

const empty: Answer = (stream) => {
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.respond(GRPC, { waitForTrailers: true });
  const ids = [
    `principals/${WORKER_IDS.instance}`,
    `principals/${WORKER_IDS.serviceAccount}`,
    'controls/kill-switch',
  ];
  stream.end(Buffer.concat(ids.map(missing)));
};

function find(timeoutMs = 2_000, context = callContext()) {
  return createFirestoreGrantStore({ ...OPTIONS, timeoutMs }).find(WORKER_IDS, context);
}

describe('an exchange', () => {
  it('reads three documents by one call, and finds none where there are none', async () => {
    answer = empty;
    const context = callContext();
    expect(await find(2_000, context)).toEqual({
      instance: undefined,
      serviceAccount: undefined,
      killSwitch: undefined,
    });
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain('/google.firestore.v1.Firestore/BatchGetDocuments');
    expect(calls[0]).toContain(`${DOCUMENTS}/principals/${WORKER_IDS.instance}`);
    expect(calls[0]).toContain(`${DOCUMENTS}/principals/${WORKER_IDS.serviceAccount}`);
    expect(calls[0]).toContain(`${DOCUMENTS}/controls/kill-switch`);
    expect(context.upstreamMs.firestore).toBeGreaterThan(0);
  });

  it('reads them again the next time: nothing is cached', async () => {
    answer = empty;
    const store = createFirestoreGrantStore(OPTIONS);
    await store.find(WORKER_IDS, callContext());
    await store.find(WORKER_IDS, callContext());
    expect(calls).toHaveLength(2);
  });
});

describe('a Firestore that cannot be read is a fault, never an absent document:', () => {
  it.each([
    { code: 3, name: 'INVALID_ARGUMENT' },
    { code: 5, name: 'NOT_FOUND' },
    { code: 7, name: 'PERMISSION_DENIED' },
    { code: 9, name: 'FAILED_PRECONDITION' },
    { code: 12, name: 'UNIMPLEMENTED' },
    { code: 16, name: 'UNAUTHENTICATED' },
  ])('$name is for the operator', async ({ code }) => {
    answer = failWith(code);
    await expect(find()).rejects.toThrow(
      new Fault('firestore_denied', {
        detail: `${DATABASE} refuses to be read: does it exist, and may the function's service account read it?`,
        cause: expect.objectContaining({ code }) as unknown,
      }),
    );
  });

  it.each([
    { code: 2, name: 'UNKNOWN' },
    { code: 11, name: 'OUT_OF_RANGE' },
    { code: 15, name: 'DATA_LOSS' },
  ])('$name passes', async ({ code }) => {
    answer = failWith(code);
    await expect(find()).rejects.toThrow(
      new Fault('firestore_unavailable', { detail: `${DATABASE} cannot be reached` }),
    );
  });

  it.each([
    { what: 'one that hangs', how: hang },
    { what: 'one that is UNAVAILABLE, which its client repeats for minutes,', how: failWith(14) },
  ])('$what is given up in time', async ({ how }) => {
    answer = how;
    await expect(find(60)).rejects.toThrow(
      new Fault('firestore_unavailable', { detail: `${DATABASE} gave no answer within 60 ms` }),
    );
  });

  it('the deadline of the exchange is its own fault', async () => {
    const controller = new AbortController();
    const spent = new Fault('deadline_exceeded');
    answer = () => controller.abort(spent);
    await expect(find(2_000, callContext(controller.signal))).rejects.toBe(spent);
  });
});

describe('a warm-up', () => {
  it('asks for the kill switch, and leaves a failure for the first exchange to meet', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    answer = (stream) => {
      failWith(7)(stream);
      resolve();
    };
    const store = createFirestoreGrantStore(OPTIONS);
    store.warm();
    await asked;
    expect(calls[0]).toContain(`${DOCUMENTS}/controls/kill-switch`);
    await expect(store.find(WORKER_IDS, callContext())).rejects.toThrow(Fault);
  });
});

describe('a Firestore that hangs', () => {
  it('is told from one that fails as often, which is asked again', async () => {
    answer = failWith(7);
    const store = createFirestoreGrantStore(OPTIONS);
    await Promise.allSettled(Array.from({ length: 512 }, () => store.find(WORKER_IDS, callContext())));
    await expect(store.find(WORKER_IDS, callContext())).rejects.toMatchObject({ reason: 'firestore_denied' });
  });

  it('is not asked while five hundred and twelve calls wait that its client has not given up', async () => {
    answer = hang;
    const store = createFirestoreGrantStore({ ...OPTIONS, timeoutMs: 1 });
    const abandoned = Array.from({ length: 512 }, () => store.find(WORKER_IDS, callContext()));
    await Promise.allSettled(abandoned);
    await expect(store.find(WORKER_IDS, callContext())).rejects.toThrow(
      new Fault('firestore_unavailable', { detail: `${DATABASE} keeps 512 reads waiting` }),
    );
  });
});
