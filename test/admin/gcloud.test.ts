/**
 * The lines that mend something, read by gcloud itself: each command, its flags and their choices.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { audienceCheck, edgeCheck } from '../../admin/doctor/function-checks.ts';
import * as remedies from '../../admin/explain/remedies.ts';
import { APIS, unknown, type Api } from '../../admin/google/call-google.ts';
import { findProgram } from '../conformance/harness/find-program.ts';

const hasGcloud = findProgram('gcloud') !== undefined;
const IS_SKIPPED = !hasGcloud && process.env['CI'] !== 'true';
const TIMEOUT_MS = 120_000;

/** Nobody is asked: not whether this is a VM of Google's, not for news; no account is there. */
const OFFLINE = {
  NO_GCE_CHECK: 'True',
  CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
  CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
  CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
};

const TRAINER = 'trainer@acme-data.iam.gserviceaccount.com';
const RUNTIME = 'vending-impersonate@acme-vending.iam.gserviceaccount.com';
const PERMISSIONS = ['getAccessToken', 'getOpenIdToken', 'implicitDelegation', 'signJwt'];

function linesOfExplain(): readonly string[] {
  const permissions = PERMISSIONS.map((name) => `iam.serviceAccounts.${name}`);
  const answers = [401, 403].map((status) => ({ status, body: {}, reason: '' }));
  const off = { status: 403, body: {}, reason: 'SERVICE_DISABLED' };
  const asked = (api: Api) => ({ api, role: 'roles/iam.securityReviewer', projectId: 'acme' });
  return [
    ...remedies.createAccount(TRAINER),
    ...remedies.enableAccount(TRAINER, 'acme-data'),
    ...remedies.enableApi('iamcredentials.googleapis.com', 'acme-vending'),
    ...permissions.flatMap((permission) =>
      remedies.grantPermission({ holder: RUNTIME, permission, on: TRAINER }, true),
    ),
    ...Object.keys(APIS).flatMap((api) =>
      [...answers, off].flatMap((answer) => unknown(answer, asked(api as Api)).mend),
    ),
  ];
}

function linesOfDoctor(): readonly string[] {
  const address = { url: 'https://vending-impersonate-123456789012.us-central1.run.app', audience: 'a' };
  const asked = { name: 'impersonate', address, targets: [], email: RUNTIME } as const;
  const answer = (status: number, body: string, type: string) => ({ status, body, header: () => type });
  const html = [401, 403].map((status) => answer(status, '<html>', 'text/html'));
  const refused = answer(400, '{"error":"invalid_request"}', 'application/json');
  return [...html.map((one) => edgeCheck(one, asked)), audienceCheck(refused, asked)].flatMap(
    ({ mend }) => mend,
  );
}

function problemsOf(lines: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'gcloud-'));
  try {
    const file = join(folder, 'commands.json');
    writeFileSync(file, JSON.stringify(lines.map((line) => ({ command_string: line }))));
    const printed = execFileSync('gcloud', ['meta', 'lint-gcloud-commands', `--commands-file=${file}`], {
      encoding: 'utf8',
      env: { ...process.env, ...OFFLINE, CLOUDSDK_CONFIG: folder },
      maxBuffer: 1 << 28,
    });
    const verdicts = JSON.parse(printed) as { command_string: string; success: boolean }[];
    expect(verdicts).toHaveLength(lines.length);
    return verdicts.flatMap(({ command_string: line, success }) => (success ? [] : [line]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(IS_SKIPPED)(`gcloud knows${hasGcloud ? '' : ' (needs gcloud)'}`, () => {
  it(
    'every line that explain and doctor mend something with, and none that is made up',
    { timeout: TIMEOUT_MS },
    () => {
      const lines = [...linesOfExplain(), ...linesOfDoctor()]
        .filter((line) => line.startsWith('gcloud '))
        // what a sentence says behind the command
        .map((line) => line.replace(/ prints .*/, '').replaceAll('user:YOU', 'user:ann@example.com'));
      const different = [...new Set(lines)];
      expect(different.length).toBeGreaterThan(10);
      const madeUp = 'gcloud iam service-accounts mend trainer';
      expect(problemsOf([...different, madeUp])).toEqual([madeUp]);
    },
  );
});
