import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { chooseGrant } from '../../../shared/grants/choose-grant.ts';
import {
  decodePrincipalDocument,
  type PrincipalDocument,
} from '../../../shared/grants/principal-document.ts';
import { parseMember } from '../../../shared/member.ts';
import { Refusal } from '../../../shared/refusal.ts';
import {
  ALICE_GRANT,
  ALICE_MEMBER,
  BIGQUERY,
  fleetDocument,
  instanceDocument,
  STORAGE,
  TRAINER_GRANT,
  TRAINER_MEMBER,
} from '../../support/domain/questions.ts';

type Grants = Readonly<Record<string, unknown>>;

const fleet = (grants: Grants): PrincipalDocument =>
  decodePrincipalDocument('serviceAccount', fleetDocument(grants));
const instance = (grants: Grants): PrincipalDocument =>
  decodePrincipalDocument('instance', instanceDocument(grants));

const TRAINER_TARGET = parseMember(TRAINER_MEMBER);
const ALICE_TARGET = parseMember(ALICE_MEMBER);
const OTHER_MEMBER = 'serviceAccount:other@acme-data.iam.gserviceaccount.com';

describe('the grant of a named target', () => {
  it.each([
    { where: 'of the service account', documents: [fleet({ [TRAINER_MEMBER]: TRAINER_GRANT })] },
    { where: 'of the VM', documents: [instance({ [TRAINER_MEMBER]: TRAINER_GRANT }), fleet({})] },
  ])('is found in the document $where', ({ documents }) => {
    expect(chooseGrant(documents, TRAINER_TARGET, 'serviceAccount')).toMatchObject({
      path: documents[0]?.path,
      target: { member: TRAINER_MEMBER },
      scopes: TRAINER_GRANT.scopes,
    });
  });

  it('is that of the VM where both documents have one', () => {
    const documents = [
      instance({ [TRAINER_MEMBER]: { scopes: [BIGQUERY] } }),
      fleet({ [TRAINER_MEMBER]: { scopes: [STORAGE] } }),
    ];
    expect(chooseGrant(documents, TRAINER_TARGET, 'serviceAccount').scopes).toEqual([BIGQUERY]);
  });

  it('is that of the VM even where it is malformed: there is no fallback', () => {
    const documents = [instance({ [TRAINER_MEMBER]: null }), fleet({ [TRAINER_MEMBER]: TRAINER_GRANT })];
    expect(() => chooseGrant(documents, TRAINER_TARGET, 'serviceAccount')).toThrow(
      new Fault('document_malformed', {
        detail: `${documents[0]?.path}: grants.${TRAINER_MEMBER} must be a map`,
      }),
    );
  });

  it('does not need the other grants to be well formed', () => {
    const documents = [fleet({ [TRAINER_MEMBER]: TRAINER_GRANT, [OTHER_MEMBER]: 'nonsense', '': null })];
    expect(chooseGrant(documents, TRAINER_TARGET, 'serviceAccount').target.member).toBe(TRAINER_MEMBER);
  });

  it.each([
    { what: 'the grants are of other targets', grants: { [OTHER_MEMBER]: TRAINER_GRANT } },
    { what: 'there are no grants', grants: {} },
    {
      what: 'the grant is inherited',
      grants: JSON.parse(`{"__proto__":{"${TRAINER_MEMBER}":{}}}`) as Grants,
    },
    { what: 'the key differs by a letter', grants: { [TRAINER_MEMBER.toUpperCase()]: TRAINER_GRANT } },
  ])('is refused where $what', ({ grants }) => {
    expect(() => chooseGrant([instance(grants), fleet(grants)], TRAINER_TARGET, 'serviceAccount')).toThrow(
      new Refusal('no_grant', TRAINER_MEMBER),
    );
  });

  it('is refused where the function makes the other kind, granted or not', () => {
    const documents = [fleet({ [ALICE_MEMBER]: ALICE_GRANT })];
    expect(() => chooseGrant(documents, ALICE_TARGET, 'serviceAccount')).toThrow(
      new Refusal('target_kind_mismatch', ALICE_MEMBER),
    );
    expect(() => chooseGrant([], TRAINER_TARGET, 'user')).toThrow(
      new Refusal('target_kind_mismatch', TRAINER_MEMBER),
    );
  });
});

describe('the grant of the only target', () => {
  it('is counted by kind', () => {
    const documents = [fleet({ [TRAINER_MEMBER]: TRAINER_GRANT, [ALICE_MEMBER]: ALICE_GRANT })];
    expect(chooseGrant(documents, undefined, 'serviceAccount').target.member).toBe(TRAINER_MEMBER);
    expect(chooseGrant(documents, undefined, 'user').target.member).toBe(ALICE_MEMBER);
  });

  it('is one where both documents name the same target, and then that of the VM', () => {
    const documents = [
      instance({ [TRAINER_MEMBER]: { scopes: [BIGQUERY] } }),
      fleet({ [TRAINER_MEMBER]: { scopes: [STORAGE] } }),
    ];
    expect(chooseGrant(documents, undefined, 'serviceAccount').scopes).toEqual([BIGQUERY]);
  });

  it.each([
    { state: 'malformed', stored: 'nonsense' },
    { state: 'expired', stored: { ...TRAINER_GRANT, expiresAt: new Date(0) } },
  ])('is ambiguous beside another in the other document, $state as that is', ({ stored }) => {
    const documents = [instance({ [TRAINER_MEMBER]: TRAINER_GRANT }), fleet({ [OTHER_MEMBER]: stored })];
    expect(() => chooseGrant(documents, undefined, 'serviceAccount')).toThrow(
      new Refusal('target_ambiguous', '2 targets of kind serviceAccount'),
    );
  });

  it('is ambiguous beside a key that only claims to be of its kind', () => {
    const documents = [fleet({ [ALICE_MEMBER]: ALICE_GRANT, 'user:NOBODY': {} })];
    expect(() => chooseGrant(documents, undefined, 'user')).toThrow(
      new Refusal('target_ambiguous', '2 targets of kind user'),
    );
  });

  it('is a fault where its key only claims to be of its kind', () => {
    const document = fleet({ 'user:NOBODY': ALICE_GRANT });
    expect(() => chooseGrant([document], undefined, 'user')).toThrow(
      new Fault('document_malformed', {
        detail: `${document.path}: grants.user:NOBODY is not a target: use serviceAccount:EMAIL or user:EMAIL`,
      }),
    );
  });

  it('is refused where there is none of that kind', () => {
    expect(() => chooseGrant([fleet({ [ALICE_MEMBER]: ALICE_GRANT })], undefined, 'serviceAccount')).toThrow(
      new Refusal('no_grant', 'no target of kind serviceAccount'),
    );
  });
});

describe('a principal without documents', () => {
  it.each([TRAINER_TARGET, undefined])('is unknown', (target) => {
    expect(() => chooseGrant([], target, 'serviceAccount')).toThrow(new Refusal('principal_unknown'));
  });
});
