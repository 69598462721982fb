/**
 * What the daemon asks, in this process: a metadata server, and functions that vend a token which says whose it is.
 *
 * The functions themselves are tested with `serve`; here there are many tasks, and each has to be told from the others.
 */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const TRAINER = 'serviceAccount:trainer@acme-data.iam.gserviceaccount.com';
export const READER = 'serviceAccount:log-reader@acme-data.iam.gserviceaccount.com';
export const ALICE = 'user:alice@example.com';
/** Whom no grant names. */
export const BOB = 'user:bob@example.com';
/** Whose function does not answer before `release` is called. */
export const SLOW = 'user:slow@example.com';

export interface HostStage {
  readonly metadataPort: number;
  readonly functionPort: number;
  readonly functionPorts: readonly number[];
  readonly env: Readonly<Record<string, string>>;
  /** Targets whose grant somebody has removed. */
  readonly revoked: Set<string>;
  /** The targets of each check. */
  readonly checks: readonly (readonly string[])[];
  /** Exchanges, by target. */
  readonly exchanges: ReadonlyMap<string, number>;
  /** Answers all that wait for SLOW, from now on at once. */
  readonly release: () => void;
  /** Resolves when somebody waits for SLOW. */
  readonly asked: Promise<void>;
  /** Requests for tokens of the VM itself: nobody but the daemon may get through to it. */
  readonly stolen: () => number;
  readonly close: () => void;
}

/** What the VM's own server would give to whoever gets through. */
export const VM_TOKEN = 'ya29.the-vm-itself';

export async function setHostStage(): Promise<HostStage> {
  const exchanges = new Map<string, number>();
  const revoked = new Set([BOB]);
  const checks: (readonly string[])[] = [];
  const released = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  let stolen = 0;

  const metadata = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://metadata');
    const path = pathname.replace('/computeMetadata/v1/', '');
    if (path.endsWith('/token')) stolen += 1;
    const body =
      path === 'instance/service-accounts/default/identity'
        ? 'eyJhbGciOiJub25lIn0.eyJ2bSI6MX0.c2lnbmVk'
        : path.endsWith('/token')
          ? JSON.stringify({ access_token: VM_TOKEN, expires_in: 3_000, token_type: 'Bearer' })
          : { 'project/project-id': 'acme-workers', 'project/numeric-project-id': '326694433618' }[path];
    const said = body ?? 'none';
    const headers = { 'metadata-flavor': 'Google', 'content-length': Buffer.byteLength(said) };
    response.writeHead(body === undefined ? 404 : 200, headers);
    response.end(said);
  });
  const fn = createServer((request, response) => {
    void text(request).then(async (form) => {
      const target = new URLSearchParams(form).get('audience') ?? '';
      if (request.url === '/v1/check') {
        const targets = target.split(' ');
        checks.push(targets);
        const decisions = targets.map((one) => ({ target: one, decision: revoked.has(one) ? 'no' : 'yes' }));
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ decisions }));
        return;
      }
      exchanges.set(target, (exchanges.get(target) ?? 0) + 1);
      if (target === SLOW) {
        asked.resolve();
        await released.promise;
      }
      const isGranted = !revoked.has(target);
      const answer = JSON.stringify(
        isGranted
          ? {
              access_token: tokenOf(target),
              issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
              token_type: 'Bearer',
              expires_in: 3_600,
              scope: 'https://www.googleapis.com/auth/cloud-platform',
            }
          : { error: 'invalid_target', error_description: 'No grant.', error_uri: 'https://example.com' },
      );
      response.writeHead(isGranted ? 200 : 400, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(answer),
      });
      response.end(answer);
    });
  });
  const [metadataPort, functionPort] = await Promise.all([portOf(metadata), portOf(fn)]);
  const url = `http://127.0.0.1:${functionPort}`;
  return {
    metadataPort,
    functionPort,
    functionPorts: [functionPort],
    env: { TOKEN_VENDING_IMPERSONATE_URL: url, TOKEN_VENDING_DELEGATE_URL: url },
    revoked,
    checks,
    exchanges,
    release: released.resolve,
    asked: asked.promise,
    stolen: () => stolen,
    close() {
      for (const server of [metadata, fn]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

export function tokenOf(target: string): string {
  return `ya29.${Buffer.from(target).toString('hex')}`;
}

/** Whose the token of an answer is; what the answer is, where it is no token. */
export function bearerOf({ status, body }: { readonly status: number; readonly body: string }): string {
  if (status !== 200) return `${status}: ${body.slice(0, 200)}`;
  const { access_token: token } = JSON.parse(body) as { access_token: string };
  return token === VM_TOKEN ? 'the VM itself' : Buffer.from(token.slice('ya29.'.length), 'hex').toString();
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
