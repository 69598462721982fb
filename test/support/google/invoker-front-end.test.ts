import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, type ApiAnswer } from './api-client.ts';
import {
  identityTokenClaims,
  startFakeGoogle,
  type FakeGoogle,
  type FrontEnd,
  type VmIdentity,
} from './fake-google.ts';
import type { JsonObject } from './json-object.ts';
import { startLoopbackServer, type LoopbackServer } from './loopback-server.ts';

const AUDIENCE = 'https://impersonate-abc-ew.a.run.app';
const NOW = 1_700_000_000;
const VM: VmIdentity = {
  serviceAccount: 'worker@proj.iam.gserviceaccount.com',
  instance: { id: '1', name: 'w', zone: 'europe-west1-b', projectId: 'p', projectNumber: 1, createdAt: NOW },
};

let google: FakeGoogle;
let upstream: LoopbackServer;
let frontEnd: FrontEnd;
let seen: { headers: IncomingHttpHeaders; url: string | undefined; body: string }[];
beforeEach(async () => {
  google = await startFakeGoogle({ clock: () => NOW * 1000 });
  seen = [];
  upstream = await startLoopbackServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ headers: request.headers, url: request.url, body: Buffer.concat(chunks).toString() });
      response.writeHead(201, { 'x-service': 'yes' }).end('from the service');
    });
  });
  const invokers = [VM.serviceAccount];
  frontEnd = await google.startInvokerFrontEnd({ upstream: upstream.url, audiences: [AUDIENCE], invokers });
});
afterEach(async () => {
  await google.close();
  await upstream.close();
});

function tokenWith(overrides: JsonObject = {}): string {
  return google.keys.sign({ claims: identityTokenClaims(VM, AUDIENCE, NOW, overrides) });
}

function send(headers: Record<string, string>): Promise<ApiAnswer> {
  return callApi(`${frontEnd.url}/v1/token?x=1`, { headers, form: { subject_token: 'a.b.c' } });
}

describe('a request that is let in', () => {
  it('arrives whole, but for the signature of its token', async () => {
    const token = tokenWith();
    const answer = await send({ authorization: `Bearer ${token}` });
    expect([answer.status, answer.text, answer.headers.get('x-service')]).toEqual([
      201,
      'from the service',
      'yes',
    ]);
    const [head, payload] = token.split('.');
    expect(seen).toMatchObject([
      {
        url: '/v1/token?x=1',
        body: 'subject_token=a.b.c',
        headers: {
          authorization: `Bearer ${head}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE`,
          'content-type': 'application/x-www-form-urlencoded',
          'x-forwarded-for': '127.0.0.1',
          'x-forwarded-proto': 'https',
        },
      },
    ]);
    expect(frontEnd.forwarded()).toBe(1);
  });

  it('may carry another Authorization, untouched, beside X-Serverless-Authorization', async () => {
    const serverless = `bearer ${tokenWith()}`;
    await send({ 'x-serverless-authorization': serverless, authorization: 'Bearer x.y.z' });
    expect(seen[0]?.headers.authorization).toBe('Bearer x.y.z');
    expect(seen[0]?.headers['x-serverless-authorization']).toMatch(/\.SIGNATURE_REMOVED_BY_GOOGLE$/);
  });

  it('keeps what the client wrote into X-Forwarded-For in front of the platform’s entry', async () => {
    await send({ authorization: `Bearer ${tokenWith()}`, 'x-forwarded-for': '6.6.6.6' });
    expect(seen[0]?.headers['x-forwarded-for']).toBe('6.6.6.6,127.0.0.1');
  });

  it('streams bodies both ways', async () => {
    const echo: Server = createServer((request, response) => void request.pipe(response));
    const server = await startLoopbackServer(
      (request, response) => void echo.emit('request', request, response),
    );
    const streaming = await google.startInvokerFrontEnd({
      upstream: server.url,
      audiences: [AUDIENCE],
      invokers: [VM.serviceAccount],
    });
    const hash = createHash('sha256');
    const sent = createHash('sha256');
    const firstEcho = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(streaming.url, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokenWith()}` },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        // The answer has begun although the request has not ended: nothing waits for a whole body.
        const rest = randomBytes(2_000_000);
        sent.update(rest);
        request.end(rest);
        response.on('data', (chunk: Buffer) => hash.update(chunk));
        response.on('end', () => resolve(hash.digest('hex')));
      });
      sent.update('first');
      request.write('first');
    });
    expect(firstEcho).toBe(sent.digest('hex'));
    await server.close();
  });
});

describe('refusals', () => {
  it('refuses a request without a token, with a page', async () => {
    const answer = await send({});
    expect([answer.status, answer.headers.get('content-type')]).toEqual([403, 'text/html; charset=UTF-8']);
    expect(seen).toEqual([]);
  });

  it.each<[string, () => string]>([
    ['another audience', () => tokenWith({ aud: `${AUDIENCE}/` })],
    ['a list of audiences', () => tokenWith({ aud: [AUDIENCE] })],
    ['an expired token', () => tokenWith({ exp: NOW })],
    ['no expiry', () => tokenWith({ exp: undefined })],
    ['another issuer', () => tokenWith({ iss: 'https://confidentialcomputing.googleapis.com' })],
    ['no e-mail', () => tokenWith({ email: undefined })],
    ['an e-mail that is not verified', () => tokenWith({ email_verified: false })],
    ['a token without its signature', () => tokenWith().replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE')],
    [
      'an unpublished key',
      () =>
        google.keys.sign({
          claims: identityTokenClaims(VM, AUDIENCE, NOW),
          key: google.keys.createUnpublishedKey(),
        }),
    ],
    ['no JWT', () => 'ya29.c.token'],
  ])('refuses %s', async (_, token) => {
    const answer = await send({ authorization: `Bearer ${token()}` });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'text/html; charset=UTF-8']);
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
    expect(seen).toEqual([]);
  });

  it('refuses an account that is no invoker', async () => {
    const answer = await send({
      authorization: `Bearer ${tokenWith({ email: 'x@proj.iam.gserviceaccount.com' })}`,
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain('insufficient_scope');
  });

  it('refuses a bad X-Serverless-Authorization although Authorization is good', async () => {
    const headers = { 'x-serverless-authorization': 'Bearer x', authorization: `Bearer ${tokenWith()}` };
    expect((await send(headers)).status).toBe(401);
  });

  it('refuses a scheme other than Bearer', async () => {
    expect((await send({ authorization: `Basic ${tokenWith()}` })).status).toBe(401);
  });

  it('refuses to stand before another machine', async () => {
    const options = { upstream: 'http://169.254.169.254', audiences: [], invokers: [] };
    await expect(google.startInvokerFrontEnd(options)).rejects.toThrow('not on the loopback address');
  });

  it('answers 503 when the service behind is gone', async () => {
    await upstream.close();
    expect((await send({ authorization: `Bearer ${tokenWith()}` })).status).toBe(503);
  });
});
