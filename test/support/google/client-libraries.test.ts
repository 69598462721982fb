// The kit shares no code with the libraries that talk to it; here they judge it.
import { Compute, Impersonated } from 'google-auth-library';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { startFakeGoogle, type FakeGoogle, type MetadataServer, type VmIdentity } from './fake-google.ts';

const TARGET = 'trainer@proj.iam.gserviceaccount.com';
const STORAGE = 'https://www.googleapis.com/auth/devstorage.read_only';
const VM: VmIdentity = {
  serviceAccount: 'worker@proj.iam.gserviceaccount.com',
  instance: {
    id: '1',
    name: 'w',
    zone: 'us-central1-a',
    projectId: 'proj',
    projectNumber: 1,
    createdAt: 1734377115,
  },
};

let google: FakeGoogle;
let server: MetadataServer;
beforeEach(async () => {
  google = await startFakeGoogle();
  server = await google.startMetadataServer(VM);
  google.iam.createServiceAccount({ email: TARGET });
  vi.stubEnv('GCE_METADATA_HOST', server.host);
  vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
  // The library warns at each construction of Impersonated.
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await google.close();
});

function impersonated(): Impersonated {
  return new Impersonated({
    sourceClient: new Compute(),
    targetPrincipal: TARGET,
    targetScopes: [STORAGE],
    delegates: [],
    lifetime: 600,
    endpoint: google.url,
  });
}

describe('google-auth-library', () => {
  it('gets the VM’s access token and identity token', async () => {
    const compute = new Compute();
    const { token } = await compute.getAccessToken();
    expect(google.whoIs(token ?? '')?.principal).toBe(`serviceAccount:${VM.serviceAccount}`);
    expect(compute.credentials.expiry_date).toBeGreaterThan(Date.now() + 3_500_000);
    expect(await compute.fetchIdToken('aud')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('impersonates for access tokens, ID tokens and signatures', async () => {
    google.iam.bindTokenCreator(VM.serviceAccount, TARGET);
    const { token } = await impersonated().getAccessToken();
    expect(google.whoIs(token ?? '')).toMatchObject({
      principal: `serviceAccount:${TARGET}`,
      scopes: [STORAGE],
    });
    const idToken = await impersonated().fetchIdToken('aud', { includeEmail: true });
    const { payload } = await jwtVerify(idToken, createRemoteJWKSet(new URL(google.jwksUrl)), {
      audience: 'aud',
    });
    expect(payload).toMatchObject({ email: TARGET, azp: TARGET });
    expect((await impersonated().sign('bytes')).keyId).toBe(google.iam.signingKey(TARGET).kid);
  });

  it('reads the refusal of a missing permission', async () => {
    await expect(impersonated().getAccessToken()).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("PERMISSION_DENIED: unable to impersonate: Permission 'iam.service"),
    });
  });
});

describe('jose', () => {
  it('verifies identity tokens against the served keys', async () => {
    const keys = createRemoteJWKSet(new URL(google.jwksUrl));
    const options = { issuer: 'https://accounts.google.com', audience: 'aud', algorithms: ['RS256'] };
    const { payload, protectedHeader } = await jwtVerify(await server.identityToken('aud'), keys, options);
    expect(payload).toMatchObject({ google: { compute_engine: { instance_id: '1' } } });
    expect(protectedHeader.kid).toBe(google.keys.signing.kid);
  });

  it('refuses a token of a key that was never served', async () => {
    const token = google.keys.sign({ claims: { aud: 'aud' }, key: google.keys.createUnpublishedKey() });
    const keys = createRemoteJWKSet(new URL(google.jwksUrl));
    await expect(jwtVerify(token, keys)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });
});
