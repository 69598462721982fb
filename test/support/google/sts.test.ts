import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, member, type ApiAnswer } from './api-client.ts';
import { startFakeGoogle, type FakeGoogle } from './fake-google.ts';

const READER = 'reader@proj.iam.gserviceaccount.com';
const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const TEAM_A =
  `resource.name.startsWith('projects/_/buckets/data/objects/team-a/') || ` +
  `api.getAttribute('storage.googleapis.com/objectListPrefix','').startsWith('team-a/')`;

let google: FakeGoogle;
let source: string;
beforeEach(async () => {
  google = await startFakeGoogle();
  google.iam.createServiceAccount({ email: READER });
  const members = { readers: [`serviceAccount:${READER}`], writers: [`serviceAccount:${READER}`] };
  google.storage.createBucket('data', { objects: { 'team-a/x': 'ax', 'team-b/x': 'bx' }, ...members });
  google.storage.createBucket('other', { objects: { x: 'ox' }, ...members });
  source = google.iam.mintAccessToken(READER, [CLOUD_PLATFORM]);
});
afterEach(() => google.close());

function rule(more: object = {}): object {
  return {
    availableResource: '//storage.googleapis.com/projects/_/buckets/data',
    availablePermissions: ['inRole:roles/storage.objectViewer'],
    ...more,
  };
}

function options(...rules: unknown[]): string {
  return JSON.stringify({ accessBoundary: { accessBoundaryRules: rules } });
}

function downscope(more: Record<string, string> = {}): Promise<ApiAnswer> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: ACCESS_TOKEN,
    subject_token: source,
    subject_token_type: ACCESS_TOKEN,
    options: options(rule()),
    ...more,
  };
  return callApi(`${google.url}/v1/token`, { form });
}

async function statusOf(path: string, token: string): Promise<number> {
  return (await callApi(`${google.url}/storage/v1/b/${path}`, { token })).status;
}

describe('downscoping', () => {
  it('answers without expires_in for a service account, whose expiry the token inherits', async () => {
    const answer = await downscope();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
    });
    const token = google.whoIs(member(answer, 'access_token'));
    expect(token).toMatchObject({ principal: `serviceAccount:${READER}` });
    expect(token?.expiresAtMs).toBe(google.whoIs(source)?.expiresAtMs);
  });

  it('answers with expires_in for a user', async () => {
    google.workspace.addUser('alice@example.com');
    source = google.workspace.mintAccessToken('alice@example.com', [CLOUD_PLATFORM], 100);
    expect((await downscope()).body).toHaveProperty('expires_in', expect.any(Number));
  });

  it('leaves one bucket of two, for reading', async () => {
    const token = member(await downscope(), 'access_token');
    expect(await statusOf('data/o/team-a%2Fx', token)).toBe(200);
    expect(await statusOf('data/o/team-b%2Fx', token)).toBe(200);
    expect(await statusOf('other/o/x', token)).toBe(403);
    const upload = `${google.url}/upload/storage/v1/b/data/o?uploadType=media&name=new`;
    expect((await callApi(upload, { token, json: {} })).status).toBe(403);
    expect((await callApi(upload, { token: source, json: {} })).status).toBe(200);
  });

  it('leaves one prefix of a bucket', async () => {
    const narrow = rule({ availabilityCondition: { title: 't', expression: TEAM_A } });
    const token = member(await downscope({ options: options(narrow) }), 'access_token');
    expect(await statusOf('data/o/team-a%2Fx', token)).toBe(200);
    expect(await statusOf('data/o/team-b%2Fx', token)).toBe(403);
    expect(await statusOf('data/o?prefix=team-a/', token)).toBe(200);
    expect(await statusOf('data/o?prefix=team-b/', token)).toBe(403);
    expect(await statusOf('data/o', token)).toBe(403);
  });

  it('adds up the rules, and adds nothing that the account has not', async () => {
    const everywhere = ['data', 'other', 'third'].map((bucket) =>
      rule({ availableResource: `//storage.googleapis.com/projects/_/buckets/${bucket}` }),
    );
    google.storage.createBucket('third', { objects: { x: '' } });
    const token = member(await downscope({ options: options(...everywhere) }), 'access_token');
    expect(await statusOf('data/o', token)).toBe(200);
    expect(await statusOf('other/o', token)).toBe(200);
    expect(await statusOf('third/o', token)).toBe(403);
  });

  it('makes a token that is good for Cloud Storage only', async () => {
    const token = member(await downscope(), 'access_token');
    google.iam.bindTokenCreator(READER, READER);
    google.compute.grantViewer('proj', `serviceAccount:${READER}`);
    const iam = `${google.url}/v1/projects/-/serviceAccounts/${READER}:generateAccessToken`;
    const compute = `${google.url}/compute/v1/projects/proj/zones/z/instances/none`;
    expect((await callApi(iam, { token: source, json: { scope: [CLOUD_PLATFORM] } })).status).toBe(200);
    expect((await callApi(iam, { token, json: { scope: [CLOUD_PLATFORM] } })).status).toBe(403);
    expect((await callApi(compute, { token: source })).status).toBe(404);
    expect((await callApi(compute, { token })).status).toBe(403);
  });

  it('takes options that are percent-encoded once more, as Python sends them', async () => {
    expect((await downscope({ options: encodeURIComponent(options(rule())) })).status).toBe(200);
  });
});

describe('refusals', () => {
  const permission = 'inRole:roles/storage.objectViewer';

  it.each([
    ['no rule', options()],
    ['eleven rules', options(...Array.from({ length: 11 }, () => rule()))],
    ['a rule without permissions', options(rule({ availablePermissions: [] }))],
    ['an unknown permission', options(rule({ availablePermissions: ['storage.objects.get'] }))],
    ['another service', options(rule({ availableResource: '//bigquery.googleapis.com/projects/p' }))],
    ['a condition without an expression', options(rule({ availabilityCondition: { title: 't' } }))],
    ['an unreadable condition', options(rule({ availabilityCondition: { expression: '1 +' } }))],
    ['a rule that is no object', options(permission)],
    ['no boundary', '{}'],
    ['options that are no JSON', 'x'],
  ])('refuses %s', async (_, text) => {
    const answer = await downscope({ options: text });
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 400,
      body: {
        error: 'invalid_request',
        error_description: expect.stringMatching(/^Invalid access boundary: /),
        error_uri: 'https://tools.ietf.org/html/rfc6749',
      },
    });
  });

  it.each([
    [{ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' }, 'unsupported_grant_type'],
    [{ subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }, 'invalid_request'],
    [{ requested_token_type: 'urn:ietf:params:oauth:token-type:jwt' }, 'invalid_request'],
    [{ subject_token: 'ya29.c.invented' }, 'invalid_grant'],
    [{ options: '' }, 'invalid_request'],
  ])('refuses %j', async (more, error) => {
    const answer = await downscope(more);
    expect([answer.status, member(answer, 'error')]).toEqual([400, error]);
  });

  it('refuses a token that expired, and one that is downscoped already', async () => {
    const narrow = member(await downscope(), 'access_token');
    expect(member(await downscope({ subject_token: narrow }), 'error')).toBe('invalid_grant');
    google.clockOffsetMs = 3_600_000;
    expect(member(await downscope(), 'error')).toBe('invalid_grant');
  });
});
