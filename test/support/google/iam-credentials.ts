// iamcredentials.googleapis.com v1:
// https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts
// This file decides whether a call is allowed; what each method makes is in `credential-methods.ts`.
import type { Authenticate } from './authentication.ts';
import {
  mintAccessToken,
  mintIdToken,
  signBlob,
  signJwt,
  type MintingDeps,
  type Mint,
} from './credential-methods.ts';
import type { RouteEntry } from './dispatcher.ts';
import * as error from './google-error.ts';
import type { IamPermission, IamPolicy } from './iam.ts';
import { parseJsonObject, type JsonObject } from './json-object.ts';
import { htmlReply, jsonReply, Refused, type GoogleReply, type GoogleRequest } from './reply.ts';
import { hasScope } from './scopes.ts';
import type { ServiceAccount, ServiceAccounts } from './service-accounts.ts';

const SERVICE = 'iamcredentials.googleapis.com';
const DELEGATE = /^projects\/-\/serviceAccounts\/([^/]+)$/;

export interface IamCredentialsDeps extends MintingDeps {
  authenticate: Authenticate;
  accounts: ServiceAccounts;
  policy: IamPolicy;
}

interface Method {
  readonly rpc: string;
  readonly permission: IamPermission;
  /** Request members; any other is refused, as the real service does. */
  readonly members: readonly string[];
  readonly mint: Mint;
}

const METHODS = {
  generateAccessToken: {
    rpc: 'GenerateAccessToken',
    permission: 'iam.serviceAccounts.getAccessToken',
    members: ['delegates', 'scope', 'lifetime'],
    mint: mintAccessToken,
  },
  generateIdToken: {
    rpc: 'GenerateIdToken',
    permission: 'iam.serviceAccounts.getOpenIdToken',
    // useEmailAzp is undocumented; Google's client libraries send it.
    members: ['delegates', 'audience', 'includeEmail', 'organizationNumberIncluded', 'useEmailAzp'],
    mint: mintIdToken,
  },
  signJwt: {
    rpc: 'SignJwt',
    permission: 'iam.serviceAccounts.signJwt',
    members: ['delegates', 'payload'],
    mint: signJwt,
  },
  signBlob: {
    rpc: 'SignBlob',
    permission: 'iam.serviceAccounts.signBlob',
    members: ['delegates', 'payload'],
    mint: signBlob,
  },
} satisfies Record<string, Method>;

export function iamCredentialsRoutes(deps: IamCredentialsDeps): RouteEntry[] {
  const { authenticate, accounts, policy } = deps;

  return [
    ...(['generateAccessToken', 'generateIdToken', 'signJwt', 'signBlob'] as const).map(
      (route): RouteEntry => ({
        route,
        method: 'POST',
        path: new RegExp(`^/v1/projects/([^/]+)/serviceAccounts/([^/:]+):${route}$`),
        handle: (request) => call(METHODS[route], request),
      }),
    ),
    {
      // Regional access boundary: newer gcloud and Python clients look it up and take 404 as "none".
      route: 'allowedLocations',
      method: 'GET',
      path: /^\/v1\/projects\/[^/]+\/serviceAccounts\/[^/]+\/allowedLocations$/,
      handle: () => htmlReply(404, 'The requested URL was not found on this server.'),
    },
  ];

  async function call(method: Method, request: GoogleRequest): Promise<GoogleReply> {
    const caller = requireCaller(method.rpc, request);
    const [project, name = ''] = request.params;
    const body = requireBody(method, request);
    if (project !== '-') throw error.invalidArgument();
    const answer = method.mint(deps, body);
    const target = requireAccount(name);
    requireChain(caller, requireDelegates(body['delegates']), target, method.permission);
    return jsonReply(200, await answer(target));
  }

  /** The caller's e-mail. */
  function requireCaller(rpc: string, request: GoogleRequest): string {
    const method = `google.iam.credentials.v1.IAMCredentials.${rpc}`;
    const caller = authenticate(request);
    const info = (reason: string, more = {}): error.ErrorInfo => ({
      reason,
      domain: 'googleapis.com',
      metadata: { ...more, method, service: SERVICE },
    });
    if (caller.kind === 'anonymous') throw error.credentialsMissing(info('CREDENTIALS_MISSING'));
    if (caller.kind === 'invalid') throw error.unauthenticated();
    if (caller.kind === 'inactive')
      throw error.unauthenticated(info('ACCOUNT_STATE_INVALID', { email: caller.email }));
    if (!hasScope(caller.token.scopes, ['cloud-platform', 'iam']))
      throw error.scopeInsufficient(SERVICE, method);
    // A downscoped token is good for Cloud Storage only.
    if (caller.token.boundary !== undefined)
      throw error.permissionDenied('iam.serviceAccounts.getAccessToken');
    if (!policy.isApiEnabled()) throw error.serviceDisabled(SERVICE, 'IAM Service Account Credentials API');
    return caller.email;
  }

  function requireAccount(name: string): ServiceAccount {
    const account = accounts.find(name);
    if (account === undefined)
      throw new Refused(error.googleError(404, `Not found; Gaia id not found for email ${name}`));
    return account;
  }

  function requireDelegates(delegates: unknown): ServiceAccount[] {
    if (delegates === undefined || delegates === null) return [];
    if (!Array.isArray(delegates)) throw error.invalidArgument();
    return delegates.map((delegate: unknown) => {
      const name = typeof delegate === 'string' ? DELEGATE.exec(delegate)?.[1] : undefined;
      if (name === undefined) throw error.invalidArgument();
      return requireAccount(name);
    });
  }

  /**
   * https://cloud.google.com/iam/docs/create-short-lived-credentials-delegated: each account of the chain needs
   * the right to act on the next one. Nobody, not even the account itself, has it implicitly.
   */
  function requireChain(
    caller: string,
    delegates: readonly ServiceAccount[],
    target: ServiceAccount,
    permission: IamPermission,
  ): void {
    let actor = caller;
    for (const delegate of delegates) {
      requirePermission({
        caller: actor,
        permission: 'iam.serviceAccounts.implicitDelegation',
        on: delegate.email,
      });
      requireEnabled(delegate, permission);
      actor = delegate.email;
    }
    requirePermission({ caller: actor, permission, on: target.email });
    requireEnabled(target, permission);
  }

  function requirePermission(needed: { caller: string; permission: IamPermission; on: string }): void {
    if (!policy.isAllowed(needed)) throw error.permissionDenied(needed.permission);
  }
}

function requireBody(method: Method, request: GoogleRequest): JsonObject {
  const body = request.body.length === 0 ? {} : parseJsonObject(request.body.toString());
  if (body === undefined) throw error.invalidArgument('Invalid JSON payload received.');
  const stranger = Object.keys(body).find((member) => !method.members.includes(member));
  if (stranger !== undefined) {
    throw error.invalidArgument(
      `Invalid JSON payload received. Unknown name "${stranger}": Cannot find field.`,
    );
  }
  return body;
}

/** What a disabled account answers is not recorded anywhere; the test chooses the status. */
function requireEnabled({ disabledStatus }: ServiceAccount, permission: IamPermission): void {
  if (disabledStatus === undefined) return;
  if (disabledStatus === 403) throw error.permissionDenied(permission);
  if (disabledStatus === 404) throw new Refused(error.googleError(404, 'Requested entity was not found.'));
  throw new Refused(error.googleError(400, 'Precondition check failed.', undefined, 'FAILED_PRECONDITION'));
}
