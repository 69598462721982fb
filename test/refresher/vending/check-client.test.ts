import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCheckClient, type Check, type Checked } from '../../../refresher/vending/check-client.ts';
import { createMetadataClient } from '../../../refresher/vending/metadata-client.ts';
import { parseCheckRequest } from '../../../shared/check-request.ts';
import { MAX_BODY_BYTES, MAX_CHECK_TARGETS } from '../../../shared/protocol.ts';
import { startLoopbackServer, type LoopbackServer } from '../../support/google/loopback-server.ts';
import type { MetadataServer } from '../../support/google/metadata-server.ts';
import { AUDIENCES, createWorld, type World } from '../../support/world/world.ts';
import { ALICE_TARGET, TRAINER_TARGET } from '../tokens/scripted-function.ts';
import { drip, flood, halfABody, hang, json, notHttp, reset, status, type Answer } from './answers.ts';

const forEver = new AbortController().signal;
const TRAINER = TRAINER_TARGET.member;
const OTHER = 'serviceAccount:other@acme-data.iam.gserviceaccount.com';

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly form: Record<string, string>;
}

let world: World;
let metadata: MetadataServer;
let fn: LoopbackServer;
let answer: (asked: readonly string[]) => Answer;
let received: Received[];

beforeAll(async () => {
  world = await createWorld();
  metadata = await world.google.startMetadataServer(world.vm('worker').identity);
  fn = await startLoopbackServer((request, response) => {
    void text(request).then((body) => {
      const form = Object.fromEntries(new URLSearchParams(body));
      received.push({ url: request.url, headers: request.headers, body, form });
      answer(form['audience']?.split(' ') ?? [])(response);
    });
  });
});
beforeEach(() => {
  received = [];
  answer = (asked) => json(200, { decisions: asked.map((target) => ({ target, decision: 'yes' })) });
});
afterAll(async () => {
  await fn.close();
  await world.close();
});

function client(timeoutMs = 20_000): Check {
  return createCheckClient({
    functions: {
      impersonate: { url: fn.url, audience: AUDIENCES.impersonate },
      delegate: { url: `${fn.url}/delegate`, audience: AUDIENCES.delegate },
    },
    metadata: createMetadataClient({ host: metadata.host }),
    timeoutMs,
  });
}

const check = (...members: string[]) => client()('impersonate', members, forEver);
/** The kind of decision about each; of whom nothing is known is not there. */
const kinds = ({ decisions }: Checked) =>
  Object.fromEntries(
    Array.from(decisions, ([member, decision]) => [member, decision === 'yes' ? 'yes' : decision.kind]),
  );

function audienceOf(jwt: string | undefined): unknown {
  const claims: unknown = JSON.parse(Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString());
  return (claims as { aud?: unknown }).aud;
}

describe('a check', () => {
  it('is asked as an exchange is, with the same two identity tokens, and about all targets at once', async () => {
    expect(kinds(await check(TRAINER, OTHER))).toEqual({ [TRAINER]: 'yes', [OTHER]: 'yes' });
    expect(received).toHaveLength(1);
    const [{ url, headers, form } = {} as Received] = received;
    expect(url).toBe('/v1/check');
    expect(headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded' });
    expect(audienceOf(headers.authorization?.replace(/^Bearer /, ''))).toBe(fn.url);
    const { subject_token: subjectToken, ...rest } = form;
    expect(audienceOf(subjectToken)).toBe(AUDIENCES.impersonate);
    // without a scope, as the exchange
    expect(rest).toEqual({
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      audience: `${TRAINER} ${OTHER}`,
    });
  });

  it('about users goes to the other function, with the other audience', async () => {
    await client()('delegate', [ALICE_TARGET.member], forEver);
    expect(received[0]?.url).toBe('/delegate/v1/check');
    expect(audienceOf(received[0]?.form['subject_token'])).toBe(AUDIENCES.delegate);
  });

  it('tells yes from no, and says what to do about a no', async () => {
    answer = () =>
      json(200, {
        decisions: [
          { target: TRAINER, decision: 'no' },
          { target: OTHER, decision: 'yes' },
        ],
      });
    const { kind, decisions } = await check(TRAINER, OTHER);
    expect(kind).toBe('checked');
    expect(decisions.get(OTHER)).toBe('yes');
    expect(decisions.get(TRAINER)).toEqual({
      kind: 'refused',
      error: 'invalid_target',
      sentence: `This caller may not become that target. Ask whoever manages the grants; the audit log of the function holds the reason. (invalid_target: ${TRAINER} at ${fn.url})`,
    });
  });

  it('about nobody asks nobody', async () => {
    expect(await check()).toEqual({ kind: 'checked', decisions: new Map() });
    expect(received).toEqual([]);
  });

  it('rejects when it is given up, with the reason', async () => {
    const over = new Error('over');
    const controller = new AbortController();
    answer = () => () => controller.abort(over);
    await expect(client()('impersonate', [TRAINER], controller.signal)).rejects.toBe(over);
  });
});

describe('a check of many', () => {
  const serviceAccounts = (count: number) =>
    Array.from(
      { length: count },
      (_, index) => `serviceAccount:${pad(index, 30)}@${pad(0, 30)}.iam.gserviceaccount.com`,
    );
  /** Of the longest addresses that there are. */
  const users = (count: number) =>
    Array.from({ length: count }, (_, index) => `user:${pad(index, 240)}@example.com`);
  const pad = (index: number, length: number) => `a${String(index).padStart(length - 1, '0')}`;

  it('is one call for as many as a function takes, with the longest names of service accounts', async () => {
    const members = serviceAccounts(MAX_CHECK_TARGETS);
    // the longest answer there is
    answer = (asked) =>
      json(200, {
        decisions: asked.map((target, at) => ({ target, decision: at === 0 ? 'yes' : 'fault' })),
      });
    expect(kinds(await check(...members))).toEqual({ [members[0] ?? '']: 'yes' });
    expect(received).toHaveLength(1);
  });

  it.each([
    { what: 'too many', name: 'impersonate', members: serviceAccounts(MAX_CHECK_TARGETS * 2 + 1), calls: 3 },
    { what: 'too long', name: 'delegate', members: users(MAX_CHECK_TARGETS), calls: 3 },
  ] as const)(
    'is several where they are $what, each of which a function accepts',
    async ({ name, members, calls }) => {
      const { decisions } = await client()(name, members, forEver);
      expect(received).toHaveLength(calls);
      expect(new Set(decisions.keys())).toEqual(new Set(members));
      for (const { body, form } of received) {
        // room for the longest identity token
        const room = MAX_BODY_BYTES - 8 * 1024 + (form['subject_token'] ?? '').length;
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(room);
        const kind = name === 'impersonate' ? 'serviceAccount' : 'user';
        expect(parseCheckRequest(body, kind).targets.length).toBeLessThanOrEqual(MAX_CHECK_TARGETS);
      }
    },
  );

  it('says of some what it knows where the call about others fails', async () => {
    const members = serviceAccounts(MAX_CHECK_TARGETS + 1);
    answer = (asked) =>
      asked.length === 1
        ? status(503, '', { 'retry-after': '7' })
        : json(200, { decisions: asked.map((target) => ({ target, decision: 'no' })) });
    const checked = await check(...members);
    expect(checked).toMatchObject({ kind: 'outage', retryAfterSeconds: 7 });
    expect(checked.decisions.size).toBe(MAX_CHECK_TARGETS);
  });
});

const NO = { target: TRAINER, decision: 'no' };
const page = `<html>${JSON.stringify({ decisions: [NO] })}</html>`;
const HTML = { 'content-type': 'text/html; charset=UTF-8' };

describe('only a no in the answer to this question counts, and not', () => {
  it.each([
    { what: 'a page', how: status(200, page, HTML) },
    { what: 'a page with the right body', how: status(200, JSON.stringify({ decisions: [NO] }), HTML) },
    { what: 'no media type', how: status(200, JSON.stringify({ decisions: [NO] })) },
    {
      what: 'an answer that is no JSON',
      how: status(200, '{"decisions":[', { 'content-type': 'application/json' }),
    },
    ...[201, 203, 400, 401, 403, 404, 429, 500, 503].map((code) => ({
      what: `a no under another status (${code})`,
      how: json(code, { decisions: [NO] }),
    })),
    ...[400, 401, 403, 404, 405, 429, 500, 502, 503].map((code) => ({
      what: `an error page (${code})`,
      how: status(code, page, HTML),
    })),
    ...['invalid_target', 'invalid_scope', 'invalid_request', 'server_error'].map((error) => ({
      what: `an error of the function (${error})`,
      how: json(400, { error }),
    })),
    { what: 'an answer about another target', how: json(200, { decisions: [{ ...NO, target: OTHER }] }) },
    { what: 'an answer about one more', how: json(200, { decisions: [NO, { ...NO, target: OTHER }] }) },
    { what: 'the same answer twice', how: json(200, { decisions: [NO, NO] }) },
    { what: 'no answer', how: json(200, { decisions: [] }) },
    { what: 'no target', how: json(200, { decisions: [{ decision: 'no' }] }) },
    {
      what: 'the target in another form',
      how: json(200, { decisions: [{ ...NO, target: `//iam.googleapis.com/${TRAINER}` }] }),
    },
    { what: 'a word for an answer', how: json(200, { decisions: ['no'] }) },
    { what: 'nothing for an answer', how: json(200, { decisions: [null] }) },
    { what: 'a list for an answer', how: json(200, { decisions: [[TRAINER, 'no']] }) },
    { what: 'an object of answers', how: json(200, { decisions: { 0: NO, length: 1 } }) },
    { what: 'a list', how: json(200, [NO]) },
    { what: 'null', how: json(200, null) },
    { what: 'a no beside the answers', how: json(200, { decision: 'no', target: TRAINER }) },
    { what: 'nobody', how: reset },
    { what: 'half an answer', how: halfABody },
    { what: 'something else than HTTP', how: notHttp },
    { what: 'a flood', how: flood },
    { what: 'a redirect', how: status(307, '', { location: 'http://127.0.0.1:1/v1/check' }) },
  ])('$what', async ({ how }) => {
    answer = () => how;
    const { kind, decisions } = await check(TRAINER);
    expect(kind).toBe('outage');
    expect(decisions.size).toBe(0);
  });

  it.each(['NO', 'no ', 'fault', 'unknown', '', 0, false, null, undefined, ['no'], { decision: 'no' }])(
    'the decision %j',
    async (decision) => {
      answer = () => json(200, { decisions: [{ target: TRAINER, decision }] });
      expect((await check(TRAINER)).decisions.size).toBe(0);
    },
  );

  it('answers in another order than that of the question', async () => {
    answer = () => json(200, { decisions: [{ target: OTHER, decision: 'yes' }, NO] });
    expect((await check(TRAINER, OTHER)).decisions.size).toBe(0);
  });

  it.each([
    { what: 'silence', how: hang },
    { what: 'an answer that never ends', how: drip },
  ])('$what', async ({ how }) => {
    answer = () => how;
    const checked = await client(200)('impersonate', [TRAINER], forEver);
    expect(checked).toMatchObject({
      kind: 'outage',
      sentence: `The function at ${fn.url} cannot be reached: it did not answer in time. Check --impersonate-url.`,
    });
  });

  it('a fault, which ends nothing of the others either', async () => {
    answer = () => json(200, { decisions: [NO, { target: OTHER, decision: 'fault' }] });
    expect(kinds(await check(TRAINER, OTHER))).toEqual({ [TRAINER]: 'refused' });
  });
});

describe('an outage says', () => {
  it.each([
    {
      how: json(404, { error: 'invalid_request' }),
      says: 'answered 404 invalid_request. It has no check yet: a newer one has to be deployed.',
    },
    { how: status(404, page, HTML), says: 'answered 404. It has no check yet' },
    { how: status(200, page, HTML), says: 'answered 200. That is no check. Check that --impersonate-url' },
    { how: status(403, page, HTML), says: "answered 403. Check that the VM's service account may invoke it" },
    {
      how: json(400, { error: 'invalid_request' }),
      says: 'answered 400 invalid_request. It does not accept the VM',
    },
    { how: json(500, { error: 'server_error' }), says: 'answered 500 server_error. An operator has to mend' },
  ])('$says', async ({ how, says }) => {
    answer = () => how;
    expect(await check(TRAINER)).toMatchObject({
      sentence: expect.stringContaining(`The function at ${fn.url} ${says}`) as string,
    });
  });

  it('when to come again', async () => {
    answer = () => json(503, { error: 'temporarily_unavailable' }, { 'retry-after': '300' });
    expect(await check(TRAINER)).toMatchObject({ kind: 'outage', retryAfterSeconds: 300 });
  });

  it('never a token, whatever the function sends back', async () => {
    for (const code of [200, 400, 401, 500]) {
      answer = () => (response) => {
        const { form, headers } = received.at(-1) ?? ({} as Received);
        json(code, { error: form['subject_token'], error_description: headers.authorization })(response);
      };
      const checked = await check(TRAINER);
      expect(checked.kind).toBe('outage');
      expect(JSON.stringify(checked)).not.toContain('eyJ');
    }
  });
});
