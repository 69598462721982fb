import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { onRequestStart, type RequestStart } from '../../functions/request-start.ts';
import { startLoopbackServer, type LoopbackServer } from '../support/google/loopback-server.ts';

const servers: LoopbackServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

describe('the start of a request', () => {
  it('is seen with its head and its answer, before the server sees it', async () => {
    const order: string[] = [];
    const starts: RequestStart[] = [];
    onRequestStart((start) => {
      order.push('start');
      starts.push(start);
    });
    const server = await startLoopbackServer((_request, response) => {
      order.push('server');
      response.end();
    });
    servers.push(server);
    await fetch(`${server.url}/v1/token?x=1`, {
      method: 'POST',
      body: 'a=b',
      headers: { 'x-name': 'value' },
    });
    expect(order).toEqual(['start', 'server']);
    expect(starts[0]?.request).toMatchObject({ method: 'POST', url: '/v1/token?x=1' });
    expect(starts[0]?.request.headers['x-name']).toBe('value');
    expect(starts[0]?.response.statusCode).toBe(200);
    expect(starts[0]?.server).toBeInstanceOf(createServer().constructor);
  });

  it('can change the head that the server sees', async () => {
    onRequestStart(({ request }) => {
      delete request.headers['x-secret'];
    });
    const seen: unknown[] = [];
    const server = await startLoopbackServer((request, response) => {
      seen.push(request.headers['x-secret']);
      response.end();
    });
    servers.push(server);
    await fetch(server.url, { headers: { 'x-secret': 'value' } });
    expect(seen).toEqual([undefined]);
  });
});
