/**
 * In what a token would be more than the stored documents and the request allow: each limit by itself, read off the
 * documents as they are stored.
 */

import type { AuthorizedGrant } from '../../../shared/grants/authorized-grant.ts';
import type { GrantDocuments } from '../../../shared/grants/grant-store.ts';
import { CLOUD_PLATFORM, READ_ONLY, READ_WRITE } from '../../support/world/world.ts';
import type { Ask, Caller, Ceilings } from './expected-decision.ts';

export interface Situation {
  readonly caller: Caller;
  readonly ceilings: Ceilings;
  readonly asked: Ask;
  readonly documents: GrantDocuments;
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown) => (value ?? {}) as Fields;
const own = (fields: Fields, name: string) => (Object.hasOwn(fields, name) ? fields[name] : undefined);
const list = (value: unknown) => (value ?? []) as readonly string[];
const instantMs = (value: unknown) => {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  return (value instanceof Date ? value : (value as { toDate(): Date }).toDate()).getTime();
};

export function excesses(
  grant: AuthorizedGrant,
  { caller, ceilings, asked, documents }: Situation,
): string[] {
  const { member } = grant.target;
  const envelopes = [documents.instance, documents.serviceAccount].filter((one) => one !== undefined);
  const killSwitch = fieldsOf(documents.killSwitch?.data);
  const holder = envelopes.find(({ data }) => Object.hasOwn(fieldsOf(fieldsOf(data)['grants']), member));
  const source = fieldsOf(own(fieldsOf(fieldsOf(holder?.data)['grants']), member));
  const chain = grant.type === 'delegation' ? [grant.signer] : grant.delegates;
  const stopped = [member, ...chain.map((email) => `serviceAccount:${email}`)];
  const storedScopes = list(source['scopes']);
  const isCovered = (scope: string) =>
    grant.type === 'access_token' &&
    storedScopes.includes(CLOUD_PLATFORM) &&
    [READ_ONLY, READ_WRITE].includes(scope);
  const othersOfKind = envelopes
    .flatMap(({ data }) => Object.keys(fieldsOf(fieldsOf(data)['grants'])))
    .filter((key) => key.startsWith(`${grant.target.kind}:`) && key !== member);
  const expiriesMs = [source, ...envelopes.map(({ data }) => fieldsOf(data))].map((one) =>
    instantMs(one['expiresAt']),
  );
  const leftMs = Math.min(...expiriesMs) - caller.nowMs;

  const broken: Readonly<Record<string, boolean>> = {
    'a document that is not the instance’s, though that has a grant': grant.grantPath !== holder?.path,
    'another target than the one that was asked for': (asked.target ?? member) !== member,
    'one of several targets': asked.target === undefined && othersOfKind.length > 0,
    'a caller or a target that the kill switch stops':
      killSwitch['engaged'] === true ||
      list(killSwitch['targets']).some((one) => stopped.includes(one)) ||
      list(killSwitch['principals']).some(
        (id) => id === caller.ids.instance || id === caller.ids.serviceAccount,
      ),
    'a caller that is disabled': envelopes.some(({ data }) => fieldsOf(data)['disabled'] === true),
    'a caller that is pinned to another number': envelopes.some(
      ({ data }) => (fieldsOf(data)['uniqueId'] ?? caller.uniqueId) !== caller.uniqueId,
    ),
    'a life after an expiry': leftMs < 1000,
    'a scope that is not granted': grant.scopes.some((one) => !storedScopes.includes(one) && !isCovered(one)),
    'a scope that was not asked for':
      asked.scopes?.includes(CLOUD_PLATFORM) === false &&
      grant.scopes.some((one) => asked.scopes?.includes(one) === false),
    'another kind of token': (grant.type === 'id_token') !== (asked.tokenType === 'id_token'),
    'an access token for a resource': grant.type !== 'id_token' && asked.resource !== undefined,
    'an access token without scopes': grant.type !== 'id_token' && grant.scopes.length === 0,
  };
  const excess = Object.keys(broken).filter((name) => broken[name]);
  return [...excess, ...excessesOfType(grant, { caller, ceilings, asked, documents }, source, leftMs)];
}

function excessesOfType(
  grant: AuthorizedGrant,
  { asked, ceilings }: Situation,
  source: Fields,
  leftMs: number,
): string[] {
  const delegates = list(source['delegates']);
  switch (grant.type) {
    case 'access_token': {
      const limit = Math.min(Number(source['lifetimeSeconds'] ?? 3600), leftMs / 1000);
      const isOther = grant.delegates.join() !== delegates.join();
      return [
        ...(grant.lifetimeSeconds > limit ? ['a longer life than is left'] : []),
        ...(Number.isInteger(grant.lifetimeSeconds) && grant.lifetimeSeconds > 0 ? [] : ['an odd life']),
        ...(isOther ? ['another chain of delegates'] : []),
      ];
    }
    case 'id_token': {
      const isGranted = list(source['idTokenAudiences']).includes(grant.audience);
      const isOther = grant.delegates.join() !== delegates.join();
      return [
        ...(isGranted && grant.audience === asked.resource ? [] : ['another audience']),
        ...(isOther ? ['another chain of delegates'] : []),
      ];
    }
    case 'delegation': {
      const { email } = grant.target;
      const isBelow =
        ceilings.signers.includes(grant.signer) &&
        ceilings.subjects.some((subject) => email === subject || email.replace(/^[^@]*/, '') === subject) &&
        grant.scopes.every((scope) => ceilings.scopes.includes(scope));
      return [
        ...(grant.signer === source['signer'] ? [] : ['another signer']),
        ...(isBelow ? [] : ['more than a ceiling allows']),
      ];
    }
  }
}
