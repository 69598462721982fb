import { beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeRequest } from '../../../shared/exchange-request.ts';
import { Fault } from '../../../shared/fault.ts';
import { authorizeDelegation, authorizeImpersonation } from '../../../shared/grants/authorize.ts';
import { createConditionEvaluator } from '../../../shared/grants/condition.ts';
import type { GrantDocuments } from '../../../shared/grants/grant-store.ts';
import type { Principal } from '../../../shared/identity/principal.ts';
import { Refusal } from '../../../shared/refusal.ts';
import { verifiedWorker, WORKER, WORKER_IDS } from '../../support/domain/callers.ts';
import { NOW, SECOND } from '../../support/domain/clock.ts';
import {
  accessTokenRequest,
  ALICE,
  ALICE_GRANT,
  ALICE_MEMBER,
  API,
  BIGQUERY,
  CLOUD_PLATFORM,
  DRIVE,
  fleetDocument,
  idTokenRequest,
  instanceDocument,
  killSwitch,
  question,
  SIGNER,
  STORAGE,
  TRAINER,
  TRAINER_GRANT,
  TRAINER_MEMBER,
} from '../../support/domain/questions.ts';

const FLEET = `principals/${WORKER_IDS.serviceAccount}`;
const INSTANCE = `principals/${WORKER_IDS.instance}`;
const CEILINGS = { signers: [SIGNER], subjects: [ALICE], scopes: [DRIVE] };
const OTHER_PIN = { uniqueId: '999999999999999999999' };
const EXPIRED = { expiresAt: NOW };

const evaluate = createConditionEvaluator();

let worker: Principal;
beforeAll(async () => {
  worker = await verifiedWorker();
});

type Documents = Partial<GrantDocuments>;

function impersonate(documents: Documents, request: ExchangeRequest = accessTokenRequest()) {
  return authorizeImpersonation(question(worker, request, documents), evaluate);
}

function delegate(
  documents: Documents,
  request: ExchangeRequest = accessTokenRequest(),
  ceilings = CEILINGS,
) {
  return authorizeDelegation(question(worker, request, documents), evaluate, ceilings);
}

/** The fleet's document with the usual grant of the trainer, changed. */
function fleetOfTrainer(grant: object = {}, envelope: Readonly<Record<string, unknown>> = {}): Documents {
  return { serviceAccount: fleetDocument({ [TRAINER_MEMBER]: { ...TRAINER_GRANT, ...grant } }, envelope) };
}

/** The fleet's document with the usual grant of alice, changed. */
function fleetOfAlice(grant: object = {}, envelope: Readonly<Record<string, unknown>> = {}): Documents {
  return { serviceAccount: fleetDocument({ [ALICE_MEMBER]: { ...ALICE_GRANT, ...grant } }, envelope) };
}

describe('an access token of a service account', () => {
  it('is for all that the grant says, where nothing else is asked', () => {
    const delegates = ['middle@acme-data.iam.gserviceaccount.com'];
    expect(
      impersonate(fleetOfTrainer({ scopes: [STORAGE, BIGQUERY], lifetimeSeconds: 7200, delegates })),
    ).toEqual({
      type: 'access_token',
      grantPath: FLEET,
      target: { kind: 'serviceAccount', email: TRAINER, member: TRAINER_MEMBER },
      scopes: [STORAGE, BIGQUERY],
      lifetimeSeconds: 7200,
      delegates,
    });
  });

  it('names the document that holds the grant', () => {
    const instance = instanceDocument({ [TRAINER_MEMBER]: TRAINER_GRANT });
    expect(impersonate({ ...fleetOfTrainer(), instance }).grantPath).toBe(INSTANCE);
  });

  it.each([
    { asked: STORAGE, given: [STORAGE] },
    { asked: `${BIGQUERY} ${DRIVE}`, given: [BIGQUERY] },
    { asked: CLOUD_PLATFORM, given: [STORAGE, BIGQUERY] },
  ])('asked with $asked has $given', ({ asked, given }) => {
    const documents = fleetOfTrainer({ scopes: [STORAGE, BIGQUERY] });
    expect(impersonate(documents, accessTokenRequest({ scope: asked })).scopes).toEqual(given);
  });

  it('is covered by a grant of cloud-platform', () => {
    const documents = fleetOfTrainer({ scopes: [CLOUD_PLATFORM] });
    expect(impersonate(documents, accessTokenRequest({ scope: BIGQUERY })).scopes).toEqual([BIGQUERY]);
  });

  it.each([
    { where: 'the grant', documents: fleetOfTrainer({ expiresAt: inSeconds(1000.9) }) },
    { where: 'the document', documents: fleetOfTrainer({}, { expiresAt: inSeconds(1000.9) }) },
    {
      where: 'the other document',
      documents: { ...fleetOfTrainer(), instance: instanceDocument({}, { expiresAt: inSeconds(1000.9) }) },
    },
    {
      where: 'the nearest of all',
      documents: fleetOfTrainer({ expiresAt: inSeconds(2000) }, { expiresAt: inSeconds(1000) }),
    },
  ])('does not outlive the expiry of $where', ({ documents }) => {
    expect(impersonate(documents)).toMatchObject({ lifetimeSeconds: 1000 });
  });

  it('is not prolonged by a distant expiry', () => {
    expect(impersonate(fleetOfTrainer({ expiresAt: inSeconds(100_000) }))).toMatchObject({
      lifetimeSeconds: 3600,
    });
  });

  it('leaves the stored document as it was', () => {
    const documents = fleetOfTrainer({ scopes: Object.freeze([STORAGE, BIGQUERY]) });
    const before = structuredClone(documents);
    impersonate(documents, accessTokenRequest({ scope: BIGQUERY }));
    expect(documents).toEqual(before);
  });
});

describe('an ID token of a service account', () => {
  it('is for one granted audience, and has no scopes', () => {
    const documents = fleetOfTrainer({ idTokenAudiences: ['https://other.example', API] });
    expect(impersonate(documents, idTokenRequest({ resource: API, scope: DRIVE }))).toEqual({
      type: 'id_token',
      grantPath: FLEET,
      target: { kind: 'serviceAccount', email: TRAINER, member: TRAINER_MEMBER },
      scopes: [],
      audience: API,
      delegates: [],
    });
  });

  it('needs no scopes in its grant', () => {
    const serviceAccount = fleetDocument({ [TRAINER_MEMBER]: { idTokenAudiences: [API] } });
    expect(impersonate({ serviceAccount }, idTokenRequest({ resource: API }))).toMatchObject({
      audience: API,
    });
  });

  it('shows its condition no scopes', () => {
    const documents = fleetOfTrainer({ condition: 'size(request.scopes) == 0' });
    expect(impersonate(documents, idTokenRequest({ resource: API })).type).toBe('id_token');
  });

  it.each([`${API}/`, API.toUpperCase(), API.slice(0, -1), `${API},https://other.example`])(
    'is refused for the audience %s',
    (resource) => {
      expect(() => impersonate(fleetOfTrainer(), idTokenRequest({ resource }))).toThrow(
        new Refusal('resource_not_granted'),
      );
    },
  );

  it('is refused without an audience', () => {
    expect(() => impersonate(fleetOfTrainer(), idTokenRequest())).toThrow(new Refusal('resource_missing'));
  });

  it('is refused where the grant lists no audiences', () => {
    const serviceAccount = fleetDocument({ [TRAINER_MEMBER]: { scopes: [STORAGE] } });
    expect(() => impersonate({ serviceAccount }, idTokenRequest({ resource: API }))).toThrow(
      new Refusal('resource_not_granted'),
    );
  });
});

describe('an access token of a user', () => {
  it('is signed for by the signer of the grant', () => {
    expect(delegate(fleetOfAlice())).toEqual({
      type: 'delegation',
      grantPath: FLEET,
      target: { kind: 'user', email: ALICE, member: ALICE_MEMBER },
      scopes: [DRIVE],
      signer: SIGNER,
    });
  });

  it('matches scopes exactly: cloud-platform covers no other', () => {
    const ceilings = { ...CEILINGS, scopes: [CLOUD_PLATFORM] };
    const documents = fleetOfAlice({ scopes: [CLOUD_PLATFORM] });
    expect(() => delegate(documents, accessTokenRequest({ scope: BIGQUERY }), ceilings)).toThrow(
      new Refusal('scope_not_granted'),
    );
  });

  it('is measured against the ceilings by all that is granted, not by what is asked', () => {
    const documents = fleetOfAlice({ scopes: [DRIVE, BIGQUERY] });
    expect(() => delegate(documents, accessTokenRequest({ scope: DRIVE }))).toThrow(
      new Refusal('ceiling_scope', BIGQUERY),
    );
  });
});

describe('a condition', () => {
  it('decides on the effective scopes', () => {
    const documents = fleetOfTrainer({
      scopes: [STORAGE, BIGQUERY],
      condition: `request.scopes == ['${BIGQUERY}']`,
    });
    expect(impersonate(documents, accessTokenRequest({ scope: `${BIGQUERY} ${DRIVE}` })).scopes).toEqual([
      BIGQUERY,
    ]);
    expect(() => impersonate(documents)).toThrow(new Refusal('condition_false', FLEET));
  });

  it('decides on the target that was chosen, named or not', () => {
    const documents = fleetOfTrainer({ condition: `request.target == '${TRAINER_MEMBER}'` });
    expect(impersonate(documents).target.member).toBe(TRAINER_MEMBER);
  });

  it.each([
    { condition: 'vm.zone == "a"', problem: 'Unknown variable: vm' },
    { condition: 'instance.name', problem: 'is of type string, not bool' },
    { condition: '1 / 0 == 1', problem: 'division by zero' },
  ])('that is $condition is a fault of the document', ({ condition, problem }) => {
    const detail = `${FLEET}: grants.${TRAINER_MEMBER}.condition ${problem}`;
    expect(() => impersonate(fleetOfTrainer({ condition }))).toThrow(
      new Fault('document_malformed', { detail }),
    );
  });
});

describe('both documents', () => {
  it.each([
    { what: 'disabled', envelope: { disabled: true }, reason: 'principal_disabled' },
    { what: 'expired', envelope: EXPIRED, reason: 'principal_expired' },
    { what: 'pinned to another account', envelope: OTHER_PIN, reason: 'principal_pin_mismatch' },
  ] as const)('refuse everything where either is $what', ({ envelope, reason }) => {
    const grants = { [TRAINER_MEMBER]: TRAINER_GRANT };
    expect(() =>
      impersonate({ serviceAccount: fleetDocument(grants), instance: instanceDocument({}, envelope) }),
    ).toThrow(new Refusal(reason, INSTANCE));
    expect(() =>
      impersonate({ serviceAccount: fleetDocument({}, envelope), instance: instanceDocument(grants) }),
    ).toThrow(new Refusal(reason, FLEET));
  });

  it('are a fault where either is malformed', () => {
    const grants = { [TRAINER_MEMBER]: TRAINER_GRANT };
    const instance = instanceDocument(grants, { disable: true });
    const unknown = 'disable is not a field that this document may have';
    expect(() => impersonate({ serviceAccount: fleetDocument(grants), instance })).toThrow(
      new Fault('document_malformed', { detail: `${INSTANCE}: ${unknown}` }),
    );
    const serviceAccount = fleetDocument(grants, { disable: true });
    expect(() => impersonate({ serviceAccount, instance: instanceDocument(grants) })).toThrow(
      new Fault('document_malformed', { detail: `${FLEET}: ${unknown}` }),
    );
  });

  it('may carry a pin each, which is the right one', () => {
    const instance = instanceDocument({ [TRAINER_MEMBER]: TRAINER_GRANT }, { uniqueId: WORKER.uniqueId });
    expect(impersonate({ ...fleetOfTrainer(), instance }).grantPath).toBe(INSTANCE);
  });

  it('hold no fallback: an expired grant of the VM hides the live one of the fleet', () => {
    const instance = instanceDocument({ [TRAINER_MEMBER]: { ...TRAINER_GRANT, ...EXPIRED } });
    expect(() => impersonate({ ...fleetOfTrainer(), instance })).toThrow(
      new Refusal('grant_expired', INSTANCE),
    );
  });
});

describe('an expiry', () => {
  const after = (ms: number) => ({ expiresAt: new Date(NOW.getTime() + ms) });

  it('in a second lets a token live for that second', () => {
    expect(impersonate(fleetOfTrainer(after(SECOND)))).toMatchObject({ lifetimeSeconds: 1 });
    expect(impersonate(fleetOfTrainer({}, after(SECOND)))).toMatchObject({ lifetimeSeconds: 1 });
  });

  it.each([SECOND - 1, 0, -1])('in %d ms is over, because tokens live for whole seconds', (ms) => {
    expect(() => impersonate(fleetOfTrainer(after(ms)))).toThrow(new Refusal('grant_expired', FLEET));
    expect(() => impersonate(fleetOfTrainer({}, after(ms)))).toThrow(new Refusal('principal_expired', FLEET));
  });
});

describe('the kill switch', () => {
  const engaged = killSwitch({ engaged: true });

  it.each([
    { what: 'an engaged switch', data: { engaged: true }, refusal: new Refusal('kill_switch_engaged') },
    {
      what: 'the id of the VM',
      data: { principals: [WORKER_IDS.instance] },
      refusal: new Refusal('kill_switch_principal'),
    },
    {
      what: 'the id of the service account',
      data: { principals: [WORKER_IDS.serviceAccount] },
      refusal: new Refusal('kill_switch_principal'),
    },
    {
      what: 'the target',
      data: { targets: [ALICE_MEMBER] },
      refusal: new Refusal('kill_switch_target', ALICE_MEMBER),
    },
    {
      what: 'the signer',
      data: { targets: [`serviceAccount:${SIGNER}`] },
      refusal: new Refusal('kill_switch_target', `serviceAccount:${SIGNER}`),
    },
  ])('stops by $what, whether the target is named or not', ({ data, refusal }) => {
    const documents = { ...fleetOfAlice(), killSwitch: killSwitch(data) };
    expect(() => delegate(documents)).toThrow(refusal);
    expect(() => delegate(documents, accessTokenRequest({ audience: ALICE_MEMBER }))).toThrow(refusal);
  });

  it('stops a chain through a delegate', () => {
    const delegates = ['middle@acme-data.iam.gserviceaccount.com'];
    const member = `serviceAccount:${delegates[0]}`;
    const documents = { ...fleetOfTrainer({ delegates }), killSwitch: killSwitch({ targets: [member] }) };
    expect(() => impersonate(documents)).toThrow(new Refusal('kill_switch_target', member));
  });

  it('leaves others alone', () => {
    const data = { engaged: false, targets: [ALICE_MEMBER], principals: ['instance:1:2'] };
    expect(impersonate({ ...fleetOfTrainer(), killSwitch: killSwitch(data) }).target.member).toBe(
      TRAINER_MEMBER,
    );
  });

  it('is a fault where it is malformed, even if it says engaged', () => {
    const documents = { ...fleetOfTrainer(), killSwitch: killSwitch({ engaged: true, target: [] }) };
    const detail = 'controls/kill-switch: target is not a field that this document may have';
    expect(() => impersonate(documents)).toThrow(new Fault('document_malformed', { detail }));
  });

  it('stops whom nobody knows', () => {
    expect(() => impersonate({ killSwitch: engaged })).toThrow(new Refusal('kill_switch_engaged'));
  });
});

/** Two things are wrong in each row; the first of them is the answer. */
describe('of two reasons the earlier one is given:', () => {
  const OTHER = 'bob@example.com';
  const off = { killSwitch: killSwitch({ engaged: true, principals: [WORKER_IDS.instance] }) };
  const stopsPrincipal = {
    killSwitch: killSwitch({ principals: [WORKER_IDS.instance], targets: [ALICE_MEMBER] }),
  };
  const stopsAlice = { killSwitch: killSwitch({ targets: [ALICE_MEMBER] }) };
  const stopsSigner = { killSwitch: killSwitch({ targets: [`serviceAccount:${SIGNER}`] }) };
  const stopsBoth = { killSwitch: killSwitch({ targets: [ALICE_MEMBER, `serviceAccount:${SIGNER}`] }) };
  const forAlice = accessTokenRequest({ audience: ALICE_MEMBER });
  const forTrainer = accessTokenRequest({ audience: TRAINER_MEMBER });
  const aboveCeiling = { scopes: [DRIVE, BIGQUERY] };
  const malformed = (path: string, problem: string) =>
    new Fault('document_malformed', { detail: `${path}: ${problem}` });

  it.each<{
    readonly first: Refusal | Fault;
    readonly second: string;
    readonly documents: Documents;
    readonly request?: ExchangeRequest;
    readonly ceilings?: typeof CEILINGS;
  }>([
    {
      first: new Refusal('kill_switch_engaged'),
      second: 'a stopped principal',
      documents: { ...fleetOfAlice(), ...off },
    },
    {
      first: new Refusal('kill_switch_principal'),
      second: 'a stopped target',
      documents: { ...fleetOfAlice(), ...stopsPrincipal },
      request: forAlice,
    },
    {
      first: new Refusal('kill_switch_target', ALICE_MEMBER),
      second: 'a malformed envelope',
      documents: { ...fleetOfAlice({}, { disable: true }), ...stopsAlice },
      request: forAlice,
    },
    {
      first: new Refusal('kill_switch_target', ALICE_MEMBER),
      second: 'a disabled principal',
      documents: { ...fleetOfAlice({}, { disabled: true }), ...stopsAlice },
      request: forAlice,
    },
    {
      first: malformed(INSTANCE, 'grants is missing'),
      second: 'a disabled principal',
      documents: { ...fleetOfAlice({}, { disabled: true }), instance: { path: INSTANCE, data: {} } },
    },
    {
      first: new Refusal('principal_disabled', FLEET),
      second: 'an expired principal',
      documents: fleetOfAlice({}, { disabled: true, ...EXPIRED }),
    },
    {
      first: new Refusal('principal_expired', FLEET),
      second: 'another pin',
      documents: fleetOfAlice({}, { ...EXPIRED, ...OTHER_PIN }),
    },
    {
      first: new Refusal('principal_pin_mismatch', INSTANCE),
      second: 'a disabled fleet',
      documents: { ...fleetOfAlice({}, { disabled: true }), instance: instanceDocument({}, OTHER_PIN) },
    },
    {
      first: new Refusal('principal_pin_mismatch', FLEET),
      second: 'a target of the other kind',
      documents: fleetOfAlice({}, OTHER_PIN),
      request: forTrainer,
    },
    {
      first: new Refusal('target_kind_mismatch', TRAINER_MEMBER),
      second: 'an unknown principal',
      documents: {},
      request: forTrainer,
    },
    { first: new Refusal('principal_unknown'), second: 'no grant', documents: {}, request: forAlice },
    {
      first: new Refusal('no_grant', ALICE_MEMBER),
      second: 'several targets',
      documents: { serviceAccount: fleetDocument({ 'user:a@b.c': {}, 'user:b@b.c': {} }) },
      request: forAlice,
    },
    {
      first: new Refusal('target_ambiguous', '2 targets of kind user'),
      second: 'a stopped target',
      documents: {
        serviceAccount: fleetDocument({ [ALICE_MEMBER]: ALICE_GRANT, [`user:${OTHER}`]: ALICE_GRANT }),
        ...stopsAlice,
      },
    },
    {
      first: malformed(FLEET, `grants.${ALICE_MEMBER}.signer is missing`),
      second: 'a target that is stopped once it is chosen',
      documents: { serviceAccount: fleetDocument({ [ALICE_MEMBER]: { scopes: [DRIVE] } }), ...stopsAlice },
    },
    {
      first: new Refusal('kill_switch_target', ALICE_MEMBER),
      second: 'a stopped signer',
      documents: { ...fleetOfAlice(), ...stopsBoth },
    },
    {
      first: new Refusal('kill_switch_target', `serviceAccount:${SIGNER}`),
      second: 'a ceiling',
      documents: { ...fleetOfAlice(aboveCeiling), ...stopsSigner },
    },
    {
      first: new Refusal('ceiling_signer', SIGNER),
      second: 'the ceiling of subjects',
      documents: fleetOfAlice(),
      ceilings: { ...CEILINGS, signers: [], subjects: [] },
    },
    {
      first: new Refusal('ceiling_subject', ALICE),
      second: 'the ceiling of scopes',
      documents: fleetOfAlice(aboveCeiling),
      ceilings: { ...CEILINGS, subjects: [] },
    },
    {
      first: new Refusal('ceiling_scope', BIGQUERY),
      second: 'an expired grant',
      documents: fleetOfAlice({ ...aboveCeiling, ...EXPIRED }),
    },
    {
      first: new Refusal('grant_expired', FLEET),
      second: 'a false condition',
      documents: fleetOfAlice({ condition: 'false', ...EXPIRED }),
    },
    {
      first: new Refusal('grant_expired', FLEET),
      second: 'a malformed condition',
      documents: fleetOfAlice({ condition: '(', ...EXPIRED }),
    },
    {
      first: new Refusal('condition_false', FLEET),
      second: 'a resource for an access token',
      documents: fleetOfAlice({ condition: 'false' }),
      request: accessTokenRequest({ resource: API }),
    },
    {
      first: malformed(FLEET, `grants.${ALICE_MEMBER}.condition Unknown variable: x`),
      second: 'a resource for an access token',
      documents: fleetOfAlice({ condition: 'x' }),
      request: accessTokenRequest({ resource: API }),
    },
    {
      first: new Refusal('resource_for_access_token'),
      second: 'a scope that is not granted',
      documents: fleetOfAlice(),
      request: accessTokenRequest({ resource: API, scope: STORAGE }),
    },
    {
      first: new Refusal('scope_not_granted'),
      second: 'nothing',
      documents: fleetOfAlice(),
      request: accessTokenRequest({ scope: STORAGE }),
    },
  ])('$first.message, not $second', ({ first, documents, request, ceilings }) => {
    expect(() => delegate(documents, request, ceilings)).toThrow(first);
  });

  it('condition_false, not a missing audience of an ID token', () => {
    expect(() => impersonate(fleetOfTrainer({ condition: 'false' }), idTokenRequest())).toThrow(
      new Refusal('condition_false', FLEET),
    );
  });

  it('resource_for_access_token, not a scope that is not granted, of service accounts too', () => {
    const request = accessTokenRequest({ resource: API, scope: DRIVE });
    expect(() => impersonate(fleetOfTrainer(), request)).toThrow(new Refusal('resource_for_access_token'));
    expect(() => impersonate(fleetOfTrainer(), accessTokenRequest({ scope: DRIVE }))).toThrow(
      new Refusal('scope_not_granted'),
    );
  });

  it('scope_not_granted, where an access token is asked of a grant for ID tokens alone', () => {
    const serviceAccount = fleetDocument({ [TRAINER_MEMBER]: { idTokenAudiences: [API] } });
    expect(() => impersonate({ serviceAccount })).toThrow(new Refusal('scope_not_granted'));
  });
});

function inSeconds(seconds: number): Date {
  return new Date(NOW.getTime() + seconds * SECOND);
}
