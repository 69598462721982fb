import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../../support/world/world.ts';
import { runRefresher } from '../refresher-process.ts';

describe('refresher env', () => {
  let world: World;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    world = await createWorld();
    folder = await mkdtemp(join(tmpdir(), 'env-'));
    const metadata = await world.google.startMetadataServer(world.vm('worker').identity);
    env = { TOKEN_VENDING_METADATA_HOST: metadata.host, TMPDIR: folder };
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  const print = (args: readonly string[] = [], extra: Record<string, string> = {}) =>
    runRefresher({ args: ['env', ...args], env: { ...env, ...extra } });

  it('prints what a shell can evaluate, without a target', async () => {
    const { stdout, stderr, code } = await print();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const script = `${stdout}\nenv`;
    const shell = spawnSync('/bin/sh', ['-c', script], { env: { NO_GCE_CHECK: 'true' }, encoding: 'utf8' });
    expect(shell.stdout).toContain('GCE_METADATA_HOST=127.0.0.1:8174\n');
    expect(shell.stdout).toContain('GOOGLE_CLOUD_PROJECT=acme-workers\n');
    expect(shell.stdout).not.toContain('NO_GCE_CHECK');
  });

  it('prints JSON with a private directory for gcloud', async () => {
    const { stdout } = await print(['--format', 'json', '--listen', '0.0.0.0:99', '--project', 'acme-data']);
    const variables = JSON.parse(stdout) as Record<string, string | null>;
    expect(variables).toMatchObject({
      GCE_METADATA_ROOT: '127.0.0.1:99',
      GOOGLE_CLOUD_PROJECT: 'acme-data',
      GOOGLE_APPLICATION_CREDENTIALS: null,
    });
    const { mode } = await stat(variables['CLOUDSDK_CONFIG'] ?? '');
    expect(mode & 0o777).toBe(0o700);
  });

  it('prints lines for docker, with a directory of the container', async () => {
    const { stdout } = await print(['--format', 'docker']);
    expect(stdout).toContain('\nCLOUDSDK_CONFIG=/tmp/gcloud\n');
    expect(stdout.split('\n').filter((line) => line !== '' && !/^\w+=[^'"]*$/.test(line))).toEqual([]);
  });

  it('prints lines for github that empty what is set', async () => {
    const { stdout } = await print(['--format', 'github'], { GOOGLE_APPLICATION_CREDENTIALS: '/key.json' });
    expect(stdout).toMatch(/^GOOGLE_APPLICATION_CREDENTIALS=$/m);
    expect(stdout).not.toContain('NO_GCE_CHECK');
  });

  it('says where it knows no project, and prints the rest', async () => {
    const { stdout, log, code } = await print(['--metadata-host', '127.0.0.1:9']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('GOOGLE_CLOUD_PROJECT');
    expect(log).toEqual([expect.objectContaining({ severity: 'WARNING' })]);
  });

  it.each([
    [['--format', 'yaml'], 64],
    [['--listen', 'unix:/s'], 64],
    [['--listen', '127.0.0.1:0'], 64],
    [['--listen', 'here'], 78],
    [['--project', '$(id)'], 78],
  ] as const)('refuses %o', async (args, code) => {
    expect(await print(args)).toMatchObject({ code, stdout: '', log: [{ severity: 'ERROR' }] });
  });
});
