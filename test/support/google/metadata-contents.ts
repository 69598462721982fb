// What one machine's metadata server holds. Leaves follow
// https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys and, for Cloud Run,
// https://cloud.google.com/run/docs/container-contract#metadata-server
import type { AccessTokens } from './access-tokens.ts';
import type { GoogleClock } from './google-clock.ts';
import type { GoogleKeys } from './google-keys.ts';
import {
  cloudRunTokenClaims,
  identityTokenClaims,
  licensedIdentityTokenClaims,
  standardIdentityTokenClaims,
  type CloudRunIdentity,
  type VmIdentity,
} from './identity-token-claims.ts';
import type { JsonObject } from './json-object.ts';
import { directory, endpoint, value, type Directory, type MetadataNode } from './metadata-tree.ts';
import { htmlReply, textReply, type GoogleReply, type GoogleRequest } from './reply.ts';
import type { Rs256Signer } from './rs256-signer.ts';
import { CLOUD_PLATFORM } from './scopes.ts';
import type { ServiceAccount } from './service-accounts.ts';

export interface MetadataDeps {
  clock: GoogleClock;
  accessTokens: AccessTokens;
  keys: GoogleKeys;
  signer: Rs256Signer;
}

const LIFETIME_SECONDS = 3600;
/** The real server gives the same token again until so long before its expiry. */
const RENEWAL_SECONDS = 300;

export function metadataOf(
  deps: MetadataDeps,
  identity: VmIdentity | CloudRunIdentity,
  account: ServiceAccount,
): Directory {
  const { projectId, projectNumber } = 'instance' in identity ? identity.instance : identity;
  return directory({
    computeMetadata: directory({
      v1: directory({
        instance: directory({
          ...placeOf(identity),
          'service-accounts': serviceAccounts(deps, identity, account),
        }),
        project: directory({
          attributes: directory({}),
          'numeric-project-id': value(projectNumber),
          'project-id': value(projectId),
        }),
        // No universe/: its absence means googleapis.com.
      }),
    }),
  });
}

function placeOf(identity: VmIdentity | CloudRunIdentity): Record<string, MetadataNode> {
  if (!('instance' in identity)) {
    const { projectNumber, region } = identity;
    return {
      id: value('00f46b9285a3'.padEnd(64, '0')),
      region: value(`projects/${projectNumber}/regions/${region}`),
      zone: value(`projects/${projectNumber}/zones/${region}-1`),
    };
  }
  const { id, name, zone, projectId, projectNumber } = identity.instance;
  return {
    attributes: directory({}),
    hostname: value(`${name}.${zone}.c.${projectId}.internal`),
    id: value(id),
    'machine-type': value(`projects/${projectNumber}/machineTypes/e2-medium`),
    name: value(name),
    zone: value(`projects/${projectNumber}/zones/${zone}`),
  };
}

function serviceAccounts(
  deps: MetadataDeps,
  identity: VmIdentity | CloudRunIdentity,
  account: ServiceAccount,
): Directory {
  const scopes = identity.scopes ?? [CLOUD_PLATFORM];
  const one = directory({
    aliases: value(['default']),
    email: value(account.email),
    identity: endpoint((request) =>
      identityToken(deps, { ...identity, uniqueId: account.uniqueId }, request),
    ),
    scopes: value(scopes),
    token: endpoint(cachedAccessToken(deps, account, scopes)),
  });
  return directory({ default: one, [account.email]: one });
}

async function identityToken(
  { clock, keys, signer }: MetadataDeps,
  identity: VmIdentity | CloudRunIdentity,
  { query }: GoogleRequest,
): Promise<GoogleReply> {
  const audience = query.get('audience') ?? '';
  if (audience === '') return htmlReply(400, 'non-empty audience parameter required');
  const format = query.get('format') ?? 'standard';
  if (format !== 'standard' && format !== 'full') return htmlReply(400, 'format must be standard or full');
  const licenses = query.get('licenses')?.toUpperCase() === 'TRUE';
  const claims = claimsOf(identity, audience, clock.nowSeconds(), { format, licenses });
  return textReply(200, await signer(keys.signing, JSON.stringify(claims)), 'text/html');
}

function claimsOf(
  identity: VmIdentity | CloudRunIdentity,
  audience: string,
  nowSeconds: number,
  { format, licenses }: { format: 'standard' | 'full'; licenses: boolean },
): JsonObject {
  if (!('instance' in identity)) return cloudRunTokenClaims(identity, audience, nowSeconds);
  if (format === 'standard') return standardIdentityTokenClaims(identity, audience, nowSeconds);
  if (licenses) return licensedIdentityTokenClaims(identity, audience, nowSeconds);
  return identityTokenClaims(identity, audience, nowSeconds);
}

/** `?scopes=` changes nothing: on a VM the access scopes decide. */
function cachedAccessToken(
  { clock, accessTokens }: MetadataDeps,
  { email, clientId }: ServiceAccount,
  scopes: readonly string[],
): () => Promise<GoogleReply> {
  let current = { accessToken: '', expiresAt: 0 };
  return async () => {
    const now = clock.nowSeconds();
    if (current.expiresAt - now <= RENEWAL_SECONDS) {
      const info = { principal: `serviceAccount:${email}`, scopes, clientId };
      current = {
        accessToken: accessTokens.mintFor(info, LIFETIME_SECONDS),
        expiresAt: now + LIFETIME_SECONDS,
      };
    }
    const { accessToken, expiresAt } = current;
    const body = { access_token: accessToken, expires_in: expiresAt - now, token_type: 'Bearer' };
    return textReply(200, JSON.stringify(body), 'application/json');
  };
}
