/**
 * The built command without credentials, and with some that Google no longer takes. Its Google is on this machine, and it
 * is told that there is no metadata server.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFolder, type Folder } from './desk.ts';

const COMMAND = new URL('../../dist/token-vending.mjs', import.meta.url).pathname;

describe('the built command', () => {
  let folder: Folder;
  let google: Server;
  let port: number;

  beforeAll(async () => {
    folder = createFolder();
    google = createServer((request, response) => {
      request.resume();
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end('{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}');
    }).listen(0, '127.0.0.1');
    await once(google, 'listening');
    ({ port } = google.address() as AddressInfo);
  });
  afterAll(() => {
    google.close();
    folder.remove();
  });

  async function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const env = {
      HOME: folder.path,
      CLOUDSDK_CONFIG: folder.path,
      METADATA_SERVER_DETECTION: 'none',
      ...environment,
    };
    const child = spawn(process.execPath, [COMMAND, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { out, err, exitCode: exitCode as unknown };
  }

  const expired = () => {
    const subjectToken = folder.write('subject-token', 'eyJhbGciOiJub25lIn0.c2VjcmV0.c2VjcmV0');
    return folder.write(
      'adc.json',
      JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `http://127.0.0.1:${port}/token`,
        credential_source: { file: subjectToken },
      }),
    );
  };

  it('without credentials says how to get some', async () => {
    const { err, exitCode } = await run(['status', '--project', 'acme-vending']);
    expect(err).toBe(
      'token-vending: there are no Google credentials here: gcloud auth application-default login makes some, or set GOOGLE_APPLICATION_CREDENTIALS to the path of a credentials file\n',
    );
    expect(exitCode).toBe(77);
  });

  it('with credentials that have expired says how to get new ones, and shows none of them', async () => {
    const { err, exitCode } = await run(['status', '--project', 'acme-vending'], {
      GOOGLE_APPLICATION_CREDENTIALS: expired(),
    });
    expect(err).toBe(
      'token-vending: Google no longer accepts the credentials here, they have expired or were revoked: gcloud auth application-default login makes new ones\n',
    );
    expect(exitCode).toBe(77);
  });

  it('without a project says how to name one', async () => {
    const { err, exitCode } = await run(['status']);
    expect(err).toBe(
      'token-vending: the project is missing: give --project ID or set GOOGLE_CLOUD_PROJECT\n',
    );
    expect(exitCode).toBe(78);
  });

  it('says within seconds that nobody answers where the database should be', async () => {
    const startedAt = performance.now();
    const { err, exitCode } = await run(['status', '--project', 'acme-vending'], {
      FIRESTORE_EMULATOR_HOST: '127.0.0.1:1',
    });
    expect(err).toBe(
      'token-vending: database (default) of project acme-vending cannot be reached; nothing is known to have changed since: check the network, and FIRESTORE_EMULATOR_HOST where that is set, and try again\n',
    );
    expect(exitCode).toBe(69);
    // the client would try for three quarters of a minute
    expect(performance.now() - startedAt).toBeLessThan(25_000);
  });

  it('lints without credentials, without a project and without colours where there is no terminal', async () => {
    const file = folder.write('grants.yaml', 'principals:\n  instance:1:2:\n    grants: {}\n');
    const { out, exitCode } = await run(['grants', 'lint', file]);
    expect(out).toContain(`${file}:2:3: warning pin-missing: `);
    expect(exitCode).toBe(0);
  });

  it('reads a crowd of principals in a thread, and finds the same', async () => {
    const many = Array.from(
      { length: 700 },
      (_, index) =>
        `  instance:1:${index + 1}:\n    uniqueId: '1234567890'\n    grants: ${index === 650 ? '[]' : '{}'}\n`,
    );
    const file = folder.write('many.yaml', `principals:\n${many.join('')}`);
    const { err, exitCode } = await run(['grants', 'lint', file]);
    expect(err).toContain(`${file}:1954:5: grants must be a map from target to grant`);
    expect(exitCode).toBe(65);
  });

  it('has a version', async () => {
    expect((await run(['--version'])).out).toMatch(/^token-vending \d+\.\d+\.\d+\n$/);
  });
});
