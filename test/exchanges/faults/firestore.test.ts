import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithFirestore } from '../../support/firestore/describe-with-firestore.ts';
import { startFirestoreProxy, type FirestoreProxy } from '../../support/firestore/fault-proxy.ts';
import { createFirestoreDocuments } from '../../support/world/grant-documents.ts';
import { askUntilServed } from './asking.ts';
import { startLane, type Environment, type Lane } from './lane.ts';
import { AT_ONCE_MS, below, failed, granted } from './outcomes.ts';
import { startTcpGate } from './tcp-gate.ts';
import type { WantedKind } from './wanted.ts';

const SECOND = 1_000;
const MEGABYTE = 1024 * 1024;
/** When the function gives Firestore up. */
const GIVES_UP_MS = 4 * SECOND;
const MARGIN_MS = 2 * SECOND;
/** The same where hundreds ask at once, which keeps a slow machine busy. */
const CROWDED_MS = 15 * SECOND;
/** The client pauses between its attempts to connect. */
const RECONNECTS_MS = 5 * SECOND;
/** A new connection is made once a call has waited in vain, and the next caller is the first to use it. */
const NOTICES_MS = 2 * SECOND;

const unavailable = {
  error: 'temporarily_unavailable',
  reason: 'firestore_unavailable',
  detail: 'Firestore database (default) of ',
  withinMs: GIVES_UP_MS + MARGIN_MS,
} as const;

const denied = {
  error: 'server_error',
  reason: 'firestore_denied',
  detail: "refuses to be read: does it exist, and may the function's service account read it?",
} as const;

/** https://grpc.io/docs/guides/status-codes/ */
const GRPC = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

const OUTAGES: readonly (readonly [
  title: string,
  kind: WantedKind,
  inject: (proxy: FirestoreProxy) => void | Promise<void>,
])[] = [
  ['connections are refused', 'an access token', (proxy) => proxy.refuse()],
  ['nothing is answered', "a user's token", (proxy) => proxy.hang()],
  ['every connection breaks', 'an ID token', (proxy) => proxy.reset()],
  ['the service is rationed', "a user's token", (proxy) => proxy.fail(GRPC.RESOURCE_EXHAUSTED)],
];

interface Behind {
  readonly lane: Lane;
  readonly proxy: FirestoreProxy;
  readonly close: () => Promise<void>;
}

describeWithFirestore('Firestore', ({ emulator, projectId }) => {
  let projects = 0;

  /** Each lane has a project of its own. */
  function startLaneAt(
    clientHost: string,
    kind: WantedKind,
    { environment = {}, cold = false }: { environment?: Environment | undefined; cold?: boolean } = {},
  ): Promise<Lane> {
    projects += 1;
    const options = { projectId: `${projectId}-${projects}`, clientHost };
    return startLane(kind, {
      vms: 12,
      store: (documents) => createFirestoreDocuments(emulator(), options, documents),
      prepare: () => environment,
      cold,
    });
  }

  /** A function that was fine until now. */
  async function startBehindProxy(kind: WantedKind, environment?: Environment): Promise<Behind> {
    const proxy = await startFirestoreProxy(emulator().host);
    const lane = await startLaneAt(proxy.host, kind, { environment });
    const close = async () => {
      await lane.close();
      await proxy.close();
    };
    return { lane, proxy, close };
  }

  describe.concurrent('cannot be read, the caller is told to come back, and is served when it does:', () => {
    /** As when a firewall forgets the connection, or the machine at its other end dies: nobody says goodbye. */
    it('the connection has fallen silent', async () => {
      const gate = await startTcpGate(emulator().host);
      const lane = await startLaneAt(gate.host, 'an access token');
      const caller = lane.nextCaller();
      gate.silence();
      expect(await lane.ask(caller)).toEqual(failed(unavailable));
      expect(await askUntilServed(lane, caller, NOTICES_MS)).toEqual(granted(caller, NOTICES_MS));
      await lane.close();
      await gate.shut();
    });

    it('the connection has fallen silent, and the deadline is 1.5 seconds', async () => {
      const gate = await startTcpGate(emulator().host);
      const deadline = { TOKEN_VENDING_DEADLINE_MS: '1500' };
      const lane = await startLaneAt(gate.host, 'an access token', { environment: deadline });
      const caller = lane.nextCaller();
      gate.silence();
      expect(await lane.ask(caller)).toMatchObject({ status: 503 });
      expect(await askUntilServed(lane, caller, NOTICES_MS)).toMatchObject({ status: 200 });
      await lane.close();
      await gate.shut();
    });

    it.each(OUTAGES)('%s', async (_, kind, inject) => {
      const { lane, proxy, close } = await startBehindProxy(kind);
      const caller = lane.nextCaller();
      await inject(proxy);
      expect(await lane.ask(caller)).toEqual(failed(unavailable));
      await proxy.restore();
      expect(await askUntilServed(lane, caller, RECONNECTS_MS)).toEqual(granted(caller, RECONNECTS_MS));
      await close();
    });

    it('connections were refused when the function started', async () => {
      const proxy = await startFirestoreProxy(emulator().host);
      await proxy.refuse();
      const lane = await startLaneAt(proxy.host, 'an access token', { cold: true });
      const caller = lane.nextCaller();
      expect(await lane.ask(caller)).toEqual(failed(unavailable));
      await proxy.restore();
      expect(await askUntilServed(lane, caller, RECONNECTS_MS)).toEqual(granted(caller, RECONNECTS_MS));
      await lane.close();
      await proxy.close();
    });

    it('nothing is answered, and the deadline is 1.5 seconds', async () => {
      const deadline = { TOKEN_VENDING_DEADLINE_MS: '1500' };
      const { lane, proxy, close } = await startBehindProxy('an access token', deadline);
      const caller = lane.nextCaller();
      proxy.hang();
      expect(await lane.ask(caller)).toEqual(
        failed({
          error: 'temporarily_unavailable',
          reason: 'deadline_exceeded',
          withinMs: 1_500 + SECOND,
        }),
      );
      await proxy.restore();
      expect(await askUntilServed(lane, caller, RECONNECTS_MS)).toEqual(granted(caller, RECONNECTS_MS));
      await close();
    });

    it('the service is down for a moment (for which the caller waits), or longer', async () => {
      const { lane, proxy, close } = await startBehindProxy("a user's token");
      const [first, second] = [lane.nextCaller(), lane.nextCaller()];
      proxy.resetCalls();
      proxy.fail(GRPC.UNAVAILABLE);
      const asking = lane.ask(first);
      await vi.waitUntil(() => proxy.calls('BatchGetDocuments') > 0, { interval: 2 });
      await proxy.restore();
      expect(await asking).toEqual(granted(first, GIVES_UP_MS));

      proxy.fail(GRPC.UNAVAILABLE);
      expect(await lane.ask(second)).toEqual(failed(unavailable));
      await proxy.restore();
      expect(await askUntilServed(lane, second, RECONNECTS_MS)).toEqual(granted(second, RECONNECTS_MS));
      await close();
    });

    it('nothing is answered, hundreds are waiting, and whoever comes on top does not have to', async () => {
      const CALLERS = 540;
      const { lane, proxy, close } = await startBehindProxy('an access token');
      const caller = lane.nextCaller();
      const before = lane.process.residentBytes();
      const form = lane.form(caller);
      proxy.hang();
      const answers = await Promise.all(Array.from({ length: CALLERS }, () => lane.post(form)));

      const late = { status: 503, retryAfter: '5', elapsedMs: below(CROWDED_MS) };
      expect(answers).toEqual(answers.map(() => expect.objectContaining(late) as unknown));
      await lane.process.waitForAuditLine(() => lane.auditOf(caller).length === CALLERS);
      const onTop = lane.auditOf(caller).filter(({ detail }) => String(detail).endsWith('reads waiting'));
      expect(onTop.length).toBeGreaterThan(0);
      const atOnce = { durationMs: below(AT_ONCE_MS) };
      expect(onTop).toEqual(onTop.map(() => expect.objectContaining(atOnce) as unknown));
      expect(lane.process.residentBytes() - before).toBeLessThan(400 * MEGABYTE);

      await proxy.restore();
      expect(await askUntilServed(lane, caller, RECONNECTS_MS)).toMatchObject({ status: 200 });
      await close();
    });
  });

  describe('will not be read, and nobody waits for the operator who has to mend it:', () => {
    let behind: Behind;

    beforeAll(async () => {
      behind = await startBehindProxy('an access token');
    });
    afterAll(() => behind.close());

    it.each([
      ['the function has no permission', GRPC.PERMISSION_DENIED],
      ['there is no such database', GRPC.NOT_FOUND],
      ['the function is nobody', GRPC.UNAUTHENTICATED],
      ['the database is of another kind', GRPC.FAILED_PRECONDITION],
      ['the database can have no such name', GRPC.INVALID_ARGUMENT],
    ])('%s', async (_, status) => {
      const { lane, proxy } = behind;
      const caller = lane.nextCaller();
      proxy.fail(status);
      const outcome = await lane.ask(caller);
      await proxy.restore();
      expect(outcome).toEqual(failed(denied));
      expect(await lane.ask(caller)).toEqual(granted(caller));
    });

    it('(but it may take a second)', async () => {
      const { lane, proxy } = behind;
      const caller = lane.nextCaller();
      proxy.slow(SECOND);
      const outcome = await lane.ask(caller);
      await proxy.restore();
      expect(outcome).toEqual(granted(caller, SECOND + AT_ONCE_MS));
      expect(outcome.elapsedMs).toBeGreaterThanOrEqual(SECOND);
    });
  });
});
