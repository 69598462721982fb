/**
 * What Google's answers mean, one by one.
 */

import { describe, expect, it } from 'vitest';
import { rememberedAs } from '../../admin/explain/ask-delegation.ts';
import { linksOf } from '../../admin/explain/ask-google.ts';
import { stateOf } from '../../admin/google/delegation-trial.ts';
import { decisionOf } from '../../admin/google/last-delegation.ts';
import { loopbackOrigin } from '../../admin/google/loopback-origin.ts';
import { projectOfAccount } from '../../admin/google/project-of-account.ts';

const DRIVE = 'https://www.googleapis.com/auth/drive.readonly';
const GMAIL = 'https://www.googleapis.com/auth/gmail.readonly';

describe('the OAuth endpoint to a trial', () => {
  it.each<[number, unknown, string]>([
    [200, { access_token: 'ya29.x', expires_in: 3599 }, 'authorized'],
    [200, { id_token: 'eyJ' }, 'refused'],
    [200, undefined, 'refused'],
    [
      401,
      { error: 'unauthorized_client', error_description: 'Unauthorized client or scope' },
      'scopes_unauthorized',
    ],
    [403, { error: 'access_denied' }, 'scopes_unauthorized'],
    [400, { error: 'invalid_grant', error_description: 'Invalid email or User ID' }, 'user_unknown'],
    [400, { error: 'admin_policy_enforced' }, 'refused'],
    [401, { error: 'disabled_client' }, 'refused'],
    [400, { error: 'internal_failure' }, 'unknown'],
    [429, { error: 'rate_limit_exceeded' }, 'unknown'],
    [503, undefined, 'unknown'],
    [400, '<html>', 'unknown'],
  ])('with %i and %j means %s', (status, body, is) => {
    const state = stateOf(status, body);
    expect(state.is).toBe(is);
    expect(JSON.stringify(state)).not.toMatch(/ya29|eyJ/);
  });
});

describe('an entry of the audit log', () => {
  const jsonPayload = { reason: 'granted', scopes: [DRIVE] };
  const timestamp = '2026-03-01T12:00:00Z';

  it.each([
    [undefined],
    [{}],
    [{ timestamp, jsonPayload: { ...jsonPayload, scopes: DRIVE } }],
    [{ timestamp, jsonPayload: { ...jsonPayload, reason: 'no_grant' } }],
    [{ timestamp: 7, jsonPayload }],
    [{ timestamp, jsonPayload: { ...jsonPayload, detail: {} } }],
  ])('that is %j says nothing', (entry) => {
    expect(decisionOf(entry)).toBeUndefined();
  });

  it.each<['granted' | 'oauth_rejected', readonly string[], readonly string[], string | undefined]>([
    ['granted', [DRIVE, GMAIL], [DRIVE], 'yes'],
    ['granted', [DRIVE], [DRIVE, GMAIL], undefined],
    ['oauth_rejected', [DRIVE], [DRIVE, GMAIL], 'no'],
    ['oauth_rejected', [DRIVE, GMAIL], [DRIVE], undefined],
  ])('%s for %j says of %j: %s', (is, asked, scopes, means) => {
    expect(rememberedAs({ is, at: timestamp, scopes: asked, detail: '' }, scopes)?.is).toBe(means);
  });
});

it('asks about each link of a chain, and about the last by the permission that is needed', () => {
  const permission = 'iam.serviceAccounts.getOpenIdToken';
  const wish = {
    kind: 'impersonation',
    runtime: 'r',
    delegates: ['a', 'b'],
    target: 't',
    permission,
  } as const;
  const implicit = 'iam.serviceAccounts.implicitDelegation';
  expect(linksOf(wish)).toEqual([
    { holder: 'r', permission: implicit, on: 'a' },
    { holder: 'a', permission: implicit, on: 'b' },
    { holder: 'b', permission, on: 't' },
  ]);
});

it.each([
  ['trainer@acme-data.iam.gserviceaccount.com', 'acme-data'],
  ['1-compute@developer.gserviceaccount.com', undefined],
  ['a@b.iam.gserviceaccount.com.evil.example', undefined],
])('knows of %s the project %s', (email, project) => {
  expect(projectOfAccount(email)).toBe(project);
});

it.each([
  ['http://google.example'],
  ['https://127.0.0.1:80'],
  ['http://127.0.0.1:80/x'],
  ['http://127.0.0.1.evil:1'],
  [''],
])('takes %j for no origin of a test', (value) => {
  expect(() => loopbackOrigin(value)).toThrow('TOKEN_VENDING_GOOGLE_ORIGIN is for tests');
});
