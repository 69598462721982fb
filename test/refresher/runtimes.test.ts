/**
 * The same program in its other shapes: under Bun, and as a single executable.
 */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bunPath } from '../support/processes/bun.ts';
import { BUNDLE, runRefresher, startRefresher } from './refresher-process.ts';
import { bearerOf, getMetadata, getToken, setStage, TRAINER_TARGET, type RefresherStage } from './stage.ts';

const EXECUTABLE = fileURLToPath(new URL('../../dist/refresher', import.meta.url));
const BUILD_TIMEOUT_MS = 120_000;

function itWorks(program: () => readonly string[]): void {
  let stage: RefresherStage;
  beforeAll(async () => {
    stage = await setStage();
  });
  afterAll(() => stage.close());

  const options = (...args: string[]) => ({ program: program(), args, env: stage.env });

  it('says its version and helps', async () => {
    expect(await runRefresher(options('--version'))).toMatchObject({ code: 0, stderr: '' });
    expect((await runRefresher(options('--help'))).stdout).toContain('--target MEMBER');
  });

  it('prints a token', async () => {
    const { code, stdout, stderr } = await runRefresher(options('token'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stage.world.google.whoIs(stdout.trim())?.principal).toBe(TRAINER_TARGET);
  });

  it('serves, and ends cleanly on SIGTERM', async () => {
    const refresher = await startRefresher(options('serve'));
    const address = await refresher.address();
    expect(bearerOf(stage, await getToken(address))).toBe(TRAINER_TARGET);
    expect((await getMetadata(address, '/healthz')).status).toBe(200);
    refresher.signal('SIGTERM');
    expect((await refresher.ended).code).toBe(0);
  });

  it('runs a command, passes signals on and keeps the exit code', async () => {
    const script = 'trap "exit 9" TERM; echo $GCE_METADATA_HOST; while :; do read -r _; done';
    const refresher = await startRefresher(options('exec', '--', 'sh', '-c', script));
    expect((await getToken(await refresher.line())).status).toBe(200);
    refresher.signal('SIGTERM');
    refresher.stdin.write('\n');
    expect((await refresher.ended).code).toBe(9);
  });

  it.each([
    [['serve', '--frobnicate'], 64],
    [['token', '--metadata-host', '127.0.0.1:9', '--wait', '1'], 69],
    [['token', '--target', 'serviceAccount:other@acme-data.iam.gserviceaccount.com'], 77],
    [['token', '--target', 'x'], 78],
  ] as const)('ends with one line and the right code: %o', async (args, code) => {
    const ended = await runRefresher(options(...args));
    expect(ended).toMatchObject({ code, stdout: '', log: [{ severity: 'ERROR' }] });
    expect(ended.stderr.trimEnd()).not.toContain('\n');
  });
}

// with CI=true nothing is skipped
describe.skipIf(bunPath() === undefined && process.env['CI'] !== 'true')('under Bun', () => {
  itWorks(() => [bunPath() ?? 'there is no Bun for this machine', BUNDLE]);
});

describe('as the one executable of npm run build:refresher', () => {
  beforeAll(() => {
    const script = fileURLToPath(new URL('../../refresher/executable.ts', import.meta.url));
    execFileSync(process.execPath, [script], { stdio: 'ignore' });
  }, BUILD_TIMEOUT_MS);
  itWorks(() => [EXECUTABLE]);
});
