/**
 * The built command on a VM of the fake Google, with credentials that the library of Google's finds by itself.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import { createDocumentWriter } from '../support/firestore/documents.ts';
import type { MetadataServer } from '../support/google/fake-google.ts';
import { tether } from '../support/processes/tether.ts';
import { CLOUD_PLATFORM, createWorld, READ_WRITE, TRAINER, type World } from '../support/world/world.ts';
import { createFolder, type Folder } from './desk.ts';

const COMMAND = new URL('../../dist/token-vending.mjs', import.meta.url).pathname;
const OPERATOR = 'ann@example.com';
const RUNTIME = 'impersonate-runtime@acme-vending.iam.gserviceaccount.com';

describeWithFirestore('the built command on a VM', ({ emulator, projectId }) => {
  let world: World;
  let metadata: MetadataServer;
  let folder: Folder;
  let sts: Server;

  beforeAll(async () => {
    world = await createWorld();
    const { iam, workspace } = world.google;
    workspace.addUser(OPERATOR);
    iam.addReviewer(OPERATOR);
    const vm = world.vm('worker');
    metadata = await world.google.startMetadataServer(vm.identity);
    await createDocumentWriter(emulator(), { projectId }).set(`principals/${vm.fleetId}`, {
      uniqueId: vm.identity.uniqueId,
      grants: { [`serviceAccount:${TRAINER}`]: { scopes: [READ_WRITE] } },
    });
    folder = createFolder();
    sts = createServer((request, response) => {
      request.resume();
      const token = workspace.mintAccessToken(OPERATOR, [CLOUD_PLATFORM]);
      const issued = 'urn:ietf:params:oauth:token-type:access_token';
      const body = { access_token: token, issued_token_type: issued, token_type: 'Bearer', expires_in: 3599 };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(sts, 'listening');
  });
  afterAll(async () => {
    sts.close();
    folder.remove();
    await emulator().clear(projectId);
    await world.close();
  });

  async function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const { port } = sts.address() as AddressInfo;
    const credentials = {
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `http://127.0.0.1:${port}/token`,
      credential_source: { file: folder.write('subject', 'eyJhbGciOiJub25lIn0.e30.c2VjcmV0') },
    };
    const env = {
      HOME: folder.path,
      METADATA_SERVER_DETECTION: 'none',
      FIRESTORE_EMULATOR_HOST: emulator().host,
      GOOGLE_CLOUD_PROJECT: projectId,
      GOOGLE_APPLICATION_CREDENTIALS: folder.write('adc.json', JSON.stringify(credentials)),
      TOKEN_VENDING_GOOGLE_ORIGIN: world.google.url,
      TOKEN_VENDING_METADATA_HOST: metadata.host,
      ...environment,
    };
    const child = spawn(process.execPath, [COMMAND, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    tether(child);
    const [out, err, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    expect(out + err).not.toMatch(/ya29|eyJ/);
    return { out, err, exitCode: exitCode as unknown };
  }

  const explain = (...more: readonly string[]) =>
    ['explain', `serviceAccount:${TRAINER}`, '--vm', '--live', '--runtime', RUNTIME, ...more] as const;

  it('explains what the VM may, and asks Google as whoever is logged in', async () => {
    const { out, err, exitCode } = await run(explain());
    expect(out).toContain('granted: worker@acme-workers.iam.gserviceaccount.com on worker for');
    expect(out).toContain(`Google says yes: ${RUNTIME} has iam.serviceAccounts.getAccessToken on ${TRAINER}`);
    expect(out).not.toContain('Google says no');
    expect({ err, exitCode }).toEqual({ err: '', exitCode: 0 });
  });

  it("sends nobody's credentials to another machine", async () => {
    const { err, exitCode } = await run(explain(), {
      TOKEN_VENDING_GOOGLE_ORIGIN: 'http://google.example',
    });
    expect(err).toContain('TOKEN_VENDING_GOOGLE_ORIGIN is for tests');
    expect(exitCode).toBe(78);
  });

  it('examines the VM', async () => {
    const { out, exitCode } = await run(['doctor']);
    expect(out).toContain(`ok      metadata    the metadata server at ${metadata.host} answers: worker`);
    expect(out).toContain('ok      identity');
    expect(exitCode).toBe(0);
  });
});
