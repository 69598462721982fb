import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { documentOfText, textOfDocument } from '../../../admin/documents/document-text.ts';
import { supposedPrincipal } from '../../../admin/documents/supposed-principal.ts';
import { decide } from '../../../admin/explain/decide.ts';
import { byTarget } from '../../../admin/reach/by-target.ts';
import { powerOf } from '../../../admin/reach/power.ts';
import { survey, type Selection } from '../../../admin/reach/survey.ts';
import { isCertain, isOpen, type Reached } from '../../../admin/reach/way.ts';
import { KILL_SWITCH_PATH } from '../../../shared/grants/grant-store.ts';
import { isRecord } from '../../../shared/unknown.ts';
import { WORKER, WORKER_IDS } from '../../support/domain/callers.ts';
import { NOW } from '../../support/domain/clock.ts';
import { DRIVE_READONLY } from '../../support/world/world.ts';
import { generatedDocuments, toStored } from '../../vectors/authorization/generated-documents.ts';
import { MEMBERS, SIGNERS } from '../../vectors/authorization/generated-grants.ts';
import { FLEET, PIN, READ, target, VM, WRITE } from '../grants-texts.ts';
import { ALL } from './company.ts';

const ALICE = 'user:alice@example.com';
const IAM = 'https://www.googleapis.com/auth/iam';
const COMPUTE = 'https://www.googleapis.com/auth/compute';
const UNLIMITED = { signers: undefined, subjects: undefined, scopes: undefined };

type Fields = Readonly<Record<string, unknown>>;
type Grants = Readonly<Record<string, Fields>>;

let pins = 0;
const fleet = (grants: Grants, more: Fields = {}) => ({
  uniqueId: String(2_000_000_000 + (pins += 1)),
  grants,
  ...more,
});
const EVERYTHING: Selection = { principals: [], targets: [] };
const surveyOf = (documents: Readonly<Record<string, Fields>>, killSwitch?: Fields) =>
  survey(
    {
      principals: new Map(Object.entries(documents).map(([id, data]) => [id, textOfDocument(data)])),
      killSwitch: killSwitch && { path: KILL_SWITCH_PATH, data: killSwitch },
    },
    { now: NOW, ceilings: UNLIMITED },
  );
const reachIn = (documents: Readonly<Record<string, Fields>>, killSwitch?: Fields) =>
  surveyOf(documents, killSwitch).reach(EVERYTHING);
const ofFleet = (documents: Readonly<Record<string, Fields>>, killSwitch?: Fields) =>
  new Map(
    reachIn(documents, killSwitch)
      .find(({ principal }) => principal === FLEET)
      ?.reached.map((one) => [one.target, one]),
  );
const steps = (reached: Reached | undefined) => reached?.chain?.map(({ kind, to }) => [kind, to]);

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map(target) as [string, string, string, string];
const email = (member: string) => member.slice(member.indexOf(':') + 1);

describe('a way through delegates', () => {
  const byC = { [C]: { scopes: [READ], delegates: [email(A), email(B)] } };
  const other = { [target('other')]: fleet(byC) };

  it('is there for who becomes the first of them: IAM has to let it, or they would not work', () => {
    const reached = ofFleet({ [FLEET]: fleet({ [A]: { scopes: [ALL] } }), ...other });
    expect(steps(reached.get(B))).toEqual([
      ['grant', A],
      ['delegate', B],
    ]);
    expect(steps(reached.get(C))).toEqual([
      ['grant', A],
      ['delegate', B],
      ['delegate', C],
    ]);
    expect(isCertain(reached.get(C)?.chain ?? [])).toBe(true);
  });

  it.each([
    [[IAM], true],
    [[WRITE], false],
    [[COMPUTE], false],
  ])('needs a token that IAM takes: with %j it is there: %j', (scopes, isThere) => {
    const reached = ofFleet({ [FLEET]: fleet({ [A]: { scopes } }), ...other });
    expect(reached.has(B)).toBe(isThere);
  });

  it.each([
    ['an ID token', { idTokenAudiences: ['https://a.example'] }],
    ['a grant that has expired', { scopes: [ALL], expiresAt: new Date('2020-01-01T00:00:00Z') }],
    ['a grant that nobody can read', { scopes: ALL }],
  ])('is not there by %s', (_, grant) => {
    const reached = ofFleet({ [FLEET]: fleet({ [A]: grant }), ...other });
    expect([...reached.keys()]).toEqual([A]);
  });

  it('is there for the VM of a delegate itself', () => {
    const reached = ofFleet({ [FLEET]: fleet({ [C]: { scopes: [READ], delegates: [email(FLEET)] } }) });
    expect(reached.get(C)).toMatchObject({ direct: { to: C }, chain: [{ kind: 'delegate', to: C }] });
  });

  it('ends where it comes round, and never leads to who went it', () => {
    const round = {
      [target('x')]: fleet({
        [B]: { scopes: [READ], delegates: [email(A)] },
        [A]: { scopes: [READ], delegates: [email(B)] },
      }),
      [target('y')]: fleet({ [FLEET]: { scopes: [READ], delegates: [email(B)] } }),
    };
    const reached = ofFleet({ [FLEET]: fleet({ [A]: { scopes: [ALL] } }), ...round });
    expect([...reached.keys()].toSorted()).toEqual([A, B]);
  });
});

describe('a way through a fleet', () => {
  const documents = (scopes: readonly string[]) => ({
    [FLEET]: fleet({ [A]: { scopes } }),
    [A]: fleet({ [B]: { scopes: [READ] } }),
  });

  it.each([
    [[ALL], true],
    [[COMPUTE], true],
    [[READ], false],
  ])('needs a token that can start a VM: with %j it is there: %j', (scopes, isThere) => {
    expect(ofFleet(documents(scopes)).has(B)).toBe(isThere);
  });

  it('is not certain: nobody has asked IAM', () => {
    const reached = ofFleet(documents([ALL])).get(B);
    expect(steps(reached)).toEqual([
      ['grant', A],
      ['vm', A],
      ['grant', B],
    ]);
    expect(isCertain(reached?.chain ?? [])).toBe(false);
  });

  it('does not hide a longer one that is certain', () => {
    const reached = ofFleet({
      [FLEET]: fleet({ [A]: { scopes: [ALL] }, [C]: { scopes: [ALL] } }),
      [A]: fleet({ [B]: { scopes: [READ] } }),
      [target('z')]: fleet({ [B]: { scopes: [READ], delegates: [email(C), email(D), email(target('e'))] } }),
    });
    expect(steps(reached.get(B))?.map(([kind]) => kind)).toEqual([
      'grant',
      'delegate',
      'delegate',
      'delegate',
    ]);
  });

  it('has an end where that fleet is stopped', () => {
    expect(ofFleet(documents([ALL]), { principals: [A] }).has(B)).toBe(false);
  });
});

describe('a way through a signer', () => {
  it('leads to the users that it signs for, and no further', () => {
    const reached = ofFleet({
      [FLEET]: fleet({ [A]: { scopes: [IAM] } }),
      [target('x')]: fleet({ [ALICE]: { signer: email(A), scopes: [DRIVE_READONLY] } }),
    });
    expect(steps(reached.get(ALICE))).toEqual([
      ['grant', A],
      ['signer', ALICE],
    ]);
  });
});

describe('a VM', () => {
  const own = { [B]: { scopes: [WRITE], condition: 'false' } };
  const reachOfVm = (more: Fields, ofItsFleet: Grants) =>
    reachIn({ [FLEET]: { uniqueId: PIN, grants: ofItsFleet }, [VM]: { grants: own, ...more } }).find(
      ({ principal }) => principal === VM,
    );

  it('can become what its fleet can, but for what its own document says otherwise', () => {
    const vm = reachOfVm({ uniqueId: PIN }, { [A]: { scopes: [READ] }, [B]: { scopes: [READ] } });
    expect(vm?.serviceAccount).toBe(email(FLEET));
    expect(vm?.reached.map(({ direct }) => [direct?.to, direct?.path])).toEqual([
      [A, `principals/${FLEET}`],
      [B, `principals/${VM}`],
    ]);
  });

  it('that is pinned to no fleet has its own grants alone, and it is said', () => {
    const vm = reachOfVm({}, { [A]: { scopes: [READ] } });
    expect(vm).toMatchObject({ serviceAccount: undefined, reached: [{ target: B }] });
  });

  it('that is disabled can become nobody, its fleet’s targets neither', () => {
    const vm = reachOfVm({ uniqueId: PIN, disabled: true }, { [A]: { scopes: [READ] } });
    expect(vm?.reached.map(({ direct }) => direct?.reason)).toEqual([
      'principal_disabled',
      'principal_disabled',
    ]);
    expect(vm?.reached.some(isOpen)).toBe(false);
  });
});

describe('the kill switch', () => {
  const documents = {
    [FLEET]: fleet({ [A]: { scopes: [READ] }, [ALICE]: { signer: email(D), scopes: [DRIVE_READONLY] } }),
  };

  it.each<[Fields, Readonly<Record<string, string | undefined>>]>([
    [{ engaged: true }, { [A]: 'kill_switch_engaged', [ALICE]: 'kill_switch_engaged' }],
    [{ targets: [A] }, { [A]: 'kill_switch_target', [ALICE]: undefined }],
    [{ targets: [D] }, { [A]: undefined, [ALICE]: 'kill_switch_target' }],
    [{ principals: [FLEET] }, { [A]: 'kill_switch_principal', [ALICE]: 'kill_switch_principal' }],
    [{ principals: [VM] }, { [A]: undefined, [ALICE]: undefined }],
    [{ stop: true }, { [A]: 'document_malformed', [ALICE]: 'document_malformed' }],
  ])('as %j leaves %j', (killSwitch, reasons) => {
    const reached = ofFleet(documents, killSwitch);
    expect(Object.fromEntries([...reached].map(([member, { direct }]) => [member, direct?.reason]))).toEqual(
      reasons,
    );
  });
});

describe('what is asked for', () => {
  const { reach, targets: known } = surveyOf({
    [FLEET]: fleet({ [A]: { scopes: [ALL] }, [B]: { scopes: [READ] } }),
    [VM]: { grants: { [A]: { scopes: [READ] } } },
    [target('nobody')]: fleet({}),
    [target('x')]: fleet({ [C]: { scopes: [READ], delegates: [email(A)] } }, { disabled: true }),
  });

  it('is those who can become a target, or all of a principal', () => {
    const principals = (targets: readonly string[], wanted: readonly string[] = []) =>
      reach({ principals: wanted, targets }).map(({ principal }) => principal);
    expect(principals([B])).toEqual([FLEET]);
    expect(principals([A])).toEqual([VM, FLEET]);
    expect(principals([C])).toEqual([FLEET, target('x')]);
    expect(principals([], [target('nobody')])).toEqual([target('nobody')]);
    expect([...byTarget(reach(EVERYTHING)).keys()]).toEqual([A, B, C]);
    expect([...known].toSorted()).toEqual([A, B, C]);
  });

  it('has the same ways as all that there is', () => {
    const all = reach(EVERYTHING);
    for (const one of all) {
      const { principal } = one;
      expect(reach({ principals: [principal], targets: [] })).toEqual([one]);
      for (const reached of one.reached)
        expect(reach({ principals: [principal], targets: [reached.target] })).toEqual([
          { ...one, reached: [reached] },
        ]);
    }
  });

  it('is refused where nobody could read it', () => {
    const many = Array.from({ length: 800 }, (_, index) => target(`t-${index}`));
    // who becomes A becomes all of them
    const byA = fleet(
      Object.fromEntries(many.map((one) => [one, { scopes: [READ], delegates: [email(A)] }])),
    );
    const fleets = Object.fromEntries(
      many.map((_, index) => [FLEET.replace('workers', `w-${index}`), fleet({ [A]: { scopes: [ALL] } })]),
    );
    const crowd = surveyOf({ ...fleets, [FLEET]: byA });
    expect(() => crowd.reach(EVERYTHING)).toThrow('there are more than 500000 ways');
    expect(crowd.reach({ principals: [], targets: [many[0] ?? A] })).toHaveLength(801);
  });
});

describe('the power of scopes', () => {
  const auth = (name: string) => `https://www.googleapis.com/auth/${name}`;
  it.each([
    [['cloud-platform', 'drive.readonly'], 'all'],
    [['drive.readonly'], 'read'],
    [['devstorage.read_only', 'cloud-platform.read-only', 'logging.read', 'bigquery.readonly'], 'read'],
    [['drive.readonly', 'drive'], 'write'],
    [['spreadsheets'], 'write'],
    [['logging.write'], 'write'],
    [['thread'], 'write'],
    [[], 'id'],
  ])('%j is %s', (names, power) => {
    expect(powerOf(names.map(auth))).toBe(power);
  });
});

describe('a grant', () => {
  it('is open where the functions would grant, and closed for their reason', { timeout: 120_000 }, () => {
    const setting = { uniqueId: WORKER.uniqueId, ids: WORKER_IDS, nowMs: NOW.getTime() };
    const ceilings = { signers: SIGNERS.slice(0, 1), subjects: ['@example.com'], scopes: [DRIVE_READONLY] };
    const seen = new Set<string>();
    fc.assert(
      fc.property(generatedDocuments(setting), (written) => {
        const { instance, serviceAccount, killSwitch } = toStored(written, setting);
        const stored = [instance, serviceAccount].flatMap((one) => (one === undefined ? [] : [one]));
        const read = stored.map(({ path, data }) => ({ path, data: documentOfText(textOfDocument(data)) }));
        const principals = new Map(
          read.map(({ path, data }) => [path.slice('principals/'.length), textOfDocument(data)]),
        );
        const all = survey({ principals, killSwitch }, { now: NOW, ceilings }).reach(EVERYTHING);
        const pinOf = (data: unknown) =>
          isRecord(data) && typeof data['uniqueId'] === 'string' ? data['uniqueId'] : undefined;
        for (const { principal: id, reached } of all) {
          const isVm = id === WORKER_IDS.instance;
          const own = read.find(({ path }) => path === `principals/${id}`);
          const shared = read.find(({ path }) => path === `principals/${WORKER_IDS.serviceAccount}`);
          const isPinned =
            shared !== undefined && pinOf(own?.data) !== undefined && pinOf(own?.data) === pinOf(shared.data);
          const documents = {
            instance: isVm ? own : undefined,
            serviceAccount: isVm && !isPinned ? undefined : shared,
            killSwitch,
          };
          const [projectNumber = 0, instanceId = '0'] = isVm
            ? [WORKER.instance.projectNumber, WORKER.instance.id]
            : [];
          const principal = supposedPrincipal({
            serviceAccount: isVm && !isPinned ? 'of-no-known-fleet' : WORKER.serviceAccount,
            uniqueId: pinOf(own?.data) ?? '0',
            instance: {
              ...WORKER.instance,
              id: instanceId,
              projectNumber,
              createdAt: NOW,
              confidential: false,
            },
          });
          for (const { target: member, direct } of reached) {
            if (direct?.terms === undefined || ![...MEMBERS.serviceAccount, ...MEMBERS.user].includes(member))
              continue;
            const isIdToken = direct.terms.scopes.length === 0;
            const { reason } = decide(
              principal,
              {
                kind: member.startsWith('user:') ? 'user' : 'serviceAccount',
                audience: member,
                scope: undefined,
                resource: isIdToken ? direct.terms.idTokenAudiences[0] : undefined,
                isIdToken,
              },
              documents,
              { evaluateCondition: () => ({ holds: true }), projectNumbers: [], ceilings, now: NOW },
            );
            seen.add(reason);
            expect(direct.reason ?? 'granted').toBe(reason);
          }
        }
      }),
      { numRuns: 2000 },
    );
    expect(seen.size).toBeGreaterThan(6);
  });
});
