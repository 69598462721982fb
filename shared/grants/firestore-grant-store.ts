/**
 * Grants in Firestore: one `getAll` of three documents for each exchange. The only user of the Firestore client.
 *
 * The client has no deadline that works: it waits for minutes on a server that hangs. So the wait has one here, and
 * calls that the client is still busy with are counted, because each of them holds memory until it gives up.
 */

import { Firestore } from '@google-cloud/firestore';
import { abortable, startTimeout, timed, type CallContext } from '../call-context.ts';
import { Fault } from '../fault.ts';
import { errorCode } from '../unknown.ts';
import { KILL_SWITCH_PATH, PRINCIPALS, type GrantStore } from './grant-store.ts';
import type { StoredDocument } from './stored-document.ts';

interface Options {
  readonly projectId: string;
  readonly databaseId: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 4_000;
const MAX_PENDING_CALLS = 512;
/** So long without any answer, and a connection is taken for dead: its end may have gone without a goodbye. */
const SILENT_AFTER_MS = 1_000;

/**
 * Left alone, the client asks three times over seven seconds before it admits to a permission that is missing, and
 * after an outage looks for the server every few seconds only. What is worth a second try is tried by the SDK itself.
 */
const CLIENT_SETTINGS = {
  gaxServerStreamingRetries: true,
  clientConfig: {
    interfaces: {
      'google.firestore.v1.Firestore': {
        retry_codes: { none: [] },
        retry_params: {},
        methods: { BatchGetDocuments: { timeout_millis: TIMEOUT_MS, retry_codes_name: 'none' } },
      },
    },
  },
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

/** gRPC status codes that only an operator can mend: the database, the API or the role is missing. */
const DENIED_CODES: readonly unknown[] = [3, 5, 7, 9, 12, 16];

export function createFirestoreGrantStore(options: Options): GrantStore & { warm(): void } {
  const { projectId, databaseId, timeoutMs = TIMEOUT_MS } = options;
  const connect = () => ({
    firestore: new Firestore({ ...CLIENT_SETTINGS, projectId, databaseId }),
    answeredAt: 0,
    pendingCalls: 0,
  });
  let connection = connect();
  let pendingCalls = 0;

  async function getAll(paths: readonly string[]): Promise<(StoredDocument | undefined)[]> {
    const used = connection;
    const { firestore } = used;
    used.pendingCalls += 1;
    pendingCalls += 1;
    try {
      const snapshots = await firestore.getAll(...paths.map((path) => firestore.doc(path)));
      used.answeredAt = performance.now();
      return snapshots.map((snapshot) =>
        snapshot.exists ? { path: snapshot.ref.path, data: snapshot.data() } : undefined,
      );
    } finally {
      used.pendingCalls -= 1;
      pendingCalls -= 1;
      closeIfLeft(used);
    }
  }

  /** Not before its last call has ended: the client would leave the others waiting for ever. */
  function closeIfLeft(used: typeof connection): void {
    if (used === connection || used.pendingCalls > 0) return;
    void used.firestore.terminate().catch(() => undefined);
  }

  /** The next calls go through a new client. */
  function reconnectIfSilent(used: typeof connection, since: number): void {
    const isSilent = used.answeredAt < since && performance.now() - since >= SILENT_AFTER_MS;
    if (used !== connection || !isSilent) return;
    connection = connect();
    closeIfLeft(used);
  }

  async function read(
    paths: readonly string[],
    context: CallContext,
  ): Promise<(StoredDocument | undefined)[]> {
    if (pendingCalls >= MAX_PENDING_CALLS) throw unavailable(`keeps ${pendingCalls} reads waiting`);
    const timeout = startTimeout(context.signal, timeoutMs);
    const used = connection;
    const startedAt = performance.now();
    try {
      return await abortable(getAll(paths), timeout.signal);
    } catch (cause) {
      if (timeout.signal.aborted) reconnectIfSilent(used, startedAt);
      context.signal.throwIfAborted();
      if (timeout.signal.aborted) throw unavailable(`gave no answer within ${timeoutMs} ms`, cause);
      throw DENIED_CODES.includes(errorCode(cause)) ? denied(cause) : unavailable('', cause);
    } finally {
      timeout.end();
    }
  }

  return {
    warm: () => void getAll([KILL_SWITCH_PATH]).catch(() => undefined),

    async find(ids, context) {
      const paths = [
        `${PRINCIPALS}/${ids.instance}`,
        `${PRINCIPALS}/${ids.serviceAccount}`,
        KILL_SWITCH_PATH,
      ];
      const [instance, serviceAccount, killSwitch] = await timed(context, 'firestore', () =>
        read(paths, context),
      );
      return { instance, serviceAccount, killSwitch };
    },
  };

  function unavailable(problem: string, cause?: unknown): Fault {
    const detail = `Firestore database ${databaseId} of ${projectId} ${problem || 'cannot be reached'}`;
    return new Fault('firestore_unavailable', { detail, cause });
  }

  function denied(cause: unknown): Fault {
    const detail = `Firestore database ${databaseId} of ${projectId} refuses to be read: does it exist, and may the function's service account read it?`;
    return new Fault('firestore_denied', { detail, cause });
  }
}
