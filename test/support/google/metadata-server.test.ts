import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, callMetadata, member } from './api-client.ts';
import {
  identityTokenClaims,
  startFakeGoogle,
  type FakeGoogle,
  type MetadataServer,
  type VmIdentity,
} from './fake-google.ts';
import { decodeJwt } from './jwt.ts';

const EMAIL = 'worker@proj.iam.gserviceaccount.com';
const VM: VmIdentity = {
  serviceAccount: EMAIL,
  uniqueId: '109422233875895820585',
  instance: {
    id: '2875949485074006138',
    name: 'worker-1',
    zone: 'europe-west1-b',
    projectId: 'proj',
    projectNumber: 326694433618,
    createdAt: 1734377115,
  },
};
const ACCOUNT = 'instance/service-accounts/default';
const NOW = 1739324791;

let now = NOW * 1000;
let google: FakeGoogle;
let server: MetadataServer;
beforeEach(async () => {
  now = NOW * 1000;
  google = await startFakeGoogle({ clock: () => now });
  server = await google.startMetadataServer(VM);
});
afterEach(() => google.close());

const payloadText = (token: string): string => Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();

describe('identity tokens', () => {
  it('carry exactly the recorded claims in the recorded order', async () => {
    const token = await server.identityToken('agentcommunication.googleapis.com');
    expect(payloadText(token)).toBe(
      '{"aud":"agentcommunication.googleapis.com","azp":"109422233875895820585",' +
        '"email":"worker@proj.iam.gserviceaccount.com","email_verified":true,"exp":1739328391,' +
        '"google":{"compute_engine":{"instance_creation_timestamp":1734377115,"instance_id":"2875949485074006138",' +
        '"instance_name":"worker-1","project_id":"proj","project_number":326694433618,"zone":"europe-west1-b"}},' +
        '"iat":1739324791,"iss":"https://accounts.google.com","sub":"109422233875895820585"}',
    );
    expect(decodeJwt(token)?.header).toEqual({ alg: 'RS256', kid: google.keys.signing.kid, typ: 'JWT' });
    expect(payloadText(token)).toBe(
      JSON.stringify(identityTokenClaims(VM, 'agentcommunication.googleapis.com', NOW)),
    );
  });

  it('are signed by whichever key the test sets, a key that nobody can find included', async () => {
    google.keys.signing = google.keys.createUnpublishedKey();
    const kid = decodeJwt(await server.identityToken('a'))?.header['kid'];
    expect(kid).toBe(google.keys.signing.kid);
    expect(google.keys.served.map((key) => key.kid)).not.toContain(kid);
  });

  it('are bare text/html', async () => {
    const { headers, text } = await callMetadata(server.url, `${ACCOUNT}/identity?audience=a&format=full`);
    expect(headers.get('content-type')).toBe('text/html');
    expect(text).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('name neither e-mail nor machine in the standard format, which is the default', async () => {
    const { text } = await callMetadata(server.url, `${ACCOUNT}/identity?audience=a`);
    expect(Object.keys(decodeJwt(text)?.claims ?? {})).toEqual(['aud', 'azp', 'exp', 'iat', 'iss', 'sub']);
    expect(await server.identityToken('a', { format: 'standard' })).toBe(text);
  });

  it('say that a VM is confidential, and list its licences only when asked', async () => {
    const instance = {
      ...VM.instance,
      name: 'worker-2',
      confidential: true,
      licenseIds: ['1001010', '1001003'],
    };
    const other = await google.startMetadataServer({ ...VM, instance });
    const plain = payloadText(await other.identityToken('a'));
    const licensed = payloadText(await other.identityToken('a', { licenses: true }));
    expect(plain).toContain('"compute_engine":{"instance_confidentiality":1,"instance_creation_timestamp"');
    expect(plain).not.toContain('license_id');
    expect(licensed).toContain('"license_id":["1001010","1001003"]');
    expect(payloadText(await server.identityToken('a', { licenses: true }))).not.toContain('license_id');
  });

  it('keep an audience as it was asked, encoded or raw', async () => {
    const aud = 'https://x/y?z=1';
    expect(decodeJwt(await server.identityToken(`${aud}&a=b`))?.claims['aud']).toBe(`${aud}&a=b`);
    const { text } = await callMetadata(server.url, `${ACCOUNT}/identity?format=full&audience=${aud}`);
    expect(decodeJwt(text)?.claims['aud']).toBe(aud);
  });

  it('carry no compute_engine on Cloud Run, whatever the format', async () => {
    const run = {
      serviceAccount: EMAIL,
      projectId: 'proj',
      projectNumber: 326694433618,
      region: 'europe-west1',
    };
    const service = await google.startMetadataServer(run);
    const token = await service.identityToken('a');
    expect(Object.keys(decodeJwt(token)?.claims ?? {})).toEqual([
      'aud',
      'azp',
      'email',
      'email_verified',
      'exp',
      'iat',
      'iss',
      'sub',
    ]);
    const { text } = await callMetadata(service.url, 'instance/region');
    expect(text).toBe('projects/326694433618/regions/europe-west1');
  });

  it.each(['identity', 'identity?audience=', 'identity?format=full'])(
    'are refused without an audience: %s',
    async (path) => {
      const { status, text } = await callMetadata(server.url, `${ACCOUNT}/${path}`);
      expect({ status, text }).toEqual({
        status: 400,
        text: expect.stringContaining('non-empty audience parameter required'),
      });
    },
  );
});

describe('access tokens', () => {
  it('are tokens of the account with the access scopes of the VM, whatever scopes are asked', async () => {
    const answer = await callMetadata(
      server.url,
      `${ACCOUNT}/token?scopes=https://www.googleapis.com/auth/drive`,
    );
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^ya29\.c\.[\w-]{213}$/),
      expires_in: 3600,
      token_type: 'Bearer',
    });
    expect(google.whoIs(member(answer, 'access_token'))).toMatchObject({
      principal: `serviceAccount:${EMAIL}`,
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      expiresAtMs: (NOW + 3600) * 1000,
    });
  });

  it('stay the same until five minutes before they expire', async () => {
    const first = await callMetadata(server.url, `${ACCOUNT}/token`);
    now += 3299_000;
    const later = await callMetadata(server.url, `${ACCOUNT}/token`);
    expect(later.body).toMatchObject({ access_token: member(first, 'access_token'), expires_in: 301 });
    now += 1000;
    const renewed = await callMetadata(server.url, `${ACCOUNT}/token`);
    expect(member(renewed, 'access_token')).not.toBe(member(first, 'access_token'));
    expect(renewed.body).toMatchObject({ expires_in: 3600 });
  });

  it('carry the scopes of a VM that has others', async () => {
    const scopes = ['https://www.googleapis.com/auth/devstorage.read_only'];
    const narrow = await google.startMetadataServer({ ...VM, scopes });
    expect(
      google.whoIs(member(await callMetadata(narrow.url, `${ACCOUNT}/token`), 'access_token'))?.scopes,
    ).toEqual(scopes);
    expect((await callMetadata(narrow.url, `${ACCOUNT}/scopes`)).text).toBe(`${scopes[0]}\n`);
  });
});

describe('guards', () => {
  it('refuses a request without Metadata-Flavor, and says its own flavour all the same', async () => {
    const { status, headers } = await callApi(`${server.url}/computeMetadata/v1/${ACCOUNT}/token`);
    expect(status).toBe(403);
    expect(headers.get('metadata-flavor')).toBe('Google');
    expect(headers.get('server')).toBe('Metadata Server for VM');
  });

  it('refuses a request that passed a proxy', async () => {
    expect(
      (await callMetadata(server.url, `${ACCOUNT}/token`, { 'x-forwarded-for': '10.0.0.1' })).status,
    ).toBe(403);
  });

  it('refuses another flavour', async () => {
    expect((await callMetadata(server.url, `${ACCOUNT}/token`, { 'metadata-flavor': 'Azure' })).status).toBe(
      403,
    );
  });

  it('refuses a POST', async () => {
    expect(
      (
        await callApi(`${server.url}/computeMetadata/v1/${ACCOUNT}/token`, {
          json: {},
          headers: { 'metadata-flavor': 'Google' },
        })
      ).status,
    ).toBe(405);
  });

  it('knows no universe, no other account and no other key', async () => {
    for (const path of [
      'universe/universe-domain',
      'instance/service-accounts/x@y.z/token',
      'instance/attributes/ssh-keys',
    ]) {
      expect((await callMetadata(server.url, path)).status).toBe(404);
    }
  });
});

describe('the tree', () => {
  it.each([
    ['project/project-id', 'proj'],
    ['project/numeric-project-id', '326694433618'],
    ['instance/id', '2875949485074006138'],
    ['instance/name', 'worker-1'],
    ['instance/zone', 'projects/326694433618/zones/europe-west1-b'],
    [`${ACCOUNT}/email`, EMAIL],
    [`instance/service-accounts/${encodeURIComponent(EMAIL)}/email`, EMAIL],
    [`${ACCOUNT}/aliases`, 'default\n'],
    ['', 'instance/\nproject/\n'],
    ['instance/service-accounts/', `default/\n${EMAIL}/\n`],
    [`${ACCOUNT}/`, 'aliases\nemail\nidentity\nscopes\ntoken\n'],
    ['project/project-id?alt=json', '"proj"'],
  ])('%s is %j', async (path, text) => {
    const answer = await callMetadata(server.url, path);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text });
  });

  it('answers the ping of the root', async () => {
    const { status, text } = await callApi(`${server.url}/`, { headers: { 'metadata-flavor': 'Google' } });
    expect({ status, text }).toEqual({ status: 200, text: 'computeMetadata/\n' });
  });

  it('redirects a directory without its slash', async () => {
    const { status, headers } = await callMetadata(server.url, 'instance?recursive=true');
    expect(status).toBe(301);
    expect(headers.get('location')).toBe(`${server.url}/computeMetadata/v1/instance/?recursive=true`);
  });

  it('describes an account, and all of them, as JSON', async () => {
    const account = {
      aliases: ['default'],
      email: EMAIL,
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
    };
    const one = await callMetadata(server.url, `${ACCOUNT}/?recursive=true`);
    expect(one.headers.get('content-type')).toBe('application/json');
    expect(one.body).toEqual(account);
    const all = await callMetadata(server.url, 'instance/service-accounts/?recursive=true');
    expect(all.body).toEqual({ default: account, [EMAIL]: account });
  });
});

describe('several machines', () => {
  it('share the accounts and have faults and counts of their own', async () => {
    const other = await google.startMetadataServer({ ...VM, instance: { ...VM.instance, name: 'worker-2' } });
    server.faults.set('metadata', { kind: 'status', status: 503 });
    const broken = await callMetadata(server.url, `${ACCOUNT}/email`);
    expect(broken.status).toBe(503);
    expect(broken.headers.get('metadata-flavor')).toBe('Google');
    expect((await callMetadata(other.url, `${ACCOUNT}/email`)).status).toBe(200);
    google.faults.set('metadata', { kind: 'html', status: 500 }, { path: /\/token/ });
    expect((await callMetadata(other.url, `${ACCOUNT}/token`)).status).toBe(500);
    expect((await callMetadata(other.url, `${ACCOUNT}/email`)).status).toBe(200);
    expect([server.calls(), other.calls(), google.calls('metadata')]).toEqual([1, 3, 4]);
  });

  it('says so when a token cannot be had', async () => {
    server.faults.set('metadata', { kind: 'status', status: 503 });
    await expect(server.identityToken('a')).rejects.toThrow('metadata server answered 503');
  });

  it('refuses to give one account two unique ids', async () => {
    await expect(google.startMetadataServer({ ...VM, uniqueId: '100000000000000000000' })).rejects.toThrow(
      `service account "${EMAIL}" has the unique id 109422233875895820585, not 100000000000000000000`,
    );
  });
});
