import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFunctionToExit } from '../support/processes/function-process.ts';
import { createGrantsFile } from '../support/world/grant-documents.ts';
import { BUNDLE } from '../support/world/vending.ts';
import { createWorld, type World } from '../support/world/world.ts';

/** EX_CONFIG of sysexits.h. */
const BAD_CONFIGURATION = 78;

/** What the function says when it ends instead of starting. */
async function complaint(target: string, env: Record<string, string>): Promise<string> {
  const { code, stderr, stdout } = await runFunctionToExit({ target, source: BUNDLE, env });
  expect(code).toBe(BAD_CONFIGURATION);
  expect(stdout).toBe('');
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  const { severity, message } = JSON.parse(lines[0] ?? '') as { severity: string; message: string };
  expect(severity).toBe('CRITICAL');
  return message;
}

describe('a start with bad configuration', () => {
  let world: World;
  let good: Record<string, string>;

  beforeAll(async () => {
    world = await createWorld();
    const { environment } = await createGrantsFile();
    good = { ...(await world.environment('delegate')), ...environment };
  });

  afterAll(() => world.close());

  it.each([
    ['TOKEN_VENDING_AUDIENCE', '', 'is not set'],
    ['TOKEN_VENDING_AUDIENCE', 'https://a.example,,https://b.example', 'an empty entry'],
    ['TOKEN_VENDING_PROJECT_NUMBERS', 'my-project', 'project numbers (not ids)'],
    ['TOKEN_VENDING_DELEGATION_SIGNERS', '', 'is not set'],
    ['TOKEN_VENDING_DELEGATION_SUBJECTS', '*@example.com', 'e-mails of users, or @domain'],
    ['TOKEN_VENDING_DELEGATION_SCOPES', 'drive.readonly', 'scopes, as URLs'],
    ['TOKEN_VENDING_JWKS_URL', 'http://keys.example', 'has to be an https URL'],
    ['TOKEN_VENDING_IAM_CREDENTIALS_URL', 'https://iam.example/v1', 'has to be an origin'],
    ['TOKEN_VENDING_OAUTH_TOKEN_URL', 'oauth2.googleapis.com', 'has to be an https URL'],
    ['TOKEN_VENDING_DEADLINE_MS', '10s', 'has to be a whole number from 100 to 60000'],
    ['TOKEN_VENDING_GRANTS_FILE', '/nowhere/grants.yaml', 'cannot be read (ENOENT)'],
  ])('%s=%s: one line names the variable and what it should be', async (variable, value, expected) => {
    const message = await complaint('delegate', { ...good, [variable]: value });
    expect(message).toContain(variable);
    expect(message).toContain(expected);
  });

  it('names the place in a grants file that is no YAML', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'grants-')), 'grants.yaml');
    await writeFile(path, 'principals:\n  a: 1\n  a: 2\n');
    expect(await complaint('impersonate', { ...good, TOKEN_VENDING_GRANTS_FILE: path })).toContain('line 3');
  });

  it.each([
    'TOKEN_VENDING_GRANTS_FILE',
    'GCE_METADATA_HOST',
    'FIRESTORE_EMULATOR_HOST',
    'GOOGLE_SDK_NODE_LOGGING',
  ])('refuses %s on a deployed function', async (variable) => {
    const deployed = {
      K_SERVICE: 'impersonate',
      TOKEN_VENDING_AUDIENCE: 'https://a.example',
      GOOGLE_CLOUD_PROJECT: 'p',
    };
    const message = await complaint('impersonate', { ...deployed, [variable]: '127.0.0.1:1' });
    expect(message).toContain(`${variable} is for development`);
  });

  it('refuses another Google on a deployed function', async () => {
    const env = {
      K_SERVICE: 'impersonate',
      TOKEN_VENDING_AUDIENCE: 'https://a.example',
      GOOGLE_CLOUD_PROJECT: 'p',
    };
    const url = 'https://www.googleapis.com.evil.example/certs';
    expect(await complaint('impersonate', { ...env, TOKEN_VENDING_JWKS_URL: url })).toContain(
      'TOKEN_VENDING_JWKS_URL',
    );
  });

  it('knows no third function', async () => {
    expect(await complaint('mint', good)).toContain('impersonate or delegate');
  });
});
