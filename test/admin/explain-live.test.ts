/**
 * `explain --live` and `explain --vm`, against the fake Google: each thing that can be wrong there, the line that mends it, and
 * whether Google says the same to the functions.
 */

import * as fc from '../support/properties.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGoogle } from '../../admin/google/google-apis.ts';
import { askGoogle } from '../../admin/explain/ask-google.ts';
import type { Finding } from '../../admin/explain/finding.ts';
import type { Wish } from '../../admin/explain/live-wish.ts';
import { createSend } from '../../shared/http/outbound.ts';
import { createDelegation } from '../../shared/minting/delegation.ts';
import { createIamCredentials } from '../../shared/minting/iam-credentials.ts';
import { createImpersonation } from '../../shared/minting/impersonation.ts';
import { createTokenEndpoint } from '../../shared/minting/token-endpoint.ts';
import { AccessToken } from '../../shared/tokens.ts';
import { authorizedAccessToken, authorizedDelegation } from '../support/domain/authorized.ts';
import { callContext } from '../support/domain/contexts.ts';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import { createDocumentWriter, type DocumentWriter } from '../support/firestore/documents.ts';
import { startFakeGoogle, type FakeGoogle, type MetadataServer } from '../support/google/fake-google.ts';
import {
  ALICE,
  CLOUD_PLATFORM,
  createWorld,
  DRIVE_READONLY,
  READ_WRITE,
  SIGNER,
  TRAINER,
  type Vm,
  type World,
} from '../support/world/world.ts';
import { createDesk, type Desk, type Said } from './desk.ts';

const OPERATOR = 'ann@example.com';
const IMPERSONATE = 'impersonate-runtime@acme-vending.iam.gserviceaccount.com';
const DELEGATE = 'delegate-runtime@acme-vending.iam.gserviceaccount.com';
const MIDDLE = 'middle@acme-data.iam.gserviceaccount.com';
const GMAIL = 'https://www.googleapis.com/auth/gmail.readonly';

const googleOf = (google: FakeGoogle) => {
  const token = new AccessToken(google.workspace.mintAccessToken(OPERATOR, [CLOUD_PLATFORM]));
  return createGoogle({ operator: { token, quotaProject: 'acme' }, nowMs: Date.now, origin: google.url });
};

describeWithFirestore('explain, with Google,', ({ emulator, projectId }) => {
  let world: World;
  let google: FakeGoogle;
  let desk: Desk;
  let vm: Vm;
  let metadata: MetadataServer;
  let documents: DocumentWriter;

  beforeEach(async () => {
    world = await createWorld();
    google = world.google;
    google.workspace.addUser(OPERATOR);
    google.iam.addReviewer(OPERATOR);
    google.iam.bind({ caller: OPERATOR, permission: 'iam.serviceAccounts.signJwt', on: SIGNER });
    google.iam.createServiceAccount({ email: MIDDLE });
    desk = createDesk({ projectId, openGoogle: async () => googleOf(google) });
    documents = createDocumentWriter(emulator(), { projectId });
    vm = world.vm('worker');
    metadata = await google.startMetadataServer(vm.identity);
  });
  afterEach(async () => {
    await world.close();
    await emulator().clear(projectId);
  });

  const store = (grant: Readonly<Record<string, {}>>, member = `serviceAccount:${TRAINER}`) =>
    documents.set(`principals/${vm.fleetId}`, {
      uniqueId: vm.identity.uniqueId,
      grants: { [member]: grant },
    });
  const ask = (member: string, ...more: readonly string[]): Promise<Said> =>
    desk('explain', member, '--vm', '--metadata-host', metadata.host, ...more);
  const live = (member: string, ...more: readonly string[]) =>
    ask(member, '--live', '--runtime', member.startsWith('user:') ? DELEGATE : IMPERSONATE, ...more);
  const TRAINER_MEMBER = `serviceAccount:${TRAINER}`;
  const ALICE_MEMBER = `user:${ALICE}`;

  it('takes the caller from the metadata server of its VM, and shows nothing of the token', async () => {
    await store({ scopes: [READ_WRITE] });
    const { out, exitCode } = await ask(TRAINER_MEMBER);
    expect(out).toContain(`granted: ${vm.identity.serviceAccount} on worker for ${TRAINER_MEMBER}\n`);
    expect(out).not.toMatch(/eyJ|Google says/);
    expect(exitCode).toBe(0);
  });

  it('without a metadata server says what to check', async () => {
    await metadata.close();
    const { err, exitCode } = await ask(TRAINER_MEMBER);
    expect(err).toContain('nobody listens there. Check that this is a Compute Engine VM');
    expect(exitCode).toBe(69);
  });

  it.each([
    [['--token-file', 'token'], '--vm is a caller by itself'],
    [['--service-account', TRAINER], '--vm is a caller by itself'],
    [['--live', '--runtime', 'me'], '--runtime has to be the e-mail of a service account'],
  ])('with --vm and %j is told what to leave out', async (flags, message) => {
    const { err, exitCode } = await ask(TRAINER_MEMBER, ...flags);
    expect(err).toContain(message);
    expect(exitCode).toBe(64);
  });

  it('says yes to all of it where all is in order', async () => {
    await store({ scopes: [READ_WRITE] });
    const { out, exitCode } = await live(TRAINER_MEMBER);
    expect(out.match(/Google says .*/g)).toEqual([
      'Google says yes: iamcredentials.googleapis.com is on in the project acme-vending of the function',
      `Google says yes: the service account ${IMPERSONATE} exists and is enabled`,
      `Google says yes: the service account ${TRAINER} exists and is enabled`,
      `Google says yes: ${IMPERSONATE} has iam.serviceAccounts.getAccessToken on ${TRAINER}`,
    ]);
    expect(exitCode).toBe(0);
  });

  it('says yes to a user, and the token of the trial appears nowhere', async () => {
    await store({ signer: SIGNER, scopes: [DRIVE_READONLY] }, ALICE_MEMBER);
    const said = [await live(ALICE_MEMBER), await live(ALICE_MEMBER, '--json')];
    expect(said[0]?.out).toContain(
      `Google says yes: the domain lets ${SIGNER} act for users with ${DRIVE_READONLY}`,
    );
    expect(said[0]?.out).toContain(`Google says yes: the user ${ALICE} exists and is active`);
    expect(said.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(google.calls('oauthToken')).toBe(2);
    expect(said.map(({ out, err }) => out + err).join('\n')).not.toMatch(/ya29|eyJ/);
  });

  it.each<[string, (fake: FakeGoogle) => void, string, readonly string[]]>([
    [
      'the API is off',
      ({ iam }) => iam.disableApi(),
      'no: iamcredentials.googleapis.com is on in the project acme-vending of the function',
      [
        'gcloud services enable iamcredentials.googleapis.com --project=acme-vending',
        'Terraform: resource "google_project_service"',
      ],
    ],
    [
      'there is no binding',
      ({ iam }) =>
        iam.unbind({ caller: IMPERSONATE, permission: 'iam.serviceAccounts.getAccessToken', on: TRAINER }),
      `no: ${IMPERSONATE} has iam.serviceAccounts.getAccessToken on ${TRAINER}`,
      [
        `gcloud iam service-accounts add-iam-policy-binding ${TRAINER} --project=acme-data --member=serviceAccount:${IMPERSONATE} --role=roles/iam.serviceAccountTokenCreator`,
        `Terraform: targets = { NAME = { service_account = "${TRAINER}" } }`,
      ],
    ],
    [
      'the account does not exist',
      ({ iam }) => iam.delete(TRAINER),
      `no: the service account ${TRAINER} exists and is enabled (it does not exist)`,
      ['gcloud iam service-accounts create trainer --project=acme-data'],
    ],
    [
      'the account is disabled',
      ({ iam }) => iam.disable(TRAINER),
      `no: the service account ${TRAINER} exists and is enabled (it is disabled)`,
      [`gcloud iam service-accounts enable ${TRAINER} --project=acme-data`],
    ],
  ])('says that %s, and what mends it', async (_, spoil, claim, mend) => {
    await store({ scopes: [READ_WRITE] });
    spoil(google);
    const { out, exitCode } = await live(TRAINER_MEMBER);
    expect(out).toContain(`granted: `);
    for (const line of [claim, ...mend]) expect(out).toContain(line);
    expect(exitCode).toBe(1);
  });

  it.each<[string, (fake: FakeGoogle) => void, string, readonly string[]]>([
    [
      'the signer is not authorized',
      ({ workspace, iam }) => workspace.revoke(iam.serviceAccount(SIGNER).clientId),
      `no: the domain lets ${SIGNER} act for users with ${DRIVE_READONLY} ${GMAIL} (not with ${DRIVE_READONLY} ${GMAIL})`,
      [`with the scopes ${DRIVE_READONLY},${GMAIL}`, 'add the client id 1'],
    ],
    [
      'one of the scopes is not',
      () => undefined,
      `no: the domain lets ${SIGNER} act for users with ${DRIVE_READONLY} ${GMAIL} (not with ${GMAIL})`,
      [`with the scopes ${GMAIL}\n`],
    ],
    [
      'the user is suspended',
      ({ workspace }) => workspace.suspend(ALICE),
      `no: the user ${ALICE} exists and is active (invalid_grant`,
      ['https://admin.google.com/ac/users'],
    ],
    [
      'the function may not sign',
      ({ iam }) => iam.unbind({ caller: DELEGATE, permission: 'iam.serviceAccounts.signJwt', on: SIGNER }),
      `no: ${DELEGATE} has iam.serviceAccounts.signJwt on ${SIGNER}`,
      ['--role=roles/iam.serviceAccountTokenCreator', 'Terraform: delegation_signers = {'],
    ],
    [
      'a policy of the domain forbids it',
      ({ faults }) =>
        faults.set('oauthToken', { kind: 'oauthError', status: 400, error: 'admin_policy_enforced' }),
      '(admin_policy_enforced',
      ['docs/troubleshooting.md#oauth_rejected'],
    ],
  ])('of a user says that %s, and what mends it', async (_, spoil, claim, mend) => {
    await store({ signer: SIGNER, scopes: [DRIVE_READONLY, GMAIL] }, ALICE_MEMBER);
    spoil(google);
    const { out, exitCode } = await live(ALICE_MEMBER);
    for (const line of [claim, ...mend]) expect(out).toContain(line);
    expect(exitCode).toBe(1);
  });

  it.each<[string, (fake: FakeGoogle) => void, readonly string[]]>([
    [
      'who asks may see nothing',
      ({ faults }) => {
        for (const route of ['iam', 'policyTroubleshooter', 'serviceUsage'] as const)
          faults.set(route, { kind: 'status', status: 403, body: {} });
      },
      [
        'Google says unknown: iamcredentials.googleapis.com is on',
        '(serviceusage.googleapis.com does not tell you)',
        'gcloud projects add-iam-policy-binding acme-data --member=user:YOU --role=roles/iam.securityReviewer',
      ],
    ],
    [
      'nobody answers',
      ({ faults }) => faults.set('policyTroubleshooter', { kind: 'reset' }),
      ['(policytroubleshooter.googleapis.com did not answer)'],
    ],
    [
      'what would know is off',
      ({ faults }) =>
        faults.set('policyTroubleshooter', {
          kind: 'status',
          status: 403,
          body: {
            error: { details: [{ reason: 'SERVICE_DISABLED', metadata: { consumer: 'projects/123' } }] },
          },
        }),
      ['gcloud services enable policytroubleshooter.googleapis.com --project=123'],
    ],
    [
      'it says that it does not know',
      ({ faults }) =>
        faults.set('policyTroubleshooter', {
          kind: 'status',
          status: 200,
          body: { overallAccessState: 'UNKNOWN_INFO' },
        }),
      ['(you may not see every policy that decides it)'],
    ],
    [
      'the credentials are no longer taken',
      ({ faults }) => faults.set('iam', { kind: 'status', status: 401, body: {} }),
      ['(iam.googleapis.com does not accept your credentials)', 'gcloud auth application-default login'],
    ],
  ])('where %s, says that it is not known and how to know it', async (_, spoil, lines) => {
    await store({ scopes: [READ_WRITE] });
    spoil(google);
    const { out, exitCode } = await live(TRAINER_MEMBER);
    for (const line of lines) expect(out).toContain(line);
    expect(out).not.toContain('Google says no');
    // an unknown is no "no"
    expect(exitCode).toBe(0);
  });

  it('without the right to sign says what has to be listed, and that nobody can look', async () => {
    google.iam.unbind({ caller: OPERATOR, permission: 'iam.serviceAccounts.signJwt', on: SIGNER });
    await store({ signer: SIGNER, scopes: [DRIVE_READONLY] }, ALICE_MEMBER);
    const { out } = await live(ALICE_MEMBER);
    const { clientId } = google.iam.serviceAccount(SIGNER);
    expect(out).toContain(`Google says unknown: the domain lets ${SIGNER} act for users`);
    expect(out).toContain(`add the client id ${clientId} with the scopes ${DRIVE_READONLY}`);
    expect(google.calls('oauthToken')).toBe(0);
  });

  describe('without the right to sign', () => {
    const AT = new Date(Date.now() - 60_000).toISOString();
    const decision = { event: 'token_decision', function: 'delegate', target: ALICE_MEMBER };
    beforeEach(async () => {
      google.iam.unbind({ caller: OPERATOR, permission: 'iam.serviceAccounts.signJwt', on: SIGNER });
      await store({ signer: SIGNER, scopes: [DRIVE_READONLY] }, ALICE_MEMBER);
    });

    it('believes the last token that delegate got', async () => {
      google.logging.write(AT, { ...decision, reason: 'granted', scopes: [DRIVE_READONLY, GMAIL] });
      const { out, exitCode } = await live(ALICE_MEMBER);
      expect(out).toContain(`Google says yes: the domain lets ${SIGNER}`);
      expect(out).toContain(`(delegate got such a token at ${AT})`);
      expect(exitCode).toBe(0);
    });

    it('believes the last "no" that delegate got, and says what to list', async () => {
      google.logging.write('2026-01-01T00:00:00Z', {
        ...decision,
        reason: 'granted',
        scopes: [DRIVE_READONLY],
      });
      const detail = 'the token endpoint answered 401 unauthorized_client';
      google.logging.write(AT, { ...decision, reason: 'oauth_rejected', scopes: [DRIVE_READONLY], detail });
      const { out, exitCode } = await live(ALICE_MEMBER);
      expect(out).toContain(`(at ${AT} delegate was told: ${detail})`);
      expect(out).toContain(`with the scopes ${DRIVE_READONLY}\n`);
      expect(exitCode).toBe(1);
    });

    it.each([
      ['other scopes', { ...decision, reason: 'granted', scopes: [GMAIL] }],
      [
        'more scopes, which were refused',
        { ...decision, reason: 'oauth_rejected', scopes: [DRIVE_READONLY, GMAIL] },
      ],
      [
        'another user',
        { ...decision, target: 'user:bob@example.com', reason: 'granted', scopes: [DRIVE_READONLY] },
      ],
      ['something else', { ...decision, reason: 'no_grant' }],
    ])('believes no entry about %s', async (_, jsonPayload) => {
      google.logging.write(AT, jsonPayload);
      const { out, exitCode } = await live(ALICE_MEMBER);
      expect(out).toContain('Google says unknown: the domain lets');
      expect(exitCode).toBe(0);
    });
  });

  it('asks about every link of a chain, and about an ID token by its own permission', async () => {
    await store({ scopes: [READ_WRITE], idTokenAudiences: ['https://a.example'], delegates: [MIDDLE] });
    const { out } = await live(TRAINER_MEMBER, '--id-token-audience', 'https://a.example');
    expect(out).toContain(`no: ${IMPERSONATE} has iam.serviceAccounts.implicitDelegation on ${MIDDLE}`);
    expect(out).toContain(`no: ${MIDDLE} has iam.serviceAccounts.getOpenIdToken on ${TRAINER}`);
    expect(out).toContain(
      `--member=serviceAccount:${MIDDLE} --role=roles/iam.serviceAccountOpenIdTokenCreator`,
    );
  });

  it('asks about a target that is refused, too', async () => {
    const nobody = 'serviceAccount:nobody@acme-data.iam.gserviceaccount.com';
    await store({ scopes: [READ_WRITE] });
    const { out, json } = await live(nobody, '--json');
    expect(out).toContain('"reason": "no_grant"');
    const { google: findings } = json() as { google: readonly Finding[] };
    expect(findings.filter(({ is }) => is === 'no').map(({ because }) => because)).toEqual([
      'it does not exist',
    ]);
  });

  it('asks nothing where there is nothing to ask about, and says so', async () => {
    await store({ scopes: [READ_WRITE] });
    const { out } = await live(ALICE_MEMBER);
    expect(out).toContain('Google was not asked: no target is known, or no signer of it');
    expect(google.calls('iam')).toBe(0);
  });
});

/** What may be wrong at Google, in every combination that comes up. */
const states = fc.record({
  isBound: fc.boolean(),
  account: fc.constantFrom<'active' | 'disabled' | 'missing'>('active', 'active', 'disabled', 'missing'),
  isApiOn: fc.constantFrom(true, true, false),
  listed: fc.subarray([DRIVE_READONLY, GMAIL], { minLength: 0 }),
  isUserActive: fc.constantFrom(true, true, false),
});

const IN_ORDER = {
  isBound: true,
  account: 'active' as const,
  isApiOn: true,
  listed: [DRIVE_READONLY, GMAIL],
  isUserActive: true,
};

describe('explain and the functions', () => {
  const runtime = 'runtime@acme-vending.iam.gserviceaccount.com';
  let google: FakeGoogle;
  beforeEach(async () => {
    google = await startFakeGoogle();
    google.workspace.addUser(OPERATOR);
    google.iam.addReviewer(OPERATOR);
    google.iam.createServiceAccount({ email: runtime });
  });
  afterEach(() => google.close());

  async function mintFails(kind: Wish['kind'], account: string): Promise<boolean> {
    const context = callContext();
    const send = createSend();
    const token = new AccessToken(google.iam.mintAccessToken(runtime, [CLOUD_PLATFORM]));
    const runtimeCredentials = {
      accessToken: async () => token,
      discard: () => undefined,
      warm: () => undefined,
    };
    const iam = createIamCredentials({ origin: google.url, send, runtimeCredentials });
    const nowMs = Date.now;
    try {
      if (kind === 'impersonation') {
        await createImpersonation({ iam, nowMs })(await authorizedAccessToken({ target: account }), context);
      } else {
        const grant = { signer: account, scopes: [DRIVE_READONLY, GMAIL] };
        const tokenEndpoint = createTokenEndpoint({ url: google.oauthTokenUrl, send });
        await createDelegation({ iam, tokenEndpoint, nowMs })(
          await authorizedDelegation({ target: ALICE, grant }),
          context,
        );
      }
      return false;
    } catch {
      return true;
    }
  }

  it.each(['impersonation', 'delegation'] as const)(
    'agree on what Google refuses of %s, whatever is wrong there',
    async (kind) => {
      let count = 0;
      const seen = new Set<boolean>();
      await fc.assert(
        fc.asyncProperty(states, async ({ isBound, account, isApiOn, listed, isUserActive }) => {
          const { iam, workspace } = google;
          const email = `${kind}-${(count += 1)}@acme-data.iam.gserviceaccount.com`;
          const permission =
            kind === 'impersonation' ? 'iam.serviceAccounts.getAccessToken' : 'iam.serviceAccounts.signJwt';
          const { clientId } = iam.createServiceAccount({ email });
          iam.bind({ caller: OPERATOR, permission: 'iam.serviceAccounts.signJwt', on: email });
          if (isBound) iam.bind({ caller: runtime, permission, on: email });
          workspace.addUser(ALICE, { suspended: !isUserActive });
          workspace.authorize({ clientId, scopes: listed });
          if (account === 'disabled') iam.disable(email);
          if (account === 'missing') iam.delete(email);
          if (!isApiOn) iam.disableApi();
          const wish: Wish =
            kind === 'impersonation'
              ? {
                  kind,
                  runtime,
                  target: email,
                  delegates: [],
                  permission: 'iam.serviceAccounts.getAccessToken',
                }
              : { kind, runtime, signer: email, user: ALICE, scopes: [DRIVE_READONLY, GMAIL] };
          const findings = await askGoogle(wish, googleOf(google), () => undefined);
          const says = findings.some(({ is }) => is === 'no');
          expect(says).toBe(await mintFails(kind, email));
          seen.add(says);
          iam.enableApi();
          // whatever is refused comes with what mends it
          expect(findings.filter(({ is, mend }) => is === 'no' && mend.length === 0)).toEqual([]);
        }),
        { numRuns: 60, examples: [[IN_ORDER], [{ ...IN_ORDER, isBound: false }]] },
      );
      expect(seen.size).toBe(2);
    },
  );
});
