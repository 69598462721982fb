import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, type ApiAnswer } from './api-client.ts';
import { startFakeGoogle, type FakeGoogle } from './fake-google.ts';

const READER = 'reader@proj.iam.gserviceaccount.com';
const WRITER = 'writer@proj.iam.gserviceaccount.com';
const scope = (name: string): string[] => [`https://www.googleapis.com/auth/${name}`];

let google: FakeGoogle;
beforeEach(async () => {
  google = await startFakeGoogle();
  for (const email of [READER, WRITER]) google.iam.createServiceAccount({ email });
  google.storage.createBucket('data', {
    objects: { 'a/1': 'one', 'a/2': 'two', 'b/1': 'three' },
    readers: [`serviceAccount:${READER}`],
    writers: [`serviceAccount:${WRITER}`],
  });
});
afterEach(() => google.close());

function get(path: string, email = READER, scopes = scope('devstorage.read_only')): Promise<ApiAnswer> {
  return callApi(`${google.url}/storage/v1/${path}`, { token: google.iam.mintAccessToken(email, scopes) });
}

function upload(email: string, scopes: string[]): Promise<ApiAnswer> {
  const url = `${google.url}/upload/storage/v1/b/data/o?uploadType=media&name=a%2Fnew`;
  return callApi(url, { token: google.iam.mintAccessToken(email, scopes), json: { n: 1 } });
}

describe('what a reader can do', () => {
  it('lists objects, all or below a prefix', async () => {
    expect((await get('b/data/o')).body).toMatchObject({
      items: [{ name: 'a/1' }, { name: 'a/2' }, { name: 'b/1' }],
    });
    expect((await get('b/data/o?prefix=a/')).body).toMatchObject({
      items: [{ name: 'a/1' }, { name: 'a/2' }],
    });
  });

  it('reads an object and its description', async () => {
    expect((await get('b/data/o/a%2F1?alt=media')).text).toBe('one');
    expect((await get('b/data/o/a%2F1')).body).toMatchObject({ name: 'a/1', bucket: 'data', size: '3' });
  });

  it('sees the bucket, alone and in its project', async () => {
    expect((await get('b/data')).body).toMatchObject({ name: 'data' });
    expect((await get('b?project=test-project')).body).toMatchObject({ items: [{ name: 'data' }] });
  });

  it('does all that with every scope that reads', async () => {
    for (const name of ['devstorage.read_write', 'devstorage.full_control', 'cloud-platform']) {
      expect((await get('b/data/o', READER, scope(name))).status).toBe(200);
    }
  });
});

describe('what a writer can do', () => {
  it('writes an object, and reads it', async () => {
    expect((await upload(WRITER, scope('devstorage.read_write'))).body).toMatchObject({
      name: 'a/new',
      size: '7',
    });
    expect(google.storage.read('data', 'a/new')).toBe('{"n":1}');
    expect((await get('b/data/o/a%2Fnew?alt=media', WRITER)).text).toBe('{"n":1}');
  });
});

describe('refusals', () => {
  it('refuses a reader that writes, in the words of Cloud Storage', async () => {
    const answer = await upload(READER, scope('devstorage.full_control'));
    const message =
      `${READER} does not have storage.objects.create access to the Google Cloud Storage object. ` +
      `Permission 'storage.objects.create' denied on resource (or it may not exist).`;
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 403,
      body: { error: { code: 403, message, errors: [{ message, domain: 'global', reason: 'forbidden' }] } },
    });
    expect(google.storage.read('data', 'a/new')).toBeUndefined();
  });

  it('refuses a writer whose token only reads', async () => {
    const answer = await upload(WRITER, scope('devstorage.read_only'));
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('Provided scope(s) are not authorized');
  });

  it('refuses a token of another API', async () => {
    expect((await get('b/data/o', READER, scope('drive'))).status).toBe(403);
  });

  it('refuses a stranger everywhere', async () => {
    google.storage.createBucket('private', { objects: { x: '' } });
    for (const path of ['b/private', 'b/private/o', 'b/private/o/x?alt=media', 'b?project=nobodys']) {
      expect((await get(path)).status).toBe(403);
    }
  });

  it('refuses an unknown bucket and an unknown object', async () => {
    expect((await get('b/nowhere/o')).body).toMatchObject({
      error: { code: 404, message: 'The specified bucket does not exist.', errors: [{ reason: 'notFound' }] },
    });
    expect((await get('b/data/o/none')).body).toMatchObject({
      error: { code: 404, message: 'No such object: data/none' },
    });
  });

  it('refuses a token that is unknown, expired, or whose account is disabled', async () => {
    const url = `${google.url}/storage/v1/b/data/o`;
    const unknown = await callApi(url, { token: 'ya29.c.invented' });
    expect(unknown.status).toBe(401);
    expect(unknown.headers.get('www-authenticate')).toContain('Bearer');
    expect(unknown.body).toEqual({
      error: {
        code: 401,
        message: 'Invalid Credentials',
        errors: [
          {
            message: 'Invalid Credentials',
            domain: 'global',
            reason: 'authError',
            locationType: 'header',
            location: 'Authorization',
          },
        ],
      },
    });
    const token = google.iam.mintAccessToken(READER, scope('devstorage.read_only'));
    google.clockOffsetMs = 3_601_000;
    expect((await callApi(url, { token })).status).toBe(401);
    google.clockOffsetMs = 0;
    google.iam.disable(READER);
    expect((await callApi(url, { token })).status).toBe(401);
  });

  it('refuses anonymous callers', async () => {
    const answer = await callApi(`${google.url}/storage/v1/b/data/o`);
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('Anonymous caller does not have storage.objects.list access');
  });

  it('refuses an upload without a name or of another kind', async () => {
    const token = google.iam.mintAccessToken(WRITER, scope('cloud-platform'));
    for (const query of ['uploadType=media', 'uploadType=resumable&name=x']) {
      const url = `${google.url}/upload/storage/v1/b/data/o?${query}`;
      expect((await callApi(url, { token, json: {} })).status).toBe(400);
    }
  });
});
