import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionProcess } from '../support/processes/function-process.ts';
import { sendRaw, type RawRequest } from '../support/processes/raw-http.ts';
import { createGrantsFile } from '../support/world/grant-documents.ts';
import { exchangeForm, postToken, startVending } from '../support/world/vending.ts';
import { createWorld, fleetDocument, TRAINER_GRANT, type Vm, type World } from '../support/world/world.ts';

const DEADLINE_MS = 1_500;
const FORM = 'application/x-www-form-urlencoded';
const MIB = 1024 * 1024;

/** Sized and typed like a real request, unless a case says otherwise. */
function post(headers: Readonly<Record<string, string>>, body = '', path = '/v1/token'): string {
  const lines = Object.entries({ host: 'function', 'content-type': FORM, ...headers });
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

interface Case {
  readonly title: string;
  readonly request: RawRequest;
  readonly status: number;
  readonly reason: string;
  /** Of the audit line; by default that of an exchange. */
  readonly event?: string;
}

const refusedByItsHead: readonly Case[] = [
  {
    title: 'a gigabyte is announced, and not one byte of it is waited for',
    request: post({ 'content-length': String(1024 * MIB) }),
    status: 413,
    reason: 'body_too_large',
  },
  {
    title: 'one byte more than 64 KiB is announced',
    request: post({ 'content-length': '65537' }, 'x'.repeat(65_537)),
    status: 413,
    reason: 'body_too_large',
  },
  {
    title: 'a body comes in chunks, without a length',
    request: post({ 'transfer-encoding': 'chunked' }, '5\r\na=b&c\r\n'),
    status: 411,
    reason: 'body_length_missing',
  },
  {
    title: 'a POST has neither length nor body',
    request: post({}),
    status: 411,
    reason: 'body_length_missing',
  },
  {
    title: 'a compressed body might be a bomb',
    request: post({ 'content-encoding': 'gzip', 'content-length': '20' }, 'x'.repeat(20)),
    status: 415,
    reason: 'media_type_unsupported',
  },
  {
    title: 'the body is JSON, broken JSON even',
    request: post({ 'content-type': 'application/json', 'content-length': '5' }, '{"a":'),
    status: 415,
    reason: 'media_type_unsupported',
  },
  {
    title: 'the media type is the form among others',
    request: post({ 'content-type': `${FORM},text/html`, 'content-length': '3' }, 'a=b'),
    status: 415,
    reason: 'media_type_unsupported',
  },
  {
    title: 'the path is another',
    request: 'POST /v1/token/ HTTP/1.1\r\nhost: function\r\ncontent-length: 0\r\n\r\n',
    status: 404,
    reason: 'path_unknown',
  },
  {
    title: 'the method is GET',
    request: 'GET /v1/token HTTP/1.1\r\nhost: function\r\n\r\n',
    status: 405,
    reason: 'method_not_allowed',
  },
  {
    title: 'a check announces a gigabyte of targets',
    request: post({ 'content-length': String(1024 * MIB) }, '', '/v1/check'),
    status: 413,
    reason: 'body_too_large',
    event: 'token_check',
  },
  {
    title: 'a check comes in chunks',
    request: post({ 'transfer-encoding': 'chunked' }, '5\r\na=b&c\r\n', '/v1/check'),
    status: 411,
    reason: 'body_length_missing',
    event: 'token_check',
  },
  {
    title: 'a check is JSON',
    request: post({ 'content-type': 'application/json', 'content-length': '2' }, '{}', '/v1/check'),
    status: 415,
    reason: 'media_type_unsupported',
    event: 'token_check',
  },
  {
    title: 'the method of a check is GET',
    request: 'GET /v1/check HTTP/1.1\r\nhost: function\r\n\r\n',
    status: 405,
    reason: 'method_not_allowed',
    event: 'token_check',
  },
];

describe('over raw HTTP', () => {
  let world: World;
  let vm: Vm;
  let fn: FunctionProcess;

  beforeAll(async () => {
    world = await createWorld();
    vm = world.vm('worker');
    const { environment } = await createGrantsFile(fleetDocument(vm, TRAINER_GRANT));
    const env = { ...environment, TOKEN_VENDING_DEADLINE_MS: String(DEADLINE_MS) };
    fn = await startVending(world, 'impersonate', env);
    await postToken(fn.url, exchangeForm(vm, 'impersonate'));
  });

  afterAll(async () => {
    await fn.stop();
    await world.close();
  });

  /** Sends bytes, and gives the answer with the audit lines that it left. */
  async function send(request: RawRequest) {
    const before = fn.auditLines().length;
    const answer = await sendRaw(fn.port, request, { timeoutMs: 4 * DEADLINE_MS });
    await fn.waitForAuditLine(before + 1);
    return { answer, audit: fn.auditLines().slice(before) };
  }

  it.each(refusedByItsHead.map((one) => [one.title, one] as const))('refuses at once: %s', async (_, one) => {
    const { answer, audit } = await send(one.request);
    expect(answer.status).toBe(one.status);
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_request' });
    expect(answer.elapsedMs).toBeLessThan(DEADLINE_MS);
    const { reason, event = 'token_decision' } = one;
    expect(audit).toMatchObject([{ event, outcome: 'refused', reason }]);
    expect(audit).toHaveLength(1);
  });

  it('answers half a body and then silence within the deadline, and closes the connection', async () => {
    const request = post({ 'content-length': '1000' }, 'grant_type=');
    const { answer, audit } = await send(request);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_request' });
    expect(answer.headers['connection']).toBe('close');
    expect(answer.elapsedMs).toBeLessThan(2 * DEADLINE_MS);
    expect(audit).toMatchObject([{ outcome: 'refused', reason: 'body_incomplete' }]);
  });

  it('tells an HTTP client that sends a megabyte that this is too much', async () => {
    const answer = await postToken(fn.url, 'x'.repeat(MIB));
    expect(answer.status).toBe(413);
  });

  it('says which method it wants', async () => {
    const { answer } = await send('PUT /v1/token HTTP/1.1\r\nhost: function\r\ncontent-length: 0\r\n\r\n');
    expect(answer.headers['allow']).toBe('POST');
  });

  it.each([
    `${FORM},${FORM}`,
    `${FORM}, ${FORM}`,
    `${FORM};charset=UTF-8`,
    'Application/X-WWW-Form-URLencoded',
  ])('grants a form that is called %s, as one client library or another does', async (contentType) => {
    const form = exchangeForm(vm, 'impersonate');
    expect((await postToken(fn.url, form, { 'content-type': contentType })).status).toBe(200);
  });

  it('ignores the client id that gcloud always sends', async () => {
    const authorization = `Basic ${Buffer.from('client:secret').toString('base64')}`;
    const answer = await postToken(fn.url, exchangeForm(vm, 'impersonate'), { authorization });
    expect(answer.status).toBe(200);
  });

  it('reads bytes that are no UTF-8 as malformed, not as something else', async () => {
    const body = Buffer.concat([Buffer.from('grant_type='), Buffer.from([0xff, 0xfe])]);
    const { answer, audit } = await send([post({ 'content-length': String(body.length) }), body]);
    expect(answer.status).toBe(400);
    expect(audit).toMatchObject([{ reason: 'body_malformed' }]);
  });

  it('keeps its memory through a hundred bombs and a hundred gigabytes announced', async () => {
    const bomb = gzipSync(Buffer.alloc(16 * MIB));
    const before = fn.residentBytes();
    for (let round = 0; round < 100; round += 1) {
      await sendRaw(fn.port, post({ 'content-length': String(1024 * MIB) }, 'x'.repeat(65_000)), {
        timeoutMs: 4_000,
      });
      const headers = { 'content-encoding': 'gzip', 'content-length': String(bomb.length) };
      await sendRaw(fn.port, [post(headers), bomb], { timeoutMs: 4_000 });
    }
    expect(fn.residentBytes() - before).toBeLessThan(64 * MIB);
  });

  it.each([
    [
      'a path that cannot be decoded',
      'POST /%E0%A4%A?subject_token=x HTTP/1.1\r\nhost: f\r\ncontent-length: 0\r\n\r\n',
    ],
    ['an unknown charset', post({ 'content-type': `${FORM}; charset=utf-99`, 'content-length': '3' }, 'a=b')],
    ['two thousand fields', post({ 'content-length': '5999' }, `${'a=&'.repeat(1999)}a=`)],
    ['a header that is none', post({ 'content-length': 'many' }, 'a=b')],
  ])('shows no stack and no path of the machine for %s, whoever refuses it', async (_, request) => {
    const answer = await sendRaw(fn.port, request, { timeoutMs: 4_000 });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.bytes.toString()).not.toMatch(/node_modules| at |\/functions|Error:.*\n/);
  });

  it('still grants after all that', async () => {
    expect((await postToken(fn.url, exchangeForm(vm, 'impersonate'))).status).toBe(200);
    expect(fn.stderr()).toBe('');
  });
});
