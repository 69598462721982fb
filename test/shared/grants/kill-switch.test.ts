import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { decodeGrant } from '../../../shared/grants/grant.ts';
import {
  checkGrantIsLive,
  checkPrincipalIsLive,
  checkTargetIsLive,
  decodeKillSwitch,
} from '../../../shared/grants/kill-switch.ts';
import { Refusal } from '../../../shared/refusal.ts';
import { WORKER_IDS } from '../../support/domain/callers.ts';
import {
  ALICE_GRANT,
  ALICE_MEMBER,
  killSwitch,
  SIGNER,
  STORAGE,
  TRAINER_MEMBER,
} from '../../support/domain/questions.ts';

const OFF = { engaged: false, targets: [], principals: [] };
const IDS = [WORKER_IDS.instance, WORKER_IDS.serviceAccount];
const DELEGATE = 'middle@acme-data.iam.gserviceaccount.com';

describe('the kill switch', () => {
  it.each([
    { what: 'there is no document', stored: undefined },
    { what: 'the document is empty', stored: killSwitch({}) },
    { what: 'it has a reason alone', stored: killSwitch({ reason: 'drill' }) },
    { what: 'its lists are empty', stored: killSwitch({ engaged: false, targets: [], principals: [] }) },
  ])('is off where $what', ({ stored }) => {
    expect(decodeKillSwitch(stored)).toMatchObject(OFF);
  });

  it('may have every field', () => {
    const data = { engaged: true, reason: 'incident 7', targets: [ALICE_MEMBER], principals: [IDS[0]] };
    expect(decodeKillSwitch(killSwitch(data))).toEqual(data);
  });

  it.each([
    { data: null, problem: 'the document must be a map' },
    { data: true, problem: 'the document must be a map' },
    { data: { enabled: true }, problem: 'enabled is not a field that this document may have' },
    { data: { Engaged: true }, problem: 'Engaged is not a field that this document may have' },
    { data: { engaged: 'true' }, problem: 'engaged must be true or false' },
    { data: { engaged: null }, problem: 'engaged must be true or false' },
    { data: { engaged: 1 }, problem: 'engaged must be true or false' },
    { data: { reason: 1 }, problem: 'reason must be a string' },
    { data: { targets: ALICE_MEMBER }, problem: 'targets must be a list' },
    { data: { targets: [ALICE_MEMBER, 1] }, problem: 'targets.1 must be a string' },
    { data: { targets: null }, problem: 'targets must be a list' },
    { data: { principals: {} }, problem: 'principals must be a list' },
    { data: { principals: [null] }, problem: 'principals.0 must be a string' },
    ...['alice@example.com', 'user:Alice@example.com', 'user:', 'users:alice@example.com', ''].map(
      (entry) => ({
        data: { targets: [ALICE_MEMBER, entry] },
        problem: 'targets.1 must be serviceAccount:EMAIL or user:EMAIL, in lower case',
      }),
    ),
    ...['user:alice@example.com', 'instance:1', 'instance:acme:2', 'worker-1', `principals/${IDS[0]}`].map(
      (entry) => ({
        data: { principals: [entry] },
        problem: 'principals.0 must be serviceAccount:EMAIL or instance:PROJECT_NUMBER:INSTANCE_ID',
      }),
    ),
  ])('as $data is a fault: nobody knows what it was meant to stop', ({ data, problem }) => {
    expect(() => decodeKillSwitch(killSwitch(data))).toThrow(
      new Fault('document_malformed', { detail: `controls/kill-switch: ${problem}` }),
    );
  });
});

describe('a principal', () => {
  it('lives while the switch is off', () => {
    expect(() => checkPrincipalIsLive(OFF, IDS)).not.toThrow();
  });

  it('is stopped while the switch is engaged', () => {
    expect(() => checkPrincipalIsLive({ ...OFF, engaged: true }, IDS)).toThrow(
      new Refusal('kill_switch_engaged'),
    );
  });

  it.each(IDS)('is stopped by the id %s', (id) => {
    expect(() => checkPrincipalIsLive({ ...OFF, principals: ['x', id] }, IDS)).toThrow(
      new Refusal('kill_switch_principal'),
    );
  });

  it.each([
    'principals/instance:326694433618:2875949485074006138',
    'instance:326694433618:287594948507400613',
    'worker@acme-workers.iam.gserviceaccount.com',
    'serviceAccount:*',
    '',
  ])('is not stopped by %o, which is not its id', (id) => {
    expect(() => checkPrincipalIsLive({ ...OFF, principals: [id] }, IDS)).not.toThrow();
  });
});

describe('a target', () => {
  it('is stopped by its member', () => {
    expect(() => checkTargetIsLive({ ...OFF, targets: ['x', ALICE_MEMBER] }, ALICE_MEMBER)).toThrow(
      new Refusal('kill_switch_target', ALICE_MEMBER),
    );
  });

  it.each(['alice@example.com', 'user:alice@example', 'user:', 'USER:alice@example.com'])(
    'is not stopped by %o',
    (target) => {
      expect(() => checkTargetIsLive({ ...OFF, targets: [target] }, ALICE_MEMBER)).not.toThrow();
    },
  );
});

describe('a grant', () => {
  const ofAlice = decodeGrant('principals/x', ALICE_MEMBER, ALICE_GRANT);
  const ofTrainer = decodeGrant('principals/x', TRAINER_MEMBER, {
    scopes: [STORAGE],
    delegates: [SIGNER, DELEGATE],
  });

  it.each([
    { through: 'its signer', grant: ofAlice, member: `serviceAccount:${SIGNER}` },
    { through: 'its first delegate', grant: ofTrainer, member: `serviceAccount:${SIGNER}` },
    { through: 'its last delegate', grant: ofTrainer, member: `serviceAccount:${DELEGATE}` },
  ])('is stopped through $through', ({ grant, member }) => {
    expect(() => checkGrantIsLive({ ...OFF, targets: [member] }, grant)).toThrow(
      new Refusal('kill_switch_target', member),
    );
  });

  it.each([
    { grant: ofAlice, target: SIGNER },
    { grant: ofTrainer, target: `user:${DELEGATE}` },
  ])('is not stopped by $target', ({ grant, target }) => {
    expect(() => checkGrantIsLive({ ...OFF, targets: [target] }, grant)).not.toThrow();
  });
});
