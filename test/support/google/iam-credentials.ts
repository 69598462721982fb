// iamcredentials.googleapis.com v1:
// https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts
// Whether a call is allowed is in `credential-access.ts`, what each method makes in `credential-methods.ts`.
import { createCredentialAccess, type CredentialAccessDeps } from './credential-access.ts';
import {
  mintAccessToken,
  mintIdToken,
  signBlob,
  signJwt,
  type MintingDeps,
  type Mint,
} from './credential-methods.ts';
import type { RouteEntry } from './dispatcher.ts';
import { invalidArgument } from './google-error.ts';
import type { IamPermission } from './iam.ts';
import { parseJsonObject, type JsonObject } from './json-object.ts';
import { htmlReply, jsonReply, type GoogleReply, type GoogleRequest } from './reply.ts';

export type IamCredentialsDeps = MintingDeps & CredentialAccessDeps;

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
  const access = createCredentialAccess(deps);

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
    const caller = access.requireCaller(method.rpc, request);
    const [project, name = ''] = request.params;
    const body = requireBody(method, request);
    if (project !== '-') throw invalidArgument();
    const answer = method.mint(deps, body);
    const target = access.requireAccount(name);
    access.requireChain(caller, access.requireDelegates(body['delegates']), target, method.permission);
    return jsonReply(200, await answer(target));
  }
}

function requireBody(method: Method, request: GoogleRequest): JsonObject {
  const body = request.body.length === 0 ? {} : parseJsonObject(request.body.toString());
  if (body === undefined) throw invalidArgument('Invalid JSON payload received.');
  const stranger = Object.keys(body).find((member) => !method.members.includes(member));
  if (stranger !== undefined) {
    throw invalidArgument(`Invalid JSON payload received. Unknown name "${stranger}": Cannot find field.`);
  }
  return body;
}
