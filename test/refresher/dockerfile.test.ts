/**
 * What the Dockerfile does, without an engine: its build steps in a folder, its image as a root of its own.
 */

import { chmod, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyLibrariesOf, ROOT, runBuildSteps, stagesOf, stepsOf, type Step } from './dockerfile.ts';
import { runRefresher } from './refresher-process.ts';
import { setStage, TRAINER_TARGET, type RefresherStage } from './stage.ts';

const BUILD_TIMEOUT_MS = 240_000;
const isRoot = process.getuid?.() === 0;

const CHROOT = 'needs root, for chroot';

// with CI=true nothing is skipped
describe.skipIf(!isRoot && process.env['CI'] !== 'true')(`the Dockerfile (${CHROOT})`, () => {
  let build: readonly Step[];
  let image: readonly Step[];
  let folder: string;
  let stage: RefresherStage;

  beforeAll(async () => {
    const stages = stagesOf(await readFile(join(ROOT, 'refresher/Dockerfile'), 'utf8'));
    [build = [], image = []] = stages;
    folder = await mkdtemp(join(tmpdir(), 'image-'));
    await runBuildSteps(build, join(folder, 'src'));
    await layOutImage(join(folder, 'src'), join(folder, 'image'));
    stage = await setStage();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await stage?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The copied files, and in the place of the base image the libraries that they name. */
  async function layOutImage(src: string, root: string): Promise<void> {
    for (const copied of stepsOf(image, 'COPY')) {
      const [, from = '', to = ''] = /^--from=build \/src\/(\S+) (\S+)$/.exec(copied) ?? [];
      await cp(join(src, from), join(root, to));
      await copyLibrariesOf(join(src, from), root);
    }
    // mkdtemp lets in nobody else
    await chmod(folder, 0o755);
  }

  function inImage(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const user = stepsOf(image, 'USER')[0] ?? 'root';
    const entry = JSON.parse(stepsOf(image, 'ENTRYPOINT')[0] ?? '[]') as string[];
    const program = ['chroot', `--userspec=${user}`, join(folder, 'image'), ...entry];
    return runRefresher({ program, args, env: { PATH: '/usr/sbin:/usr/bin', ...env } });
  }

  it('does not run as root', () => {
    const [user = ''] = stepsOf(image, 'USER');
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('names its base images by version, and the Node that the project is built with', async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    expect(build[0]?.rest).toBe(`node:${manifest.devDependencies['node']}-bookworm-slim AS build`);
    expect(image[0]?.rest).toMatch(/:nonroot$/);
  });

  it('makes an image whose program runs, as that user, with nothing else in it', async () => {
    expect(await inImage(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^refresher \d/),
    });
    expect(await inImage(['token'], stage.env)).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await inImage(['token'], stage.env);
    expect(code).toBe(0);
    expect(stage.world.google.whoIs(stdout.trim())?.principal).toBe(TRAINER_TARGET);
  });

  it('starts serve unless told otherwise', async () => {
    const words = JSON.parse(stepsOf(image, 'CMD')[0] ?? '[]') as string[];
    expect(await inImage(words)).toMatchObject({
      code: 78,
      log: [{ message: expect.stringContaining('TOKEN_VENDING_TARGET') }],
    });
  });
});
