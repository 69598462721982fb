import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, type ApiAnswer } from './api-client.ts';
import { startFakeGoogle, type FakeGoogle } from './fake-google.ts';

let google: FakeGoogle;
beforeEach(async () => {
  google = await startFakeGoogle();
  for (const name of ['alice', 'bob']) google.workspace.addUser(`${name}@example.com`);
  google.drive.addFile('alice@example.com', { name: 'plan.txt' });
  google.drive.addFile('alice@example.com', {
    name: 'app.json',
    mimeType: 'application/json',
    openedByApp: true,
  });
  google.drive.addFile('bob@example.com', { name: 'secret.txt' });
});
afterEach(() => google.close());

function get(path: string, scope: string, user = 'alice@example.com'): Promise<ApiAnswer> {
  const token = google.workspace.mintAccessToken(user, [`https://www.googleapis.com/auth/${scope}`]);
  return callApi(`${google.url}/drive/v3/${path}`, { token });
}

describe('files', () => {
  it.each(['drive', 'drive.readonly', 'drive.metadata', 'drive.metadata.readonly'])(
    'are those of the user of the token, with %s',
    async (scope) => {
      expect((await get('files', scope)).body).toMatchObject({
        kind: 'drive#fileList',
        files: [
          {
            kind: 'drive#file',
            name: 'plan.txt',
            mimeType: 'text/plain',
            id: expect.stringMatching(/^[\w-]{33}$/),
          },
          { name: 'app.json' },
        ],
      });
      expect((await get('files', scope, 'bob@example.com')).body).toMatchObject({
        files: [{ name: 'secret.txt' }],
      });
    },
  );

  it('are only the application’s own with drive.file', async () => {
    expect((await get('files', 'drive.file')).body).toMatchObject({ files: [{ name: 'app.json' }] });
    expect((await get('files', 'drive.file')).text).not.toContain('plan.txt');
  });

  it('of a service account are its own, not its users’', async () => {
    google.iam.createServiceAccount({ email: 'sa@proj.iam.gserviceaccount.com' });
    const scopes = ['https://www.googleapis.com/auth/drive'];
    const token = google.iam.mintAccessToken('sa@proj.iam.gserviceaccount.com', scopes);
    expect((await callApi(`${google.url}/drive/v3/files`, { token })).body).toMatchObject({ files: [] });
  });
});

describe('about', () => {
  it('tells who the user is', async () => {
    expect((await get('about?fields=user', 'drive.file')).body).toMatchObject({
      user: { kind: 'drive#user', displayName: 'alice', me: true, emailAddress: 'alice@example.com' },
    });
  });

  it('is refused without fields', async () => {
    expect((await get('about', 'drive')).status).toBe(400);
  });
});

describe('refusals', () => {
  it.each(['cloud-platform', 'devstorage.read_only', 'gmail.readonly'])(
    'refuses the scope %s',
    async (scope) => {
      const answer = await get('files', scope);
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({
        error: {
          status: 'PERMISSION_DENIED',
          details: [
            {
              reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
              metadata: { service: 'drive.googleapis.com', method: 'google.apps.drive.v3.DriveFiles.List' },
            },
          ],
        },
      });
    },
  );

  it('refuses a user that was suspended since', async () => {
    const token = google.workspace.mintAccessToken('alice@example.com', [
      'https://www.googleapis.com/auth/drive',
    ]);
    google.workspace.suspend('alice@example.com');
    expect((await callApi(`${google.url}/drive/v3/files`, { token })).status).toBe(401);
  });

  it('refuses no token and an invented one', async () => {
    expect((await callApi(`${google.url}/drive/v3/files`)).status).toBe(401);
    expect((await callApi(`${google.url}/drive/v3/files`, { token: 'ya29.c.invented' })).status).toBe(401);
  });
});
