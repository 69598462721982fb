import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runRefresher, startRefresher, type RefresherProcess } from './refresher-process.ts';
import {
  ALICE_TARGET,
  bearerOf,
  getMetadata,
  getToken,
  setStage,
  TRAINER_TARGET,
  type RefresherStage,
} from './stage.ts';

describe('refresher serve', () => {
  let stage: RefresherStage;
  let folder: string;
  const running: RefresherProcess[] = [];

  beforeAll(async () => {
    stage = await setStage();
    folder = await mkdtemp(join(tmpdir(), 'serve-'));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function serve(...args: string[]): Promise<{ refresher: RefresherProcess; address: string }> {
    const refresher = await startRefresher({ args: ['serve', ...args], env: stage.env });
    running.push(refresher);
    return { refresher, address: await refresher.address() };
  }

  it('gives the token of a service account', async () => {
    const { address } = await serve();
    const answer = await getToken(address);
    expect(answer.status).toBe(200);
    expect(bearerOf(stage, answer)).toBe(TRAINER_TARGET);
  });

  it('gives the token of a Workspace user', async () => {
    const { address } = await serve('--target', ALICE_TARGET);
    expect(bearerOf(stage, await getToken(address))).toBe(ALICE_TARGET);
  });

  it('gives the tokens of several accounts, the first of which is the default one', async () => {
    const { address } = await serve('--target', `${ALICE_TARGET},${TRAINER_TARGET}`);
    expect(bearerOf(stage, await getToken(address))).toBe(ALICE_TARGET);
    expect(bearerOf(stage, await getToken(address, TRAINER_TARGET.split(':')[1]))).toBe(TRAINER_TARGET);
  });

  it('tells the VM’s project, or the one that it is told', async () => {
    const path = '/computeMetadata/v1/project/project-id';
    const [{ address }, other] = await Promise.all([serve(), serve('--project', 'acme-data')]);
    expect(await getMetadata(address, path)).toEqual({ status: 200, body: 'acme-workers' });
    expect(await getMetadata(other.address, path)).toEqual({ status: 200, body: 'acme-data' });
  });

  it('says when it is ready, and counts where it is asked to', async () => {
    const { address } = await serve('--metrics');
    await getToken(address);
    expect((await getMetadata(address, '/healthz')).status).toBe(200);
    const { body } = await getMetadata(address, '/metrics');
    expect(body).toContain('token_vending_refresher_exchanges_total{outcome="granted"} 1');
  });

  it('has no metrics unless it is asked to', async () => {
    const { address } = await serve();
    expect((await getMetadata(address, '/metrics')).status).toBe(404);
  });

  it('listens on a unix socket', async () => {
    const { address } = await serve('--listen', `unix:${join(folder, 'socket')}`);
    expect(bearerOf(stage, await getToken(address))).toBe(TRAINER_TARGET);
  });

  it('keeps the token file, and removes it at its end', async () => {
    const path = join(folder, 'token');
    const { refresher, address } = await serve('--token-file', path);
    const { body } = await getToken(address);
    await expect.poll(() => readFile(path, 'utf8').catch(() => '')).not.toBe('');
    expect(JSON.parse(body)).toMatchObject({ access_token: (await readFile(path, 'utf8')).trim() });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    refresher.signal('SIGTERM');
    await refresher.ended;
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends cleanly on %s', async (signal) => {
    const { refresher, address } = await serve();
    await getToken(address);
    refresher.signal(signal);
    const { code, stdout, log } = await refresher.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(log.at(-1)).toMatchObject({ severity: 'INFO', message: 'stopped' });
    await expect(getToken(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('opens no debugger on SIGUSR1, by which every local program could read the tokens in its memory', async () => {
    const { refresher, address } = await serve();
    refresher.signal('SIGUSR1');
    expect((await getToken(address)).status).toBe(200);
    refresher.signal('SIGTERM');
    expect((await refresher.ended).stderr).not.toMatch(/debugger/i);
  });

  it('ends although a client is in the middle of a request', async () => {
    const { refresher, address } = await serve();
    const client = connect(Number(address.split(':')[1]), '127.0.0.1');
    client.on('error', () => undefined);
    client.write('GET / HTTP/1.1\r\nHost: ');
    await once(client, 'connect');
    await getToken(address);
    refresher.signal('SIGTERM');
    expect((await refresher.ended).code).toBe(0);
    client.destroy();
  });

  it('answers 403 with a sentence that says what to do where the function refuses, and stays', async () => {
    const { refresher, address } = await serve('--target', 'user:bob@example.com');
    const { status, body } = await getToken(address);
    expect(status).toBe(403);
    expect(body).toContain('Ask whoever manages the grants');
    expect((await getMetadata(address, '/healthz')).status).toBe(503);
    await refresher.logged(({ severity, message }) => severity === 'ERROR' && message.includes('bob'));
  });

  it('answers 503 where the function answers in HTML, and says what to check', async () => {
    const { address } = await serve('--impersonate-url', `${stage.world.google.url}/nothing`);
    const { status, body } = await getToken(address);
    expect(status).toBe(503);
    expect(body).toContain('--impersonate-url');
  });

  it('says in one line that its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const ended = await runRefresher({ args: ['serve', '--listen', `127.0.0.1:${port}`], env: stage.env });
    taken.close();
    expect(ended).toMatchObject({ code: 78, stdout: '' });
    const errors = ended.log.filter(({ severity }) => severity === 'ERROR');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(/cannot listen on 127.0.0.1:\d+: .*port 0/);
  });

  it('writes JSON to what is no terminal', async () => {
    const { refresher } = await serve();
    const { severity, time } = await refresher.logged(({ message }) => message.startsWith('listening on'));
    expect({ severity, time }).toEqual({ severity: 'INFO', time: expect.stringMatching(/^\d{4}-/) });
  });
});
