import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../refresher/metrics.ts';
import { GUARDS, isOwnMachine, LIMITS, refusingGuard } from '../../../refresher/metadata-server/guards.ts';
import { ACCOUNTS, serve, V1, type AskOptions } from './served.ts';

const TOKEN = `${ACCOUNTS}/default/token`;

interface Case {
  readonly title: string;
  readonly asked: AskOptions;
  readonly path?: string;
  readonly guard: string;
  readonly status: number;
}

const refused: readonly Case[] = [
  {
    title: 'without Metadata-Flavor',
    asked: { headers: { 'metadata-flavor': undefined } },
    guard: 'flavor',
    status: 403,
  },
  {
    title: 'with another flavour',
    asked: { headers: { 'metadata-flavor': 'Amazon' } },
    guard: 'flavor',
    status: 403,
  },
  {
    title: 'with the flavour in lower case',
    asked: { headers: { 'metadata-flavor': 'google' } },
    guard: 'flavor',
    status: 403,
  },
  {
    title: 'pinging / without the flavour',
    path: '/',
    asked: { headers: { 'metadata-flavor': undefined } },
    guard: 'flavor',
    status: 403,
  },
  {
    title: 'without the flavour for what is not there',
    path: '/x',
    asked: { headers: { 'metadata-flavor': undefined } },
    guard: 'flavor',
    status: 403,
  },
  {
    title: 'without the flavour for /healthz/../',
    path: '/healthz/../',
    asked: { headers: { 'metadata-flavor': undefined } },
    guard: 'flavor',
    status: 403,
  },
  {
    title: 'with X-Forwarded-For',
    asked: { headers: { 'x-forwarded-for': '10.0.0.7' } },
    guard: 'forwarded',
    status: 403,
  },
  {
    title: 'with an empty X-Forwarded-For',
    asked: { headers: { 'x-forwarded-for': '' } },
    guard: 'forwarded',
    status: 403,
  },
  { title: 'for a rebound name', asked: { headers: { host: 'evil.example' } }, guard: 'host', status: 403 },
  {
    title: 'for a name that begins like a right one',
    asked: { headers: { host: 'metadata.google.internal.evil.example' } },
    guard: 'host',
    status: 403,
  },
  {
    title: 'for a name that ends like a right one',
    asked: { headers: { host: 'evil-metadata.google.internal' } },
    guard: 'host',
    status: 403,
  },
  {
    title: 'for a right name on another port',
    asked: { headers: { host: 'metadata.google.internal:8080' } },
    guard: 'host',
    status: 403,
  },
  {
    title: 'for this address on another port',
    asked: { headers: { host: '127.0.0.1:1' } },
    guard: 'host',
    status: 403,
  },
  {
    title: 'for user info before a right name',
    asked: { headers: { host: 'evil@metadata.google.internal' } },
    guard: 'host',
    status: 403,
  },
  {
    title: 'for two hosts in one',
    asked: { headers: { host: 'metadata.google.internal, evil.example' } },
    guard: 'host-count',
    status: 400,
  },
  {
    title: 'for a rebound name in the target',
    path: `http://evil.example${TOKEN}`,
    asked: {},
    guard: 'host',
    status: 403,
  },
  {
    title: 'by POST',
    asked: { method: 'POST', headers: { 'content-length': '0' } },
    guard: 'method',
    status: 405,
  },
  {
    title: 'by PUT',
    asked: { method: 'PUT', headers: { 'content-length': '0' } },
    guard: 'method',
    status: 405,
  },
  { title: 'by DELETE', asked: { method: 'DELETE' }, guard: 'method', status: 405 },
  {
    title: 'by the OPTIONS of a browser',
    asked: {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example', 'access-control-request-headers': 'metadata-flavor' },
    },
    guard: 'method',
    status: 405,
  },
  { title: 'by TRACE', asked: { method: 'TRACE' }, guard: 'method', status: 405 },
  {
    title: 'by POST for /healthz',
    path: '/healthz',
    asked: { method: 'POST', headers: { 'content-length': '0' } },
    guard: 'method',
    status: 405,
  },
  {
    title: 'for /healthz of a rebound name',
    path: '/healthz',
    asked: { headers: { host: 'evil.example' } },
    guard: 'host',
    status: 403,
  },
  {
    title: 'for /metrics through a proxy',
    path: '/metrics',
    asked: { headers: { 'x-forwarded-for': 'x' } },
    guard: 'forwarded',
    status: 403,
  },
  {
    title: 'for a target of nine thousand characters',
    path: `${TOKEN}?scopes=${'x'.repeat(9_000)}`,
    asked: {},
    guard: 'target-length',
    status: 414,
  },
  {
    title: 'with more than a hundred headers',
    asked: { headers: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`x-${at}`, ''])) },
    guard: 'header-count',
    status: 431,
  },
];

describe('a request', () => {
  it.each(refused.map((one) => [one.title, one] as const))(
    'is refused %s',
    async (_, { asked, path = TOKEN, guard, status }) => {
      const metrics = createMetrics();
      const { ask, lines } = await serve({ metrics });
      const answer = await ask(path, asked);
      expect(answer.status).toBe(status);
      expect(answer.headers['metadata-flavor']).toBe('Google');
      expect(answer.headers['content-type']).toBe('text/html');
      expect(answer.headers['connection']).toBe('close');
      expect(answer.headers['allow']).toBe(status === 405 ? 'GET, HEAD' : undefined);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      expect(answer.body).not.toMatch(/ya29|evil|10\.0\.0\.7/);
      expect(lines).toMatchObject([{ severity: 'WARNING', fields: { guard, status } }]);
      expect(metrics.text([])).toContain(`refused_requests_total{guard="${guard}"} 1\n`);
      expect((await ask(TOKEN)).status).toBe(200);
    },
  );

  it('meets every guard but that of peers above, who cannot be had on one machine', () => {
    const met = new Set([...refused.map(({ guard }) => guard), 'peer', 'body']);
    expect(GUARDS.map(({ name }) => name).toSorted()).toEqual([...met].toSorted());
  });

  it.each([
    '169.254.169.254',
    'metadata.google.internal',
    'metadata.google.internal.',
    'metadata',
    'Metadata.Google.Internal',
    'metadata.google.internal:80',
  ])('is accepted for %s', async (host) => {
    const { ask } = await serve();
    expect((await ask(TOKEN, { headers: { host } })).status).toBe(200);
  });

  it('is accepted for the address that was called, and for localhost', async () => {
    const { ask, port } = await serve();
    expect((await ask(TOKEN)).status).toBe(200);
    expect((await ask(TOKEN, { headers: { host: `localhost:${port}` } })).status).toBe(200);
    expect((await ask(TOKEN, { headers: { host: 'localhost' } })).status).toBe(403);
  });

  it('is accepted for names that were allowed, with the port they were given or the server’s', async () => {
    const { ask, port } = await serve({
      guards: { allowRemotePeers: false, hosts: ['refresher', 'proxy.example:8080'] },
    });
    for (const [host, status] of [
      ['refresher', 200],
      [`refresher:${port}`, 200],
      ['REFRESHER', 200],
      ['refresher:1', 403],
      ['proxy.example:8080', 200],
      ['proxy.example', 403],
      [`proxy.example:${port}`, 403],
    ] as const) {
      expect([host, (await ask(TOKEN, { headers: { host } })).status]).toEqual([host, status]);
    }
  });

  it('is accepted in the form that is sent to proxies', async () => {
    const { ask, port } = await serve();
    const answer = await ask(`http://metadata.google.internal${V1}/project/project-id`);
    expect(answer).toMatchObject({ status: 200, body: 'acme-data' });
    expect((await ask(`http://127.0.0.1:${port}`)).body).toBe('computeMetadata/\n');
    expect((await ask('http://metadata.google.internal?recursive=true')).status).toBe(200);
  });

  it('for /metrics is accepted without the flavour, and finds nothing unless there are metrics', async () => {
    const asked = { headers: { 'metadata-flavor': undefined } };
    expect((await (await serve()).ask('/metrics', asked)).status).toBe(404);
    const answer = await (await serve({ metrics: createMetrics() })).ask('/metrics', asked);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4');
  });

  it('with exactly a hundred headers is no reason to worry', async () => {
    const { ask } = await serve();
    // besides the three that Node sends
    const headers = Object.fromEntries(
      Array.from({ length: LIMITS.headers - 3 }, (_, at) => [`x-${at}`, '']),
    );
    expect((await ask(TOKEN, { headers })).status).toBe(200);
  });

  it('that is refused is logged once for each guard, and counted each time', async () => {
    const metrics = createMetrics();
    const { ask, lines } = await serve({ metrics });
    for (let round = 0; round < 20; round += 1) {
      await ask(TOKEN, { headers: { host: `evil${round}.example` } });
      await ask(TOKEN, { headers: { 'metadata-flavor': undefined } });
    }
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toContain('evil');
    expect(metrics.text([])).toContain('refused_requests_total{guard="host"} 20\n');
  });
});

describe('a peer', () => {
  /** What a socket says of both its ends. */
  function refusedFor(
    remoteAddress: string | undefined,
    localAddress: string | undefined,
    { allowRemotePeers = false, isUnixSocket = false } = {},
  ): string | undefined {
    const request = {
      method: 'GET',
      url: TOKEN,
      rawHeaders: ['Host', 'metadata', 'Metadata-Flavor', 'Google'],
      socket: { remoteAddress, localAddress, localPort: 8174 },
    } as unknown as IncomingMessage;
    const rules = { allowRemotePeers, hosts: new Set(['metadata']), isUnixSocket: () => isUnixSocket };
    return refusingGuard(request, isOwnMachine(request.socket), rules)?.name;
  }

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.8.8.8', '127.0.0.1'],
    ['::1', '::1'],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
    // 169.254.169.254 on the loopback interface, or any other address of this machine
    ['169.254.169.254', '169.254.169.254'],
    ['10.0.0.2', '10.0.0.2'],
  ])('at %s that called %s is on this machine', (remote, local) => {
    expect(refusedFor(remote, local)).toBeUndefined();
  });

  it.each([
    ['10.0.0.7', '10.0.0.2'],
    ['172.17.0.2', '172.17.0.1'],
    ['169.254.169.254', '10.0.0.2'],
    ['128.0.0.1', '10.0.0.2'],
    ['1.127.0.0', '10.0.0.2'],
    ['2001:db8::1', '2001:db8::2'],
    ['::2', '::1'],
    ['::ffff:10.0.0.7', '::ffff:10.0.0.2'],
    ['fe80::1', '127.0.0.1'],
    [undefined, undefined],
    [undefined, '127.0.0.1'],
  ])('at %s that called %s is refused', (remote, local) => {
    expect(refusedFor(remote, local)).toBe('peer');
  });

  it('from elsewhere is answered where that was allowed', () => {
    expect(refusedFor('10.0.0.7', '10.0.0.2', { allowRemotePeers: true })).toBeUndefined();
  });

  it('on a Unix socket has no address, and is on this machine', () => {
    expect(refusedFor(undefined, undefined, { isUnixSocket: true })).toBeUndefined();
  });
});
