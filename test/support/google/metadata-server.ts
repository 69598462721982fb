// The metadata server of one VM, or of one Cloud Run instance, on a port of its own.
// https://cloud.google.com/compute/docs/metadata/overview
import type { AccessTokens } from './access-tokens.ts';
import { createDispatcher } from './dispatcher.ts';
import { createFaultPlan, type FaultPlan, type Faults } from './faults.ts';
import type { GoogleClock } from './google-clock.ts';
import type { GoogleKeys } from './google-keys.ts';
import type { CloudRunIdentity, VmIdentity } from './identity-token-claims.ts';
import { startLoopbackServer } from './loopback-server.ts';
import { metadataOf } from './metadata-contents.ts';
import { answerFromTree } from './metadata-tree.ts';
import { htmlReply, type GoogleReply, type GoogleRequest } from './reply.ts';
import type { Route } from './routes.ts';
import type { Rs256Signer } from './rs256-signer.ts';
import type { ServiceAccount } from './service-accounts.ts';

export interface IdentityTokenOptions {
  /** Default: full. */
  format?: 'standard' | 'full';
  licenses?: boolean;
}

export interface MetadataServer {
  readonly url: string;
  /** `127.0.0.1:PORT`, for GCE_METADATA_HOST. */
  readonly host: string;
  /** Faults of this server alone; the route is `metadata`. They come before those of the fake Google. */
  readonly faults: Faults;
  /** Requests that reached this server. */
  readonly calls: () => number;
  /** An identity token for `audience`, fetched over HTTP as a workload does. */
  readonly identityToken: (audience: string, options?: IdentityTokenOptions) => Promise<string>;
  readonly close: () => Promise<void>;
}

export interface MetadataServerDeps {
  clock: GoogleClock;
  accessTokens: AccessTokens;
  keys: GoogleKeys;
  signer: Rs256Signer;
  sharedFaults: FaultPlan;
  count: (route: Route) => void;
}

/** On every reply, refusals too: clients believe no reply without the flavour. */
const HEADERS = {
  'metadata-flavor': 'Google',
  server: 'Metadata Server for VM',
  'x-xss-protection': '0',
  'x-frame-options': 'SAMEORIGIN',
};

export async function startMetadataServer(
  deps: MetadataServerDeps,
  identity: VmIdentity | CloudRunIdentity,
  account: ServiceAccount,
): Promise<MetadataServer> {
  const tree = metadataOf(deps, identity, account);
  const answer = (request: GoogleRequest): GoogleReply | Promise<GoogleReply> =>
    refusal(request) ?? answerFromTree(tree, request.params[0] ?? '/', request);
  const faults = createFaultPlan();
  let requests = 0;
  const server = await startLoopbackServer(
    createDispatcher({
      routes: [{ route: 'metadata', method: 'any', path: /^(.*)$/, headers: HEADERS, handle: answer }],
      faultPlans: [faults, deps.sharedFaults],
      count(route) {
        requests += 1;
        deps.count(route);
      },
    }),
  );
  return {
    url: server.url,
    host: server.host,
    faults,
    calls: () => requests,
    identityToken: (audience, options) => fetchIdentityToken(server.url, audience, options),
    close: () => server.close(),
  };
}

/** The guards of the real server against requests that a browser or a proxy was made to send. */
function refusal({ method, headers }: GoogleRequest): GoogleReply | undefined {
  if (method !== 'GET' && method !== 'HEAD')
    return htmlReply(405, 'The request method is inappropriate for the URL.');
  if (headers['metadata-flavor'] !== 'Google') {
    return htmlReply(
      403,
      'Your client does not have permission to get this URL: Missing Metadata-Flavor:Google header.',
    );
  }
  if (headers['x-forwarded-for'] !== undefined) {
    return htmlReply(
      403,
      'Your client does not have permission to get this URL: X-Forwarded-For is not allowed.',
    );
  }
  return undefined;
}

async function fetchIdentityToken(
  url: string,
  audience: string,
  { format = 'full', licenses = false }: IdentityTokenOptions = {},
): Promise<string> {
  const query = new URLSearchParams({ audience, format, licenses: licenses ? 'TRUE' : 'FALSE' });
  const response = await fetch(
    `${url}/computeMetadata/v1/instance/service-accounts/default/identity?${query.toString()}`,
    {
      headers: { 'metadata-flavor': 'Google' },
    },
  );
  const body = await response.text();
  if (!response.ok) throw new Error(`metadata server answered ${response.status}: ${body}`);
  return body;
}
