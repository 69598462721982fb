import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMetadataClient, MetadataUnreachable } from '../../../refresher/vending/metadata-client.ts';
import type { MetadataServer } from '../../support/google/metadata-server.ts';
import { startLoopbackServer, type LoopbackServer } from '../../support/google/loopback-server.ts';
import { createWorld, PROJECT_ID, type World } from '../../support/world/world.ts';
import { hang, reset, status, type Answer } from './answers.ts';

const forEver = new AbortController().signal;
const AUDIENCE = 'https://impersonate.vending.example/v1/token';
const FLAVOR = { 'metadata-flavor': 'Google' };

let world: World;
let real: MetadataServer;
let scripted: LoopbackServer;
let answer: Answer;
let asked: string[] = [];

beforeAll(async () => {
  world = await createWorld();
  real = await world.google.startMetadataServer(world.vm('worker').identity);
  scripted = await startLoopbackServer((request, response) => {
    asked.push(request.url ?? '');
    answer(response);
  });
});
afterEach(() => {
  asked = [];
  world.google.faults.clear();
});
afterAll(async () => {
  await scripted.close();
  await world.close();
});

const client = () => createMetadataClient({ host: real.host });
const spoiled = (timeoutMs = 20_000) => createMetadataClient({ host: scripted.host, timeoutMs });

async function failure(what: Promise<unknown>): Promise<string> {
  const error: unknown = await what.catch((one: unknown) => one);
  if (!(error instanceof MetadataUnreachable))
    throw new Error('it did not fail as it should', { cause: error });
  return error.message;
}

describe('the VM is asked for', () => {
  it('an identity token with all its claims, for the audience exactly', async () => {
    const token = await client().identityToken(`${AUDIENCE}?a=b&c=ü`, forEver);
    const claims: unknown = JSON.parse(
      Buffer.from(token.reveal().split('.')[1] ?? '', 'base64url').toString(),
    );
    expect(claims).toMatchObject({
      aud: `${AUDIENCE}?a=b&c=ü`,
      google: { compute_engine: { project_id: PROJECT_ID } },
    });
    expect(String(token)).toBe('[identity token redacted]');
  });

  it('what else it knows, whatever the status', async () => {
    expect(await client().text('project/project-id', forEver)).toEqual({ status: 200, body: PROJECT_ID });
    expect(await client().text('instance/attributes/missing', forEver)).toMatchObject({ status: 404 });
  });

  it('text with its query', async () => {
    answer = status(200, '{}', FLAVOR);
    await spoiled().text('instance/attributes/?recursive=true', forEver);
    expect(asked).toEqual(['/computeMetadata/v1/instance/attributes/?recursive=true']);
  });

  it.each(['../../other', 'instance/../../../x', '%2e%2e/%2E%2e/x', 'a#b', 'a b', 'a\nb', 'a\\..\\b'])(
    'nothing outside its tree (%j)',
    async (path) => {
      await expect(spoiled().text(path, forEver)).rejects.toThrow(TypeError);
      expect(asked).toEqual([]);
    },
  );
});

describe('an identity token is not to be had', () => {
  it.each([
    {
      what: 'where the VM has no service account',
      code: 404,
      says: 'it has no identity token. Check that the VM has a',
    },
    { what: 'where it is forbidden', code: 403, says: 'it answered 403 when asked for an identity token.' },
    {
      what: 'where the server is unwell',
      code: 503,
      says: 'it answered 503 when asked for an identity token.',
    },
    {
      what: 'where it would be elsewhere',
      code: 301,
      says: 'it answered 301 when asked for an identity token.',
    },
  ])('$what', async ({ code, says }) => {
    answer = status(code, '<html>', { ...FLAVOR, location: 'http://127.0.0.1:9/' });
    const message = await failure(spoiled().identityToken(AUDIENCE, forEver));
    expect(message).toContain(`The metadata server at ${scripted.host} gave nothing usable: ${says}`);
    expect(asked).toHaveLength(1);
  });

  it.each([
    '',
    'null',
    '{"token":"x"}',
    '<html>sign in</html>',
    'a.b',
    'a.b.c.d',
    'a.b.c\nd.e.f',
    `a.b.${'c'.repeat(9_000)}`,
  ])('where something else stands in its place (%#)', async (body) => {
    answer = status(200, body, FLAVOR);
    expect(await failure(spoiled().identityToken(AUDIENCE, forEver))).toContain(
      'something else than an identity token',
    );
  });

  it('from whoever answers without the flavour: a proxy, a login page', async () => {
    answer = status(200, 'e30.e30.e30');
    expect(await failure(spoiled().identityToken(AUDIENCE, forEver))).toContain('no metadata server');
    expect(await failure(spoiled().text('project/project-id', forEver))).toContain('no metadata server');
  });

  it.each([
    { what: 'that resets', broken: reset, says: 'it closed the connection' },
    { what: 'that is silent', broken: hang, says: 'it did not answer in time' },
    {
      what: 'that never ends',
      broken: status(200, 'x'.repeat(600_000), FLAVOR),
      says: 'its answer is too long',
    },
  ])('from a server $what', async ({ broken, says }) => {
    answer = broken;
    const message = await failure(
      spoiled(says.includes('time') ? 100 : 20_000).identityToken(AUDIENCE, forEver),
    );
    expect(message).toContain(says);
    expect(message).toContain('--metadata-host');
  });

  it('where nobody listens', async () => {
    const gone = await startLoopbackServer(() => undefined);
    await gone.close();
    const lonely = createMetadataClient({ host: gone.host });
    expect(await failure(lonely.identityToken(AUDIENCE, forEver))).toMatch(
      /^The metadata server at 127\.0\.0\.1:\d+ gave nothing usable: nobody listens there\. Check that this is a Compute/,
    );
  });

  it('once nobody waits for it', async () => {
    const reason = new Error('over');
    await expect(client().identityToken(AUDIENCE, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
