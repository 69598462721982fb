/**
 * What must come of a request, said once more and slowly: the rules of authorization in the order in which they count,
 * as sentences about what the documents mean. Nothing here is shared with the code that is judged by it.
 */

import { CLOUD_PLATFORM, READ_ONLY, READ_WRITE } from '../../support/world/world.ts';
import type { GeneratedDocuments, Setting } from './generated-documents.ts';
import type { GrantMeaning, Kind, Written } from './generated-grants.ts';

export interface Ask {
  readonly tokenType: 'access_token' | 'id_token';
  /** `undefined`: the only one. */
  readonly target: string | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly resource: string | undefined;
}

export interface Caller extends Setting {
  readonly serviceAccount: string;
  readonly zone: string;
  readonly projectNumber: number;
  readonly confidential: boolean;
}

export interface Ceilings {
  readonly signers: readonly string[];
  readonly subjects: readonly string[];
  readonly scopes: readonly string[];
}

export type Token = Readonly<Record<string, unknown>>;

/** `reasons`: those of all the rules that are broken at the first step at which any is. */
export type Expectation = { readonly reasons: readonly string[] } | { readonly granted: Token };

const MALFORMED = 'document_malformed';

/** Of the scopes that are generated, those that a token of cloud-platform is worth anyway. */
const BELOW_CLOUD_PLATFORM = [READ_ONLY, READ_WRITE];

interface Found {
  readonly path: string;
  readonly member: string;
  readonly grant: GrantMeaning;
}

export function expectedDecision(
  kind: Kind,
  caller: Caller,
  ask: Ask,
  documents: GeneratedDocuments,
  ceilings: Ceilings,
): Expectation {
  const broken = {
    killSwitch: killSwitchRules(caller, ask, documents),
    envelope: envelopeRules(caller, documents),
  };
  if (broken.killSwitch.length > 0) return { reasons: broken.killSwitch };
  if (broken.envelope.length > 0) return { reasons: broken.envelope };

  const found = chosenGrant(kind, caller, ask, documents);
  if ('reasons' in found) return found;

  const { grant, member, path } = found;
  const secondsLeft = secondsToLive(found, documents);
  const scopes = ask.tokenType === 'id_token' ? [] : givenScopes(kind, grant.scopes, ask.scopes);
  const steps: readonly (readonly string[])[] = [
    killSwitchRulesOfGrant(found, documents),
    kind === 'user' ? ceilingRules(found, ceilings) : [],
    secondsLeft < 1 ? ['grant_expired'] : [],
    conditionRules(caller, found, scopes),
    audienceRules(ask, grant),
    ask.tokenType === 'access_token' && scopes.length === 0 ? ['scope_not_granted'] : [],
  ];
  const reasons = steps.find((step) => step.length > 0);
  if (reasons !== undefined) return { reasons };

  const email = member.slice(member.indexOf(':') + 1);
  const common = { grantPath: path, target: { kind, email, member }, scopes };
  if (kind === 'user') return { granted: { ...common, type: 'delegation', signer: grant.signer } };
  const { delegates } = grant;
  if (ask.tokenType === 'id_token') {
    return { granted: { ...common, type: 'id_token', audience: ask.resource, delegates } };
  }
  const lifetimeSeconds = Math.min(grant.lifetimeSeconds, secondsLeft);
  return { granted: { ...common, type: 'access_token', lifetimeSeconds, delegates } };
}

function killSwitchRules({ ids }: Caller, { target }: Ask, { killSwitch }: GeneratedDocuments): string[] {
  if (killSwitch === undefined) return [];
  const { meaning } = killSwitch;
  if (meaning === 'malformed') return [MALFORMED];
  const stopsCaller =
    meaning.principals.includes(ids.instance) || meaning.principals.includes(ids.serviceAccount);
  return [
    ...(meaning.engaged ? ['kill_switch_engaged'] : []),
    ...(stopsCaller ? ['kill_switch_principal'] : []),
    ...(target !== undefined && meaning.targets.includes(target) ? ['kill_switch_target'] : []),
  ];
}

/** What is wrong with either document refuses everything. */
function envelopeRules(caller: Caller, { instance, serviceAccount }: GeneratedDocuments): string[] {
  return [instance, serviceAccount].flatMap((document) => {
    if (document === undefined) return [];
    if (document.meaning === 'malformed') return [MALFORMED];
    const { disabled, expiresInMs, uniqueId } = document.meaning;
    return [
      ...(disabled ? ['principal_disabled'] : []),
      ...(expiresInMs < 1000 ? ['principal_expired'] : []),
      ...(uniqueId !== undefined && uniqueId !== caller.uniqueId ? ['principal_pin_mismatch'] : []),
    ];
  });
}

/** The instance's grant for a target hides the fleet's, whatever its state. */
function chosenGrant(
  kind: Kind,
  { ids }: Caller,
  { target }: Ask,
  { instance, serviceAccount }: GeneratedDocuments,
): Found | { readonly reasons: readonly string[] } {
  if (target !== undefined && !target.startsWith(`${kind}:`)) return { reasons: ['target_kind_mismatch'] };
  if (instance === undefined && serviceAccount === undefined) return { reasons: ['principal_unknown'] };

  const ofInstance = grantsOf(instance);
  const ofFleet = grantsOf(serviceAccount);
  const keys = [...ofInstance.keys(), ...ofFleet.keys()].filter((key) => key.startsWith(`${kind}:`));
  const targets = new Set(keys);
  const [only] = targets;
  if (target === undefined && targets.size > 1) return { reasons: ['target_ambiguous'] };
  const member = target ?? only;
  if (member === undefined || !targets.has(member)) return { reasons: ['no_grant'] };

  const isInstances = ofInstance.has(member);
  const grant = isInstances ? ofInstance.get(member) : ofFleet.get(member);
  if (grant === undefined || grant === 'malformed') return { reasons: [MALFORMED] };
  return { path: `principals/${isInstances ? ids.instance : ids.serviceAccount}`, member, grant };
}

function grantsOf(document: GeneratedDocuments['instance']): ReadonlyMap<string, GrantMeaning | 'malformed'> {
  return document === undefined || document.meaning === 'malformed' ? new Map() : document.meaning.grants;
}

/** A listed target also stops who would sign or stand in between. */
function killSwitchRulesOfGrant({ member, grant }: Found, { killSwitch }: GeneratedDocuments): string[] {
  if (killSwitch === undefined || killSwitch.meaning === 'malformed') return [];
  const between = member.startsWith('user:') ? [grant.signer] : grant.delegates;
  const involved = [member, ...between.map((email) => `serviceAccount:${email}`)];
  return involved.some((one) => meansTarget(killSwitch, one)) ? ['kill_switch_target'] : [];
}

function meansTarget({ meaning }: Written<{ readonly targets: readonly string[] }>, member: string): boolean {
  return meaning !== 'malformed' && meaning.targets.includes(member);
}

function ceilingRules({ member, grant }: Found, { signers, subjects, scopes }: Ceilings): string[] {
  const email = member.slice('user:'.length);
  const domain = email.slice(email.indexOf('@'));
  return [
    ...(signers.includes(grant.signer) ? [] : ['ceiling_signer']),
    ...(subjects.includes(email) || subjects.includes(domain) ? [] : ['ceiling_subject']),
    ...(grant.scopes.every((scope) => scopes.includes(scope)) ? [] : ['ceiling_scope']),
  ];
}

/** Whole seconds until the grant or either document expires, whichever comes first. */
function secondsToLive({ grant }: Found, { instance, serviceAccount }: GeneratedDocuments): number {
  const documents = [instance, serviceAccount].map((document) =>
    document === undefined || document.meaning === 'malformed'
      ? Number.POSITIVE_INFINITY
      : document.meaning.expiresInMs,
  );
  return Math.floor(Math.min(grant.expiresInMs, ...documents) / 1000);
}

function conditionRules(caller: Caller, { grant, member }: Found, scopes: readonly string[]): string[] {
  const holds = grant.condition?.holds({ ...caller, scopes, target: member }) ?? true;
  if (holds === 'malformed') return [MALFORMED];
  return holds ? [] : ['condition_false'];
}

function audienceRules({ tokenType, resource }: Ask, { idTokenAudiences }: GrantMeaning): string[] {
  if (tokenType === 'access_token') return resource === undefined ? [] : ['resource_for_access_token'];
  if (resource === undefined) return ['resource_missing'];
  return idTokenAudiences.includes(resource) ? [] : ['resource_not_granted'];
}

/** What is both asked and granted; asking for nothing, or for cloud-platform, is asking for all that is granted. */
function givenScopes(
  kind: Kind,
  granted: readonly string[],
  asked: readonly string[] | undefined,
): readonly string[] {
  if (asked === undefined || asked.includes(CLOUD_PLATFORM)) return granted;
  const covered = kind === 'serviceAccount' && granted.includes(CLOUD_PLATFORM) ? BELOW_CLOUD_PLATFORM : [];
  return asked.filter((scope) => granted.includes(scope) || covered.includes(scope));
}
