/**
 * Many clients before the first token: the refresher as a process, the function as it is deployed, and between the two a
 * door that opens when all clients have asked.
 */

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRefresher, type RefresherProcess } from './refresher-process.ts';
import {
  ALICE_TARGET,
  bearerOf,
  getMetadata,
  setStage,
  TRAINER_TARGET,
  type MetadataAnswer,
  type RefresherStage,
} from './stage.ts';

const CLIENTS = 100;

interface Door {
  readonly url: string;
  readonly open: () => void;
  /** Connections that came, each of which is for one exchange. */
  readonly exchanges: () => number;
  readonly close: () => void;
}

async function startDoor(target: string): Promise<Door> {
  const { hostname, port } = new URL(target);
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let exchanges = 0;
  const server: Server = createServer({ pauseOnConnect: true }, (outer) => {
    exchanges += 1;
    outer.on('error', () => undefined);
    void opened.then(() => {
      const inner = connect(Number(port), hostname);
      inner.on('error', () => outer.destroy());
      outer.pipe(inner).pipe(outer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open,
    exchanges: () => exchanges,
    close: () => void server.close(),
  };
}

/** A client on a connection of its own. */
function ask(address: string): { readonly sent: Promise<unknown>; readonly answer: Promise<MetadataAnswer> } {
  const asked = request(`http://${address}/computeMetadata/v1/instance/service-accounts/default/token`, {
    agent: false,
    headers: { 'metadata-flavor': 'Google' },
  });
  const answer = new Promise<MetadataAnswer>((resolve, reject) => {
    asked.once('error', reject);
    asked.once('response', (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
  const sent = once(asked, 'finish');
  asked.end();
  return { sent, answer };
}

describe('a crowd that comes before the first token', () => {
  let stage: RefresherStage;
  let refresher: RefresherProcess | undefined;
  let door: Door | undefined;

  beforeAll(async () => {
    stage = await setStage();
  });
  afterEach(async () => {
    await refresher?.stop();
    door?.close();
  });
  afterAll(() => stage.close());

  it.each([
    { target: TRAINER_TARGET, functionName: 'impersonate', route: 'generateAccessToken' },
    { target: ALICE_TARGET, functionName: 'delegate', route: 'oauthToken' },
  ] as const)('makes one exchange for $target', async ({ target, functionName, route }) => {
    const { google } = stage.world;
    const { url, auditLines, waitForAuditLine } = stage.functions[functionName];
    const way = await startDoor(url);
    door = way;
    google.resetCalls();
    refresher = await startRefresher({
      args: ['serve', '--target', target],
      env: { ...stage.env, [`TOKEN_VENDING_${functionName.toUpperCase()}_URL`]: way.url },
    });
    const address = await refresher.address();

    const clients = Array.from({ length: CLIENTS }, () => ask(address));
    await Promise.all(clients.map(({ sent }) => sent));
    expect((await getMetadata(address, '/healthz')).status).toBe(503);
    way.open();
    const answers = await Promise.all(clients.map(({ answer }) => answer));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const tokens = answers.map(({ body }) => (JSON.parse(body) as { access_token: string }).access_token);
    expect(new Set(tokens).size).toBe(1);
    expect(bearerOf(stage, answers[0] ?? { status: 0, body: '{}' })).toBe(target);
    await waitForAuditLine(({ outcome }) => outcome === 'granted');
    expect(auditLines()).toHaveLength(1);
    expect(google.calls(route)).toBe(1);
    expect(way.exchanges()).toBe(1);
  });
});
