import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAround } from './asking.ts';
import { ACCESS_TOKEN, expiring, EXPIRE_TIME_FAULTS, IAM_FAULTS } from './iam-faults.ts';
import { startLane, type Lane } from './lane.ts';
import { AT_ONCE_MS, failed, granted } from './outcomes.ts';
import { WANTED, type WantedKind } from './wanted.ts';

const MEGABYTE = 1024 * 1024;
const kinds = Object.keys(WANTED) as WantedKind[];

describe.each(kinds)('IAM on the way to %s', (kind) => {
  const { route, permission } = WANTED[kind];
  let lane: Lane;

  beforeAll(async () => {
    lane = await startLane(kind);
  });
  afterAll(() => lane.close());

  describe('gives nothing where it', () => {
    it.each(IAM_FAULTS.map((row) => [row.title, row] as const))(
      '%s',
      async (_, { fault, failure, calls }) => {
        const { caller, broken, mended } = await askAround(lane, route, fault);
        expect(broken).toEqual(failed({ ...failure, calls: { [route]: calls } }));
        expect(mended).toEqual(granted(caller));
      },
    );

    it('says 403, and the operator learns which permission is missing on which account', async () => {
      const { broken } = await askAround(lane, route, { kind: 'status', status: 403 });
      const detail = String(broken.audit[0]?.['detail']);
      expect(detail).toContain(permission);
      expect(detail).toMatch(/ on (?:trainer|dwd-signer)@\S+ answered 403/);
    });

    it('sends us on to somebody else, who would get our token', async () => {
      let visits = 0;
      const trap = createServer((_, response) => {
        visits += 1;
        response.end('{}');
      });
      await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
      const { port } = trap.address() as AddressInfo;
      const headers = { location: `http://127.0.0.1:${port}/` };

      for (const status of [302, 307, 308]) {
        const { broken } = await askAround(lane, route, { kind: 'status', status, headers });
        expect(broken).toEqual(
          failed({ error: 'server_error', reason: 'iam_rejected', calls: { [route]: 1 } }),
        );
      }
      expect(visits).toBe(0);
      trap.close();
    });
  });

  describe('gives it all the same where it', () => {
    it.each([
      ['says 503 once', { kind: 'status', status: 503 }],
      ['says 500 once', { kind: 'status', status: 500 }],
      ['resets the connection once', { kind: 'reset' }],
      ['is a front end in trouble once', { kind: 'html', status: 502 }],
    ] as const)('%s', async (_, fault) => {
      const { caller, broken } = await askAround(lane, route, fault, { times: 1 });
      expect(broken).toEqual(granted(caller));
      expect(broken.calls[route]).toBe(2);
    });

    it('does not accept our token once, and accepts a fresh one', async () => {
      lane.google.resetCalls();
      const { caller, broken } = await askAround(lane, route, { kind: 'status', status: 401 }, { times: 1 });
      expect(broken).toEqual(granted(caller));
      expect(broken.calls[route]).toBe(2);
      expect(lane.google.calls('metadata')).toBe(1);
    });
  });
});

describe('an access token', () => {
  const route = 'generateAccessToken';
  let lane: Lane;

  beforeAll(async () => {
    lane = await startLane('an access token');
  });
  afterAll(() => lane.close());

  it.each(EXPIRE_TIME_FAULTS.map((row) => [row.title, row] as const))(
    'is not handed out where IAM says %s',
    async (_, { answer, reason }) => {
      const body = JSON.stringify(answer(Date.now()));
      const { caller, broken, mended } = await askAround(lane, route, { kind: 'body', status: 200, body });
      expect(broken).toEqual(failed({ error: 'temporarily_unavailable', reason, calls: { [route]: 1 } }));
      expect(mended).toEqual(granted(caller));
    },
  );

  it('is promised for no longer than was asked for, whatever IAM says', async () => {
    const body = JSON.stringify(expiring(Date.now() + 12 * 3600_000));
    const { caller, broken } = await askAround(lane, route, { kind: 'body', status: 200, body });
    expect(broken.body['access_token']).toBe(ACCESS_TOKEN);
    expect(broken.body['expires_in']).toBeLessThanOrEqual(caller.wanted.lifetimeSeconds ?? 0);
  });

  it('is given a second later where IAM asks for a second of patience', async () => {
    const fault = { kind: 'status', status: 503, headers: { 'retry-after': '1' } } as const;
    const { caller, broken } = await askAround(lane, route, fault, { times: 1 });
    expect(broken).toEqual(granted(caller, 1_000 + AT_ONCE_MS));
    expect(broken.elapsedMs).toBeGreaterThanOrEqual(1_000);
    expect(broken.calls[route]).toBe(2);
  });

  it('is not looked for in 200 megabytes, which fill no memory either', async () => {
    const before = lane.process.residentBytes();
    const { caller, broken, mended } = await askAround(lane, route, {
      kind: 'bodyOfBytes',
      bytes: 200 * MEGABYTE,
    });
    expect(broken).toEqual(
      failed({ error: 'temporarily_unavailable', reason: 'iam_unavailable', calls: { [route]: 2 } }),
    );
    expect(mended).toEqual(granted(caller));
    expect(lane.process.residentBytes() - before).toBeLessThan(100 * MEGABYTE);
  });
});
