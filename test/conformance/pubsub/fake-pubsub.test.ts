import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type ClientHttp2Session } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startFakeGoogle, type FakeGoogle } from '../../support/google/fake-google.ts';
import { sha256, type Seen } from '../fake-apis/seen.ts';
import { createCertificates } from '../harness/certificates.ts';
import { endpointOf, startFakePubSub, topicOf } from './fake-pubsub.ts';

const LIST_TOPICS = '/google.pubsub.v1.Publisher/ListTopics';
const ALICE = 'alice@example.com';
const PUBSUB = 'https://www.googleapis.com/auth/pubsub';
const DRIVE = 'https://www.googleapis.com/auth/drive';

/** A ListTopicsRequest of `projects/p`, with a page size that nobody asks about. */
const REQUEST = Buffer.from('\x0a\x0aprojects/p\x10\x64', 'latin1');

let folder: string;
let google: FakeGoogle;
let pubsub: Awaited<ReturnType<typeof startFakePubSub>>;
let session: ClientHttp2Session;
const seen: Seen[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fake-pubsub-'));
  const { caFile, ...tls } = await createCertificates(folder);
  google = await startFakeGoogle();
  google.workspace.addUser(ALICE);
  pubsub = await startFakePubSub({ google, saw: (request) => void seen.push(request), tls });
  session = connect(`https://${endpointOf(pubsub.service)}`, { ca: await readFile(caFile) });
});

beforeEach(() => {
  seen.length = 0;
  google.clockOffsetMs = 0;
});

afterAll(async () => {
  session.destroy();
  await pubsub.close();
  await google.close();
  await rm(folder, { recursive: true });
});

describe('the fake Pub/Sub', () => {
  test('lists the topics of the project for who may see them', async () => {
    const { status, message } = await call({ token: mint(PUBSUB) });

    expect(status).toBe('0');
    expect(message.toString()).toContain(topicOf('projects/p'));
  });

  test('tells whose token it saw and its SHA-256, never the token', async () => {
    const token = mint(PUBSUB);
    await call({ token });

    const principal = `user:${ALICE}`;
    expect(seen).toEqual([{ method: 'POST', path: LIST_TOPICS, tokenSha256: sha256(token), principal }]);
  });

  test('refuses a call without a token, and tells of it', async () => {
    expect(await call({})).toMatchObject({ status: '16' });
    expect(seen).toEqual([{ method: 'POST', path: LIST_TOPICS }]);
  });

  test('refuses a token that the fake Google has not issued', async () => {
    expect(await call({ token: 'made-up' })).toMatchObject({ status: '16' });
  });

  test('refuses a token that has expired', async () => {
    const token = mint(PUBSUB);
    google.clockOffsetMs = 3_600_000;

    expect(await call({ token })).toMatchObject({ status: '16' });
  });

  test('refuses a token whose scopes do not allow it', async () => {
    expect(await call({ token: mint(DRIVE) })).toMatchObject({ status: '7' });
  });

  test('refuses a request that names no project', async () => {
    expect(await call({ token: mint(PUBSUB), request: Buffer.alloc(0) })).toMatchObject({ status: '3' });
  });

  test('knows no other method', async () => {
    expect(await call({ token: mint(PUBSUB), path: '/google.pubsub.v1.Publisher/Publish' })).toMatchObject({
      status: '12',
    });
  });

  test('takes no compressed message', async () => {
    expect(await call({ token: mint(PUBSUB), compressed: 1 })).toMatchObject({ status: '13' });
  });

  test('takes no message that is cut short', async () => {
    const request = Buffer.from('\x0a\x7fprojects/p', 'latin1');

    expect(await call({ token: mint(PUBSUB), request: request.subarray(0, 1) })).toMatchObject({
      status: '13',
    });
  });
});

function mint(scope: string): string {
  return google.workspace.mintAccessToken(ALICE, [scope], 3599);
}

interface Call {
  readonly token?: string;
  readonly path?: string;
  readonly request?: Buffer;
  readonly compressed?: number;
}

async function call({ token, path = LIST_TOPICS, request = REQUEST, compressed = 0 }: Call) {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  });
  const prefix = Buffer.from([compressed, 0, 0, 0, request.length]);
  let status: unknown;
  stream.on('response', (headers) => (status = headers['grpc-status'] ?? status));
  stream.on('trailers', (trailers) => (status = trailers['grpc-status'] ?? status));
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = once(stream, 'close');
  stream.end(Buffer.concat([prefix, request]));
  await closed;
  return { status, message: Buffer.concat(chunks) };
}
