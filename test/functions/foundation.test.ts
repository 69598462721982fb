import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseImpersonateConfig } from '../../functions/config.ts';
import { ConfigurationError } from '../../functions/environment.ts';
import { createFoundation, type Foundation } from '../../functions/foundation.ts';
import { WORKER_IDS } from '../support/domain/callers.ts';
import { callContext } from '../support/domain/contexts.ts';
import { startLoopbackServer, type LoopbackServer } from '../support/google/loopback-server.ts';

let folder: string;
let path: string;
let google: LoopbackServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foundation-'));
  path = join(folder, 'grants.yaml');
  google = await startLoopbackServer((_request, response) => response.writeHead(404).end());
  vi.stubEnv('GCE_METADATA_HOST', google.host);
});
afterEach(async () => {
  await google.close();
  rmSync(folder, { recursive: true });
});

/** The foundation over a Google that has nothing, and over the grants file. */
function createOverFile(): Promise<Foundation> {
  const config = parseImpersonateConfig({
    TOKEN_VENDING_AUDIENCE: 'https://impersonate.example/v1/token',
    TOKEN_VENDING_GRANTS_FILE: path,
    TOKEN_VENDING_JWKS_URL: `${google.url}/certs`,
    TOKEN_VENDING_IAM_CREDENTIALS_URL: google.url,
  });
  return createFoundation('impersonate', config);
}

describe('the foundation', () => {
  it('starts without Google, which is left for the first exchange to miss', async () => {
    writeFileSync(path, 'principals: {}');
    const { grants } = await createOverFile();
    expect(await grants.find(WORKER_IDS, callContext())).toMatchObject({ serviceAccount: undefined });
  });

  it.each([
    { what: 'is missing', text: undefined, problem: 'cannot be read (ENOENT)' },
    { what: 'is no YAML', text: '{', problem: 'is not YAML at line 1, column 2: MISSING_CHAR' },
    { what: 'is misspelt', text: 'grants: {}', problem: 'has an unknown collection "grants"' },
  ])('does not start over a grants file that $what, and says so in one line', async ({ text, problem }) => {
    if (text !== undefined) writeFileSync(path, text);
    await expect(createOverFile()).rejects.toThrow(
      new ConfigurationError(
        'TOKEN_VENDING_GRANTS_FILE',
        `cannot be used: the grants file ${path} ${problem}`,
      ),
    );
  });
});
