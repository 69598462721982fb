import { afterEach, describe, expect, it, vi } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import {
  createRuntimeCredentials,
  fetchMetadataToken,
  type RuntimeToken,
} from '../../../shared/minting/runtime-credentials.ts';
import { AccessToken } from '../../../shared/tokens.ts';
import { createClock, HOUR, NOW, SECOND } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';
import { startFakeGoogle } from '../../support/google/fake-google.ts';
import { startLoopbackServer } from '../../support/google/loopback-server.ts';

const DOWN = new Error('connect EHOSTUNREACH');
const UNAVAILABLE = new Fault('runtime_credentials_unavailable', {
  detail: 'the metadata server of the function gave no access token; it has to have a service account',
  cause: DOWN,
});

interface MetadataServer {
  isDown: boolean;
  livesForMs: number;
  fetches: number;
  /** What an answer waits for. */
  until: Promise<unknown>;
}

/** Credentials over a metadata server whose every token is another: `ya29.1`, `ya29.2` … */
function setUp() {
  const clock = createClock();
  const metadata: MetadataServer = { isDown: false, livesForMs: HOUR, fetches: 0, until: Promise.resolve() };
  const fetchToken = async (): Promise<RuntimeToken> => {
    metadata.fetches += 1;
    const token = new AccessToken(`ya29.${metadata.fetches}`);
    await metadata.until;
    if (metadata.isDown) throw DOWN;
    return { token, expiresAtMs: clock.nowMs() + metadata.livesForMs };
  };
  const credentials = createRuntimeCredentials({ fetchToken, nowMs: clock.nowMs });
  const take = async () => (await credentials.accessToken(callContext())).reveal();
  return { clock, metadata, credentials, take };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("the function's own token", () => {
  it('is fetched once for any number of exchanges that wait for it', async () => {
    const { metadata, take } = setUp();
    const taken = await Promise.all(Array.from({ length: 50 }, take));
    expect(new Set(taken)).toEqual(new Set(['ya29.1']));
    expect(metadata.fetches).toBe(1);
  });

  it('is kept until 225 s before its expiry, and swapped then', async () => {
    const { clock, take } = setUp();
    await take();
    clock.advance(HOUR - 225 * SECOND - 1);
    expect(await take()).toBe('ya29.1');
    clock.advance(1);
    expect(await take()).toBe('ya29.2');
  });

  it('can be fetched ahead of the first exchange', async () => {
    const { metadata, credentials, take } = setUp();
    credentials.warm();
    expect(metadata.fetches).toBe(1);
    expect(await take()).toBe('ya29.1');
    expect(metadata.fetches).toBe(1);
  });

  it('says how long it was waited for, and nothing where it was at hand', async () => {
    const { credentials } = setUp();
    const [first, second] = [callContext(), callContext()];
    await credentials.accessToken(first);
    await credentials.accessToken(second);
    expect(first.upstreamMs.runtimeCredentials).toBeGreaterThan(0);
    expect(second.upstreamMs).toEqual({});
  });

  it('is fetched anew once Google would not take it', async () => {
    const { credentials, take } = setUp();
    credentials.discard(await credentials.accessToken(callContext()));
    expect(await take()).toBe('ya29.2');
  });

  it('is kept where another, older one was not taken', async () => {
    const { clock, credentials, take } = setUp();
    const old = await credentials.accessToken(callContext());
    clock.advance(HOUR);
    expect(await take()).toBe('ya29.2');
    credentials.discard(old);
    expect(await take()).toBe('ya29.2');
  });
});

describe('a metadata server that does not answer', () => {
  it('leaves a token in use until 30 s before its expiry', async () => {
    const { clock, metadata, take } = setUp();
    await take();
    metadata.isDown = true;
    clock.advance(HOUR - 30 * SECOND - 1);
    expect(await take()).toBe('ya29.1');
    clock.advance(1);
    await expect(take()).rejects.toThrow(UNAVAILABLE);
  });

  it('is asked again after five seconds, as long as there is a usable token', async () => {
    const { clock, metadata, take } = setUp();
    await take();
    metadata.isDown = true;
    clock.advance(HOUR - 200 * SECOND);
    await take();
    clock.advance(5 * SECOND - 1);
    await take();
    expect(metadata.fetches).toBe(2);
    clock.advance(1);
    await take();
    expect(metadata.fetches).toBe(3);
  });

  it('is asked for each exchange that has no token', async () => {
    const { metadata, take } = setUp();
    metadata.isDown = true;
    await expect(take()).rejects.toThrow(UNAVAILABLE);
    await expect(take()).rejects.toThrow(UNAVAILABLE);
    expect(metadata.fetches).toBe(2);
  });

  it('does not bring a discarded token back', async () => {
    const { metadata, credentials, take } = setUp();
    const revoked = await credentials.accessToken(callContext());
    metadata.isDown = true;
    credentials.discard(revoked);
    await expect(take()).rejects.toThrow(UNAVAILABLE);
  });

  it('fails the first exchange, not the warm-up', async () => {
    const { metadata, credentials, take } = setUp();
    metadata.isDown = true;
    credentials.warm();
    await expect(take()).rejects.toThrow(UNAVAILABLE);
    metadata.isDown = false;
    expect(await take()).toBe('ya29.2');
  });

  it('is given up after three seconds', async () => {
    const patience = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
    const { metadata, take } = setUp();
    metadata.until = new Promise(() => undefined);
    const taken = take();
    expect(timeout).toHaveBeenCalledExactlyOnceWith(3_000);
    const cause = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    patience.abort(cause);
    await expect(taken).rejects.toThrow(UNAVAILABLE.message);
    await expect(taken).rejects.toMatchObject({ cause });
  });

  it('is given up for a usable token, where there is one', async () => {
    const patience = new AbortController();
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
    const { clock, metadata, take } = setUp();
    await take();
    clock.advance(HOUR - 200 * SECOND);
    metadata.until = new Promise(() => undefined);
    const taken = take();
    patience.abort();
    expect(await taken).toBe('ya29.1');
  });
});

describe('an exchange whose time is up', () => {
  it('stops waiting for the token, which is fetched for the next one all the same', async () => {
    const { metadata, credentials, take } = setUp();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    metadata.until = promise;
    const spent = new Fault('deadline_exceeded');
    const waiting = credentials.accessToken(callContext(AbortSignal.abort(spent)));
    await expect(waiting).rejects.toBe(spent);
    const next = take();
    resolve(undefined);
    expect(await next).toBe('ya29.1');
    expect(metadata.fetches).toBe(1);
  });
});

describe('the metadata server', () => {
  it('that GCE_METADATA_HOST names gives a token of cloud-platform and its expiry', async () => {
    const google = await startFakeGoogle({ clock: () => Date.now() });
    try {
      const serviceAccount = 'runtime@acme-vending.iam.gserviceaccount.com';
      google.iam.createServiceAccount({ email: serviceAccount });
      const { host } = await google.startMetadataServer({
        serviceAccount,
        projectId: 'acme-vending',
        projectNumber: 100200300400,
        region: 'us-central1',
      });
      vi.stubEnv('GCE_METADATA_HOST', host);
      const { token, expiresAtMs } = await fetchMetadataToken(Date.now);
      expect(google.whoIs(token.reveal())).toMatchObject({
        principal: `serviceAccount:${serviceAccount}`,
        scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      });
      expect(Math.abs(expiresAtMs - Date.now() - HOUR)).toBeLessThan(10 * SECOND);
    } finally {
      await google.close();
    }
  });

  it('that gives no access token is an error', async () => {
    const server = await startLoopbackServer((_request, response) => {
      const headers = { 'metadata-flavor': 'Google', 'content-type': 'application/json' };
      response.writeHead(200, headers).end('{"expires_in":3599,"token_type":"Bearer"}');
    });
    try {
      vi.stubEnv('GCE_METADATA_HOST', server.host);
      await expect(fetchMetadataToken(() => NOW.getTime())).rejects.toThrow(
        'Could not refresh access token.',
      );
    } finally {
      await server.close();
    }
  });
});
