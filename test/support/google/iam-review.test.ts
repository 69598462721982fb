import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, type ApiAnswer } from './api-client.ts';
import { startFakeGoogle, type FakeGoogle } from './fake-google.ts';

const ANN = 'ann@example.com';
const TRAINER = 'trainer@proj.iam.gserviceaccount.com';
const RUNTIME = 'runtime@proj.iam.gserviceaccount.com';
const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';

let google: FakeGoogle;
beforeEach(async () => {
  google = await startFakeGoogle();
  google.workspace.addUser(ANN);
  for (const email of [TRAINER, RUNTIME]) google.iam.createServiceAccount({ email });
});
afterEach(() => google.close());

function ask(path: string, json?: unknown): Promise<ApiAnswer> {
  const token = google.workspace.mintAccessToken(ANN, [CLOUD_PLATFORM]);
  return callApi(`${google.url}${path}`, { token, ...(json !== undefined && { json }) });
}
const troubleshoot = (principal: string) => {
  const fullResourceName = `//iam.googleapis.com/projects/proj/serviceAccounts/${TRAINER}`;
  const permission = 'iam.serviceAccounts.getAccessToken';
  return ask('/v3/iam:troubleshoot', { accessTuple: { principal, fullResourceName, permission } });
};
const list = (filter: string) => ask('/v2/entries:list', { resourceNames: ['projects/proj'], filter });

describe('what a reviewer sees', () => {
  beforeEach(() => google.iam.addReviewer(ANN));

  it('is an account, and that it is disabled', async () => {
    const { uniqueId, clientId } = google.iam.serviceAccount(TRAINER);
    const account = { projectId: 'proj', email: TRAINER, uniqueId, oauth2ClientId: clientId };
    expect((await ask(`/v1/projects/-/serviceAccounts/${TRAINER}`)).body).toMatchObject(account);
    google.iam.disable(TRAINER);
    expect((await ask(`/v1/projects/-/serviceAccounts/${TRAINER}`)).body).toMatchObject({ disabled: true });
  });

  it('is that there is no such account', async () => {
    expect((await ask('/v1/projects/-/serviceAccounts/x@proj.iam.gserviceaccount.com')).status).toBe(404);
  });

  it('is who may do what', async () => {
    expect((await troubleshoot(RUNTIME)).body).toMatchObject({ overallAccessState: 'CANNOT_ACCESS' });
    google.iam.bindTokenCreator(RUNTIME, TRAINER);
    expect((await troubleshoot(RUNTIME)).body).toMatchObject({ overallAccessState: 'CAN_ACCESS' });
  });

  it('is which API is on', async () => {
    const path = '/v1/projects/proj/services/iamcredentials.googleapis.com';
    expect((await ask(path)).body).toMatchObject({ state: 'ENABLED' });
    google.iam.disableApi();
    expect((await ask(path)).body).toMatchObject({ state: 'DISABLED' });
  });

  it('is the newest entry of those that fit', async () => {
    google.logging.write('2026-03-01T12:00:00Z', { target: 'user:a', reason: 'old' });
    google.logging.write('2026-03-02T12:00:00Z', { target: 'user:a', reason: 'new' });
    google.logging.write('2026-03-03T12:00:00Z', { target: 'user:b', reason: 'other' });
    const { body } = await list('jsonPayload.target="user:a" AND timestamp>="2026-01-01T00:00:00Z"');
    expect(body).toMatchObject({ entries: [{ jsonPayload: { reason: 'new' } }, {}] });
  });

  it.each([[{}], [{ accessTuple: { principal: 7 } }], [{ accessTuple: { fullResourceName: '//x' } }]])(
    'is not to be had by %j',
    async (json) => {
      expect((await ask('/v3/iam:troubleshoot', json)).status).toBe(400);
    },
  );
});

it('others see nothing of it', async () => {
  const answers = [
    await ask(`/v1/projects/-/serviceAccounts/${TRAINER}`),
    await troubleshoot(RUNTIME),
    await ask('/v1/projects/proj/services/iamcredentials.googleapis.com'),
    await list('jsonPayload.target="user:a"'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  expect((await callApi(`${google.url}/v1/projects/-/serviceAccounts/${TRAINER}`)).status).toBe(401);
});
