/**
 * What a Dockerfile does, without an engine: its stages as data, its build steps in a folder, and what stands in for a
 * base image.
 */

import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Step {
  readonly name: string;
  readonly rest: string;
}

/** The steps of each stage, the first of which is its FROM. */
export function stagesOf(dockerfile: string): readonly (readonly Step[])[] {
  const steps = Array.from(dockerfile.matchAll(/^([A-Z]+) (.*)$/gm), ([, name = '', rest = '']) => ({
    name,
    rest,
  }));
  const starts = steps.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []));
  return starts.map((start, index) => steps.slice(start, starts[index + 1]));
}

export const stepsOf = (steps: readonly Step[], wanted: string) =>
  steps.filter(({ name }) => name === wanted).map(({ rest }) => rest);

/** COPY and RUN, in their order, with the Node that stands in for the base image's. */
export async function runBuildSteps(build: readonly Step[], src: string): Promise<void> {
  await mkdir(src);
  // proxies and certificates are this machine's; packages come from its cache where they are there
  const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
  const env = { ...process.env, PATH, npm_config_prefer_offline: 'true', npm_config_audit: 'false' };
  for (const { name, rest } of build) {
    if (name === 'COPY') {
      const paths = rest.split(' ');
      const to = join(src, paths.pop() ?? '');
      for (const path of paths) {
        const isInto = to.endsWith('/') || paths.length > 1;
        await cp(join(ROOT, path), isInto ? join(to, path) : to, { recursive: true });
      }
    }
    if (name === 'RUN') await promisify(execFile)('/bin/sh', ['-c', rest], { cwd: src, env });
  }
}

/** The libraries that a program names, at their places below a root. */
export async function copyLibrariesOf(program: string, root: string): Promise<void> {
  const linked = execFileSync('ldd', [program], { encoding: 'utf8' });
  for (const [library] of linked.matchAll(/\/\S+(?= \(0x)/g)) {
    await cp(library, join(root, library), { dereference: true });
  }
}
