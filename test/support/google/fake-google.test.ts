import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi } from './api-client.ts';
import { startFakeGoogle, type FakeGoogle } from './fake-google.ts';

const EMAIL = 'sa@proj.iam.gserviceaccount.com';
const RUN = { serviceAccount: EMAIL, projectId: 'proj', projectNumber: 1, region: 'europe-west1' };
const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';

let google: FakeGoogle;
beforeEach(async () => void (google = await startFakeGoogle()));
afterEach(() => google.close());

describe('a fake Google', () => {
  it('listens on the loopback address only', () => {
    expect(google.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect([google.jwksUrl, google.oauthTokenUrl]).toEqual([
      `${google.url}/oauth2/v3/certs`,
      `${google.url}/token`,
    ]);
  });

  it('counts the requests of each route until told to forget', async () => {
    await callApi(google.jwksUrl);
    await callApi(google.jwksUrl);
    await callApi(google.oauthTokenUrl, { form: {} });
    expect([google.calls('jwks'), google.calls('oauthToken'), google.calls('sts')]).toEqual([2, 1, 0]);
    google.resetCalls();
    expect(google.calls('jwks')).toBe(0);
  });

  it('finds nothing elsewhere, and says so with a page', async () => {
    const { status, headers } = await callApi(`${google.url}/v2/anything`);
    expect([status, headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
  });

  it('knows who its tokens are, expired ones too, and nobody else’s', () => {
    google.iam.createServiceAccount({ email: EMAIL });
    const token = google.iam.mintAccessToken(EMAIL, [CLOUD_PLATFORM], 1);
    google.clockOffsetMs = 60_000;
    expect(google.whoIs(token)).toMatchObject({
      principal: `serviceAccount:${EMAIL}`,
      scopes: [CLOUD_PLATFORM],
    });
    expect(google.whoIs(`${token}x`)).toBeUndefined();
  });

  it('has a clock that can be wrong', async () => {
    const server = await google.startMetadataServer(RUN);
    const iat = async (): Promise<number> => {
      const payload = (await server.identityToken('a')).split('.')[1] ?? '';
      return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number }).iat;
    };
    google.clockOffsetMs = -3_600_000;
    expect(google.clockOffsetMs).toBe(-3_600_000);
    const late = await iat();
    google.clockOffsetMs = 0;
    expect((await iat()) - late).toBeGreaterThanOrEqual(3600);
  });

  it('answers many requests at once, each with a token of its own', async () => {
    google.iam.createServiceAccount({ email: EMAIL });
    google.iam.bindTokenCreator(EMAIL, EMAIL);
    const token = google.iam.mintAccessToken(EMAIL, [CLOUD_PLATFORM]);
    const url = `${google.url}/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`;
    const call = { token, json: { scope: [CLOUD_PLATFORM] } };
    const answers = await Promise.all(Array.from({ length: 200 }, () => callApi(url, call)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(200);
  });

  it('gives an account the same unique id in every run', async () => {
    const other = await startFakeGoogle();
    const ids = [google, other].map(({ iam }) => iam.createServiceAccount({ email: EMAIL }).uniqueId);
    await other.close();
    expect(ids[0]).toMatch(/^1\d{20}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  it('closes all that it started, and may be closed twice', async () => {
    const server = await google.startMetadataServer(RUN);
    const frontEnd = await google.startInvokerFrontEnd({ upstream: google.url, audiences: [], invokers: [] });
    await google.close();
    await google.close();
    for (const { url } of [google, server, frontEnd]) {
      await expect(callApi(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    }
  });
});
