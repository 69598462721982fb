import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMetadataClient, type MetadataClient } from '../../../refresher/vending/metadata-client.ts';
import { createVendingClient } from '../../../refresher/vending/vending-client.ts';
import { IdentityToken } from '../../../shared/tokens.ts';
import { startLoopbackServer, type LoopbackServer } from '../../support/google/loopback-server.ts';
import type { MetadataServer } from '../../support/google/metadata-server.ts';
import { AUDIENCES, createWorld, type World } from '../../support/world/world.ts';
import { ALICE_TARGET, TRAINER_TARGET } from '../tokens/scripted-function.ts';
import {
  drip,
  endlessChunks,
  flood,
  halfABody,
  hang,
  json,
  notHttp,
  reset,
  resetInTheBody,
  status,
  type Answer,
} from './answers.ts';

const forEver = new AbortController().signal;
const GRANTED = {
  access_token: 'ya29.secret',
  issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  token_type: 'Bearer',
  expires_in: 3599,
  scope: 'openid',
};

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly form: Record<string, string>;
}

let world: World;
let metadata: MetadataServer;
let fn: LoopbackServer;
let answer: Answer;
let received: Received[];

beforeAll(async () => {
  world = await createWorld();
  metadata = await world.google.startMetadataServer(world.vm('worker').identity);
  fn = await startLoopbackServer((request, response) => {
    void text(request).then((body) => {
      received.push({
        url: request.url,
        headers: request.headers,
        form: Object.fromEntries(new URLSearchParams(body)),
      });
      answer(response);
    });
  });
});
beforeEach(() => {
  received = [];
  answer = json(200, GRANTED);
});
afterEach(() => metadata.faults.clear());
afterAll(async () => {
  await fn.close();
  await world.close();
});

interface Options {
  readonly timeoutMs?: number;
  readonly metadataClient?: MetadataClient;
  readonly url?: string;
}

function client({ timeoutMs = 20_000, metadataClient, url = fn.url }: Options = {}) {
  return createVendingClient({
    functions: {
      impersonate: { url, audience: AUDIENCES.impersonate },
      delegate: { url: `${url}/delegate`, audience: AUDIENCES.delegate },
    },
    metadata: metadataClient ?? createMetadataClient({ host: metadata.host }),
    timeoutMs,
  });
}

function audienceOf(jwt: string | undefined): unknown {
  const claims: unknown = JSON.parse(Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString());
  return (claims as { aud?: unknown }).aud;
}

describe('an exchange', () => {
  it('sends the identity token for the function in the body, and the one for its front door in the header', async () => {
    expect((await client()({ target: TRAINER_TARGET }, forEver)).kind).toBe('granted');
    const [{ url, headers, form } = {} as Received] = received;
    expect(url).toBe('/v1/token');
    expect(headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded' });
    expect(audienceOf(headers.authorization?.replace(/^Bearer /, ''))).toBe(fn.url);
    const { subject_token: subjectToken, ...rest } = form;
    expect(audienceOf(subjectToken)).toBe(AUDIENCES.impersonate);
    expect(rest).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: TRAINER_TARGET.member,
    });
  });

  it('for a user goes to the other function, with the other audience', async () => {
    await client()({ target: ALICE_TARGET }, forEver);
    expect(received[0]?.url).toBe('/delegate/v1/token');
    expect(received[0]?.form['audience']).toBe(ALICE_TARGET.member);
    expect(audienceOf(received[0]?.form['subject_token'])).toBe(AUDIENCES.delegate);
  });

  it('for an ID token names its audience', async () => {
    const idTokenAudience = 'https://api.example.com/?a=b&c=d';
    await client()({ target: TRAINER_TARGET, idTokenAudience }, forEver);
    expect(received[0]?.form).toMatchObject({
      requested_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      resource: idTokenAudience,
    });
  });

  it('goes on without the token for the front door where that is not to be had', async () => {
    metadata.faults.set(
      'metadata',
      { kind: 'status', status: 503 },
      { path: new RegExp(encodeURIComponent(fn.url)) },
    );
    expect((await client()({ target: TRAINER_TARGET }, forEver)).kind).toBe('granted');
    expect(received[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('an outage', () => {
  it('is a VM without an identity token; the function is not asked', async () => {
    metadata.faults.set('metadata', { kind: 'status', status: 404 });
    const outcome = await client()({ target: TRAINER_TARGET }, forEver);
    expect(outcome).toMatchObject({
      kind: 'outage',
      sentence: expect.stringContaining('Check that the VM has a') as string,
    });
    expect(received).toEqual([]);
  });

  it.each([
    { what: 'that never answers', how: hang, says: 'it did not answer in time', timeoutMs: 200 },
    { what: 'whose answer never ends', how: drip, says: 'it did not answer in time', timeoutMs: 200 },
    { what: 'that sends without end', how: flood, says: 'its answer is too long to be meant' },
    { what: 'that resets', how: reset, says: 'it closed the connection' },
    { what: 'that stops in the middle', how: halfABody, says: 'it closed the connection' },
    { what: 'that resets in the middle', how: resetInTheBody, says: 'it closed the connection' },
    { what: 'that forgets to end', how: endlessChunks, says: 'it closed the connection' },
    { what: 'that does not speak HTTP', how: notHttp, says: 'it does not speak HTTP' },
  ])('is a function $what', async ({ how, says, timeoutMs }) => {
    answer = how;
    const outcome = await client(timeoutMs === undefined ? {} : { timeoutMs })(
      { target: TRAINER_TARGET },
      forEver,
    );
    expect(outcome).toEqual({
      kind: 'outage',
      sentence: `The function at ${fn.url} cannot be reached: ${says}. Check --impersonate-url.`,
    });
  });

  it('is a function where nobody listens', async () => {
    const gone = await startLoopbackServer(() => undefined);
    await gone.close();
    const outcome = await client({ url: gone.url })({ target: ALICE_TARGET }, forEver);
    expect(outcome).toMatchObject({
      sentence: expect.stringContaining('nobody listens there. Check --delegate-url.') as string,
    });
  });

  it('is a function that sends elsewhere, where no token goes', async () => {
    const elsewhere: string[] = [];
    const other = await startLoopbackServer((request, response) => {
      elsewhere.push(request.url ?? '');
      response.end();
    });
    for (const code of [301, 302, 307, 308]) {
      answer = status(code, '', { location: `${other.url}/v1/token` });
      expect((await client()({ target: TRAINER_TARGET }, forEver)).kind).toBe('outage');
    }
    expect(elsewhere).toEqual([]);
    await other.close();
  });

  it('is a function that nobody named', async () => {
    const vend = createVendingClient({
      functions: {},
      metadata: createMetadataClient({ host: metadata.host }),
    });
    expect(await vend({ target: ALICE_TARGET }, forEver)).toEqual({
      kind: 'outage',
      sentence: 'Nobody can make tokens of user:alice@example.com: set --delegate-url.',
    });
  });

  it('never shows a token, whatever the function sends back', async () => {
    const mirrored = (code: number) => (response: Parameters<Answer>[0]) => {
      const { form, headers } = received.at(-1) ?? ({} as Received);
      const body = { error: form['subject_token'], error_description: headers.authorization, ...form };
      json(code, body, { 'x-token': form['subject_token'] ?? '' })(response);
    };
    for (const code of [200, 400, 401, 500]) {
      answer = mirrored(code);
      const outcome = await client()({ target: TRAINER_TARGET }, forEver);
      expect(outcome.kind).toBe('outage');
      expect(JSON.stringify(outcome)).not.toContain('eyJ');
    }
  });
});

describe('whoever gives up', () => {
  const over = new Error('over');

  it('while the metadata server is asked sends nothing to the function', async () => {
    const controller = new AbortController();
    const metadataClient: MetadataClient = {
      identityToken: async (_audience, signal) => {
        controller.abort(over);
        signal.throwIfAborted();
        return new IdentityToken('e30.e30.e30');
      },
      text: () => Promise.reject(over),
    };
    await expect(client({ metadataClient })({ target: TRAINER_TARGET }, controller.signal)).rejects.toBe(
      over,
    );
    expect(received).toEqual([]);
  });

  it('while the function is asked gets the reason', async () => {
    const controller = new AbortController();
    answer = () => controller.abort(over);
    await expect(client()({ target: TRAINER_TARGET }, controller.signal)).rejects.toBe(over);
  });
});
