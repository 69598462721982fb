import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, type ApiAnswer } from './api-client.ts';
import { startFakeGoogle, type FakeGoogle, type VmIdentity } from './fake-google.ts';

const VIEWER = 'viewer@proj.iam.gserviceaccount.com';
const VM: VmIdentity = {
  serviceAccount: 'worker@proj.iam.gserviceaccount.com',
  instance: {
    id: '2875949485074006138',
    name: 'worker-1',
    zone: 'europe-west1-b',
    projectId: 'proj',
    projectNumber: 326694433618,
    createdAt: 1734377115,
  },
};

let google: FakeGoogle;
beforeEach(async () => {
  google = await startFakeGoogle();
  google.iam.createServiceAccount({ email: VIEWER });
  google.compute.grantViewer('proj', `serviceAccount:${VIEWER}`);
  google.compute.addInstance(VM);
});
afterEach(() => google.close());

function get(name: string, scope = 'compute.readonly', project = 'proj'): Promise<ApiAnswer> {
  const token = google.iam.mintAccessToken(VIEWER, [`https://www.googleapis.com/auth/${scope}`]);
  return callApi(`${google.url}/compute/v1/projects/${project}/zones/europe-west1-b/instances/${name}`, {
    token,
  });
}

describe('an instance', () => {
  it('is described with its id, status, zone and account', async () => {
    expect((await get('worker-1')).body).toMatchObject({
      kind: 'compute#instance',
      id: '2875949485074006138',
      name: 'worker-1',
      status: 'RUNNING',
      zone: 'https://www.googleapis.com/compute/v1/projects/proj/zones/europe-west1-b',
      creationTimestamp: '2024-12-16T19:25:15.000Z',
      serviceAccounts: [
        { email: VM.serviceAccount, scopes: ['https://www.googleapis.com/auth/cloud-platform'] },
      ],
    });
  });

  it('is there as soon as its metadata server is', async () => {
    await google.startMetadataServer({ ...VM, instance: { ...VM.instance, name: 'worker-2', id: '7' } });
    expect((await get('worker-2')).body).toMatchObject({ id: '7', status: 'RUNNING' });
  });

  it('stops, is deleted, and is replaced by another of its name', async () => {
    google.compute.setStatus(VM.instance, 'TERMINATED');
    expect((await get('worker-1')).body).toMatchObject({ status: 'TERMINATED' });
    google.compute.deleteInstance(VM.instance);
    expect((await get('worker-1')).body).toMatchObject({
      error: {
        code: 404,
        message: "The resource 'projects/proj/zones/europe-west1-b/instances/worker-1' was not found",
      },
    });
    expect(() => google.compute.setStatus(VM.instance, 'RUNNING')).toThrow('no instance');
    google.compute.addInstance({ ...VM, instance: { ...VM.instance, id: '8' } });
    expect((await get('worker-1')).body).toMatchObject({ id: '8' });
  });
});

describe('refusals', () => {
  it('refuses who is no viewer of the project', async () => {
    const answer = await get('worker-1', 'compute.readonly', 'elsewhere');
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("Required 'compute.instances.get' permission");
  });

  it('refuses the scope of another API', async () => {
    const answer = await get('worker-1', 'devstorage.read_only');
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('ACCESS_TOKEN_SCOPE_INSUFFICIENT');
  });

  it('refuses no token and an invented one', async () => {
    const url = `${google.url}/compute/v1/projects/proj/zones/europe-west1-b/instances/worker-1`;
    expect((await callApi(url)).status).toBe(401);
    expect((await callApi(url, { token: 'ya29.c.invented' })).status).toBe(401);
  });
});
