import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFunction, type FunctionProcess } from '../support/processes/function-process.ts';
import { createGrantsFile } from '../support/world/grant-documents.ts';
import { BUNDLE, exchangeForm, postToken } from '../support/world/vending.ts';
import { createWorld, fleetDocument, TRAINER_GRANT, type World } from '../support/world/world.ts';

const INSTALL_TIMEOUT_MS = 120_000;

describe('the bundle', () => {
  let copy: string;
  let world: World;
  let fn: FunctionProcess;

  beforeAll(async () => {
    // elsewhere: inside the checkout it would find the project's own packages
    copy = await mkdtemp(join(tmpdir(), 'bundle-'));
    await cp(BUNDLE, copy, { recursive: true });
    const install = ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', install, { cwd: copy });
    world = await createWorld();
  }, INSTALL_TIMEOUT_MS);

  afterAll(async () => {
    await fn?.stop();
    await world.close();
    await rm(copy, { recursive: true, force: true });
  });

  it('vends a token where nothing but its own lock file was installed', async () => {
    const vm = world.vm('worker');
    const { environment } = await createGrantsFile(fleetDocument(vm, TRAINER_GRANT));
    const env = { ...(await world.environment('impersonate')), ...environment };
    const framework = join(copy, 'node_modules/@google-cloud/functions-framework/build/src/main.js');
    fn = await startFunction({ target: 'impersonate', source: copy, env, framework });
    expect((await postToken(fn.url, exchangeForm(vm, 'impersonate'))).status).toBe(200);
  });

  it('has one dependency, no build script that a deployment would run, and a lock file without addresses', async () => {
    const manifest = JSON.parse(await readFile(join(BUNDLE, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(Object.keys(manifest['dependencies'] as {})).toEqual(['@google-cloud/functions-framework']);
    expect(manifest).not.toHaveProperty('scripts');
    expect(manifest).toMatchObject({ type: 'module', main: 'index.js', engines: { node: '24' } });
    expect(await readFile(join(BUNDLE, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
  });

  it('holds no path of the machine that made it', async () => {
    const files = (await readdir(BUNDLE)).filter((name) => name.endsWith('.js'));
    const texts = await Promise.all(files.map((name) => readFile(join(BUNDLE, name), 'utf8')));
    expect(texts.filter((text) => text.includes(process.cwd()))).toEqual([]);
  });
});
