import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, type ApiAnswer } from './api-client.ts';
import { startFakeGoogle, type FakeGoogle } from './fake-google.ts';

const EMAIL = 'sa@proj.iam.gserviceaccount.com';
const DRIVE = 'https://www.googleapis.com/auth/drive';
const NOW = 1_700_000_000;

let google: FakeGoogle;
beforeEach(async () => {
  google = await startFakeGoogle({ clock: () => NOW * 1000 });
  google.iam.createServiceAccount({ email: EMAIL, uniqueId: '100000000000000000001' });
});
afterEach(() => google.close());

const tokeninfo = (token: string): Promise<ApiAnswer> =>
  callApi(`${google.url}/oauth2/v3/tokeninfo?access_token=${token}`);

describe('tokeninfo', () => {
  it('tells client, scopes and the time left, in strings', async () => {
    const token = google.iam.mintAccessToken(EMAIL, [DRIVE], 600);
    google.clockOffsetMs = 60_000;
    expect((await tokeninfo(token)).body).toEqual({
      azp: '100000000000000000001',
      aud: '100000000000000000001',
      scope: DRIVE,
      exp: String(NOW + 600),
      expires_in: '540',
      access_type: 'online',
    });
  });

  it('tells the e-mail to a token that may see it', async () => {
    const scopes = [DRIVE, 'https://www.googleapis.com/auth/userinfo.email'];
    const { body } = await tokeninfo(google.iam.mintAccessToken(EMAIL, scopes));
    expect(body).toMatchObject({ email: EMAIL, email_verified: 'true', scope: scopes.join(' ') });
  });

  it('refuses a token that is unknown or expired', async () => {
    const refusal = { error: 'invalid_token', error_description: 'Invalid Value' };
    expect((await tokeninfo('ya29.c.invented')).body).toEqual(refusal);
    const token = google.iam.mintAccessToken(EMAIL, [DRIVE]);
    google.clockOffsetMs = 3_600_000;
    expect(await tokeninfo(token)).toMatchObject({ status: 400, body: refusal });
  });
});
