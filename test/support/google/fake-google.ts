// One fake Google: all its APIs on one loopback port, sharing one state. Start here; README.md lists every knob.
import { createAccessTokens, type TokenInfo } from './access-tokens.ts';
import { createAuthentication } from './authentication.ts';
import { createCompute, type Compute } from './compute.ts';
import { createDispatcher, type RouteEntry } from './dispatcher.ts';
import { createDrive, type Drive } from './drive.ts';
import { createFaultPlan, type Faults } from './faults.ts';
import { createGoogleClock } from './google-clock.ts';
import { createGoogleKeys, serveJwks, type GoogleKeys } from './google-keys.ts';
import { iamCredentialsRoutes } from './iam-credentials.ts';
import { iamReviewRoutes } from './iam-review.ts';
import { createIam, type Iam } from './iam.ts';
import type { CloudRunIdentity, VmIdentity } from './identity-token-claims.ts';
import { startInvokerFrontEnd, type FrontEnd, type FrontEndOptions } from './invoker-front-end.ts';
import { createLogging, type Logging } from './logging.ts';
import { startLoopbackServer } from './loopback-server.ts';
import { startMetadataServer, type MetadataServer } from './metadata-server.ts';
import { oauthTokenRoute } from './oauth-token-endpoint.ts';
import type { Route } from './routes.ts';
import { createRs256Signer } from './rs256-signer.ts';
import { createRsaKeySource, warmUpRsaKeys } from './rsa-keys.ts';
import { createScopeCatalogue } from './scopes.ts';
import { createServiceAccounts, type ServiceAccount } from './service-accounts.ts';
import { createStorage, type Storage } from './storage.ts';
import { stsRoute } from './sts.ts';
import { tokeninfoRoute } from './tokeninfo.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

export { identityTokenClaims } from './identity-token-claims.ts';
export type { CloudRunIdentity, VmIdentity, VmInstance } from './identity-token-claims.ts';
export type { TokenInfo } from './access-tokens.ts';
export type { Fault, Faults } from './faults.ts';
export type { GoogleKeys } from './google-keys.ts';
export type { Iam, IamPermission } from './iam.ts';
export type { FrontEnd } from './invoker-front-end.ts';
export type { TokenToSign } from './jwt.ts';
export type { MetadataServer } from './metadata-server.ts';
export type { Route } from './routes.ts';
export type { RsaKey } from './rsa-keys.ts';
export type { Workspace } from './workspace.ts';

export interface FakeGoogle {
  /** `http://127.0.0.1:PORT`: every API below, told apart by path. */
  readonly url: string;
  readonly jwksUrl: string;
  readonly oauthTokenUrl: string;
  readonly keys: GoogleKeys;
  readonly iam: Iam;
  readonly workspace: Workspace;
  readonly storage: Storage;
  readonly drive: Drive;
  readonly compute: Compute;
  readonly logging: Logging;
  readonly faults: Faults;
  /** Scopes that look right and that Google does not know. */
  readonly unknownScopes: Set<string>;
  /** Google's clock is the test's clock plus this many milliseconds. */
  clockOffsetMs: number;
  /** Requests that reached the route since the start or `resetCalls`, the faulted ones too. */
  readonly calls: (route: Route) => number;
  readonly resetCalls: () => void;
  /** Creates the service account and the Compute Engine instance where they are not there yet. */
  readonly startMetadataServer: (identity: VmIdentity | CloudRunIdentity) => Promise<MetadataServer>;
  readonly startInvokerFrontEnd: (options: FrontEndOptions) => Promise<FrontEnd>;
  /** Who a token stands for, expired or not; undefined where this Google never issued it. */
  readonly whoIs: (accessToken: string) => TokenInfo | undefined;
  /** Stops everything that was started here, at once. */
  readonly close: () => Promise<void>;
}

/** Starts a fake Google. `clock` gives the time in milliseconds (default: Date.now). */
export async function startFakeGoogle({
  clock: clockMs = Date.now,
}: { clock?: () => number } = {}): Promise<FakeGoogle> {
  await warmUpRsaKeys(2);
  const nextKey = createRsaKeySource();
  const clock = createGoogleClock(clockMs);
  const keys = createGoogleKeys(nextKey);
  const signer = createRs256Signer();
  const scopes = createScopeCatalogue();
  const accessTokens = createAccessTokens(clock);
  const accounts = createServiceAccounts(nextKey);
  const iam = createIam(accounts, accessTokens);
  const workspace = createWorkspace(accessTokens);
  const authenticate = createAuthentication({ clock, accessTokens, accounts, directory: workspace });
  const storage = createStorage(authenticate);
  const drive = createDrive(authenticate);
  const compute = createCompute(authenticate);
  const logging = createLogging(authenticate, iam);

  const deps = {
    clock,
    accessTokens,
    accounts,
    keys,
    scopes,
    signer,
    authenticate,
    policy: iam,
    directory: workspace,
  };
  const routes: RouteEntry[] = [
    ...iamCredentialsRoutes(deps),
    ...iamReviewRoutes(deps),
    oauthTokenRoute(deps),
    { route: 'jwks', method: 'GET', path: /^\/oauth2\/v3\/certs$/, handle: () => serveJwks(keys) },
    stsRoute(deps),
    tokeninfoRoute(deps),
    ...storage.routes,
    ...drive.routes,
    ...compute.routes,
    ...logging.routes,
  ];

  const calls = new Map<Route, number>();
  const count = (route: Route): void => void calls.set(route, (calls.get(route) ?? 0) + 1);
  const faults = createFaultPlan();
  const server = await startLoopbackServer(createDispatcher({ routes, faultPlans: [faults], count }));
  const started: { close(): Promise<void> }[] = [server];
  const keep = <T extends { close(): Promise<void> }>(one: T): T => {
    started.push(one);
    return one;
  };

  return {
    url: server.url,
    jwksUrl: `${server.url}/oauth2/v3/certs`,
    oauthTokenUrl: `${server.url}/token`,
    keys,
    iam,
    workspace,
    storage,
    drive,
    compute,
    logging,
    faults,
    unknownScopes: scopes.unknown,
    get clockOffsetMs() {
      return clock.offsetMs;
    },
    set clockOffsetMs(offsetMs) {
      clock.offsetMs = offsetMs;
    },
    calls: (route) => calls.get(route) ?? 0,
    resetCalls: () => calls.clear(),
    async startMetadataServer(identity) {
      const account = accountOf(identity);
      if ('instance' in identity) compute.addInstance(identity);
      return keep(await startMetadataServer({ ...deps, sharedFaults: faults, count }, identity, account));
    },
    startInvokerFrontEnd: async (options) => keep(await startInvokerFrontEnd(deps, options)),
    whoIs: (accessToken) => accessTokens.find(accessToken),
    async close() {
      await Promise.all(started.map((one) => one.close()));
    },
  };

  function accountOf({ serviceAccount: email, uniqueId }: VmIdentity | CloudRunIdentity): ServiceAccount {
    const account =
      accounts.find(email) ?? accounts.create({ email, ...(uniqueId !== undefined && { uniqueId }) });
    if (uniqueId !== undefined && account.uniqueId !== uniqueId) {
      throw new Error(`service account "${email}" has the unique id ${account.uniqueId}, not ${uniqueId}`);
    }
    return account;
  }
}
