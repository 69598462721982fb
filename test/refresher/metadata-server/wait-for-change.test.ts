import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../../refresher/metrics.ts';
import { createAcceleratedClock } from '../tokens/accelerated-clock.ts';
import { createHandMadeAccount, DOWN, REFUSED, token } from './hand-made-account.ts';
import { ACCOUNTS, serve, V1 } from './served.ts';

const TOKEN = `${ACCOUNTS}/default/token`;
const PREEMPTED = `${V1}/instance/preempted`;

async function start({ waiters, metrics }: { waiters?: number; metrics?: Metrics } = {}) {
  const account = createHandMadeAccount();
  const clock = createAcceleratedClock();
  const real: Record<string, string> = { 'instance/preempted': 'FALSE' };
  const options = { accounts: [account], clock, real, ...(metrics && { metrics }) };
  return {
    account,
    clock,
    real,
    ...(await serve({ ...options, limits: waiters === undefined ? {} : { waiters } })),
  };
}

describe('wait_for_change', () => {
  it('answers at once where the client has something else', async () => {
    const { body, account } = await start();
    for (const etag of ['', '0', 'NONE', '0123456789abcdef']) {
      expect(await body(`${TOKEN}?wait_for_change=true&last_etag=${etag}`)).toContain('ya29.first');
    }
    expect(account.listeners()).toBe(0);
  });

  it('holds the answer until there is another token', async () => {
    const { ask, account, clock } = await start();
    const { etag } = (await ask(TOKEN)).headers;
    const held = ask(`${TOKEN}?wait_for_change=true&last_etag=${etag}`);
    await account.untilListenedTo();
    account.becomes(token('ya29.first', 2_000));
    await clock.pass(5_000);
    expect(account.listeners()).toBe(1);
    account.becomes(token('ya29.second'));
    const answer = await held;
    expect(answer.body).toContain('ya29.second');
    expect(answer.headers.etag).not.toBe(etag);
    expect(account.listeners()).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  it('counts as one request, however often it is looked at', async () => {
    const metrics = createMetrics();
    const { ask, account, clock } = await start({ metrics });
    const held = ask(`${TOKEN}?wait_for_change=true&timeout_sec=5`);
    await account.untilListenedTo();
    await clock.pass(5_000);
    await held;
    expect(metrics.text([])).toContain('token_requests_total{status="200"} 1\n');
  });

  it('without an ETag waits for a change from now on', async () => {
    const { ask, account } = await start();
    const held = ask(`${TOKEN}?wait_for_change=true`);
    await account.untilListenedTo();
    account.becomes(token('ya29.second'));
    expect((await held).body).toContain('ya29.second');
  });

  it.each([
    ['a refusal', REFUSED, 403],
    ['an outage', DOWN, 503],
  ])('ends with %s, too', async (_, reading, status) => {
    const { ask, account } = await start();
    const held = ask(`${TOKEN}?wait_for_change=true`);
    await account.untilListenedTo();
    account.becomes(reading);
    expect((await held).status).toBe(status);
  });

  it('answers with what there is after timeout_sec', async () => {
    const { ask, account, clock } = await start();
    let ended = false;
    const held = ask(`${V1}/project/project-id?wait_for_change=true&timeout_sec=30`).finally(
      () => (ended = true),
    );
    await account.untilListenedTo();
    await clock.pass(29_000);
    expect(ended).toBe(false);
    expect(account.listeners()).toBe(1);
    await clock.pass(1_000);
    expect(await held).toMatchObject({ status: 200, body: 'acme-data' });
    expect(account.listeners()).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  it('does not wait at all with timeout_sec=0, on error, or for false', async () => {
    const { ask, account } = await start();
    expect((await ask(`${TOKEN}?wait_for_change=true&timeout_sec=0`)).status).toBe(200);
    expect((await ask(`${V1}/instance/attributes/nothing?wait_for_change=true`)).status).toBe(404);
    expect((await ask(`${V1}/instance/image?wait_for_change=true`)).status).toBe(404);
    expect((await ask(`${TOKEN}?wait_for_change=false`)).status).toBe(200);
    expect((await ask(`${V1}/instance?wait_for_change=true`)).status).toBe(301);
    expect(account.listeners()).toBe(0);
  });

  it('notices what changes at the real server', async () => {
    const { ask, account, clock, real } = await start();
    const held = ask(`${PREEMPTED}?wait_for_change=true`);
    await account.untilListenedTo();
    await clock.pass(10_000);
    real['instance/preempted'] = 'TRUE';
    await clock.pass(1_000);
    expect((await held).body).toBe('TRUE');
  });

  it('works on whole directories', async () => {
    const { ask, account, clock, real } = await start();
    const { etag } = (await ask(`${V1}/instance/?recursive=true`)).headers;
    const held = ask(
      `${V1}/instance/?recursive=true&alt=json&wait_for_change=true&last_etag=${etag}&timeout_sec=60`,
    );
    await account.untilListenedTo();
    real['instance/preempted'] = 'TRUE';
    await clock.pass(1_000);
    expect(JSON.parse((await held).body)).toMatchObject({ preempted: 'TRUE' });
  });

  it('without timeout_sec, or with nonsense, ends after an hour', async () => {
    const { ask, account, clock } = await start();
    const held = ['', '&timeout_sec=-1', '&timeout_sec=soon', '&timeout_sec=999999999'].map((query) =>
      ask(`${V1}/project/project-id?wait_for_change=true${query}`),
    );
    await account.untilListenedTo(held.length);
    await clock.pass(3_600_000);
    for (const answer of await Promise.all(held)) expect(answer.status).toBe(200);
  });

  it('may be silent for longer than other connections, until it is answered', async () => {
    const { ask, account, server } = await start();
    const connected = once(server, 'connection');
    const held = ask(`${TOKEN}?wait_for_change=true`);
    const [socket] = (await connected) as [Socket];
    await account.untilListenedTo();
    expect(socket.timeout ?? 0).toBe(0);
    account.becomes(token('ya29.second'));
    await held;
  });

  it('has room for so many; further ones are told to come back, and room is made again', async () => {
    const { ask, account } = await start({ waiters: 3 });
    const held = Array.from({ length: 3 }, () => ask(`${TOKEN}?wait_for_change=true`));
    await account.untilListenedTo(3);
    const answer = await ask(`${TOKEN}?wait_for_change=true`);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('10');
    expect((await ask(TOKEN)).status).toBe(200);
    account.becomes(token('ya29.second'));
    await Promise.all(held);
    const again = ask(`${TOKEN}?wait_for_change=true`);
    await account.untilListenedTo();
    account.becomes(token('ya29.third'));
    expect((await again).body).toContain('ya29.third');
  });

  it('forgets a client that hangs up', async () => {
    const { ask, account, clock } = await start({ waiters: 1 });
    for (let round = 0; round < 3; round += 1) {
      const hangUp = new AbortController();
      const held = ask(`${TOKEN}?wait_for_change=true`, { signal: hangUp.signal }).catch(() => 'hung up');
      await account.untilListenedTo();
      hangUp.abort();
      expect(await held).toBe('hung up');
      while (account.listeners() > 0) await turn();
      expect(clock.pending()).toBe(0);
    }
  });
});
