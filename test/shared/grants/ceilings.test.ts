import { describe, expect, it } from 'vitest';
import { checkDelegationCeilings, checkProject } from '../../../shared/grants/ceilings.ts';
import { decodeGrant, type UserGrant } from '../../../shared/grants/grant.ts';
import { Refusal } from '../../../shared/refusal.ts';
import { verifiedWorker } from '../../support/domain/callers.ts';
import { ALICE, DRIVE, SIGNER } from '../../support/domain/questions.ts';

const GMAIL = 'https://www.googleapis.com/auth/gmail.readonly';
const CEILINGS = { signers: [SIGNER], subjects: ['bob@example.org', '@example.com'], scopes: [DRIVE, GMAIL] };

function userGrant(email: string, scopes: readonly string[] = [DRIVE], signer = SIGNER): UserGrant {
  const grant = decodeGrant('principals/x', `user:${email}`, { signer, scopes });
  if (grant.kind !== 'user') throw new Error(`${email} is no user`);
  return grant;
}

describe('the ceilings of delegation', () => {
  it.each([
    { what: 'a user of a listed domain', grant: userGrant(ALICE) },
    { what: 'a listed user', grant: userGrant('bob@example.org') },
    { what: 'all listed scopes', grant: userGrant(ALICE, [GMAIL, DRIVE]) },
  ])('leave room for $what', ({ grant }) => {
    expect(() => checkDelegationCeilings(grant, CEILINGS)).not.toThrow();
  });

  it.each([
    'alice@example.org',
    'alice@sub.example.com',
    'alice@evilexample.com',
    'alice@example.com.evil.org',
    'bob+example.com@evil.org',
    'bob@example.or',
    'xbob@example.org',
  ])('are below the user %s', (email) => {
    expect(() => checkDelegationCeilings(userGrant(email), CEILINGS)).toThrow(
      new Refusal('ceiling_subject', email),
    );
  });

  it.each([
    `${DRIVE}.metadata`,
    DRIVE.replace('.readonly', ''),
    DRIVE.toUpperCase(),
    `${DRIVE}/`,
    'https://www.googleapis.com/auth/cloud-platform',
  ])('are below the scope %s', (scope) => {
    expect(() => checkDelegationCeilings(userGrant(ALICE, [DRIVE, scope]), CEILINGS)).toThrow(
      new Refusal('ceiling_scope', scope),
    );
  });

  it('are below another signer', () => {
    const signer = 'other@acme-vending.iam.gserviceaccount.com';
    expect(() => checkDelegationCeilings(userGrant(ALICE, [DRIVE], signer), CEILINGS)).toThrow(
      new Refusal('ceiling_signer', signer),
    );
  });

  it.each([
    { list: 'signers', reason: 'ceiling_signer', detail: SIGNER },
    { list: 'subjects', reason: 'ceiling_subject', detail: ALICE },
    { list: 'scopes', reason: 'ceiling_scope', detail: DRIVE },
  ] as const)('let nothing through where $list is empty', ({ list, reason, detail }) => {
    expect(() => checkDelegationCeilings(userGrant(ALICE), { ...CEILINGS, [list]: [] })).toThrow(
      new Refusal(reason, detail),
    );
  });

  it('name the signer before the subject, and the subject before the scope', () => {
    const grant = userGrant(ALICE);
    const nothing = { signers: [], subjects: [], scopes: [] };
    expect(() => checkDelegationCeilings(grant, nothing)).toThrow(new Refusal('ceiling_signer', SIGNER));
    expect(() => checkDelegationCeilings(grant, { ...nothing, signers: [SIGNER] })).toThrow(
      new Refusal('ceiling_subject', ALICE),
    );
  });
});

describe('the list of projects', () => {
  it.each([{ projects: [] }, { projects: [326694433618] }, { projects: [1, 326694433618] }])(
    '$projects lets the worker in',
    async ({ projects }) => {
      const worker = await verifiedWorker();
      expect(() => checkProject(worker, projects)).not.toThrow();
    },
  );

  it.each([{ projects: [1] }, { projects: [32669443361, 3266944336180] }])(
    '$projects keeps the worker out',
    async ({ projects }) => {
      const worker = await verifiedWorker();
      expect(() => checkProject(worker, projects)).toThrow(
        new Refusal('project_not_allowed', 'project 326694433618'),
      );
    },
  );
});
