/** What `cloudbuild.yaml` promises, and that each promise would be missed. */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLOUDBUILD, parseBuild, ROOT } from './build.ts';
import { MUTATIONS } from './mutations.ts';
import { RULES } from './rules/all.ts';
import { filesOf } from './rules/trust.ts';

const BUILD = parseBuild(CLOUDBUILD);

describe('in cloudbuild.yaml', () => {
  it.each(RULES)('$sentence', ({ violations }) => {
    expect(violations(BUILD)).toEqual([]);
  });
});

describe('in cloudbuild.yaml a mistake is seen:', () => {
  it.each(MUTATIONS)('$mistake', ({ from, to, caughtBy }) => {
    expect(CLOUDBUILD).toContain(from);
    const mistaken = parseBuild(CLOUDBUILD.replace(from, () => to));
    const rule = RULES.find(({ sentence }) => sentence === caughtBy);
    expect(rule?.violations(mistaken)).not.toEqual([]);
  });

  it('each rule is broken by one of them', () => {
    const broken = new Set(MUTATIONS.map(({ caughtBy }) => caughtBy));
    expect(RULES.map(({ sentence }) => sentence).filter((sentence) => !broken.has(sentence))).toEqual([]);
  });
});

describe('cloudbuild/', () => {
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
  const files = globSync('cloudbuild/*', { cwd: ROOT }).toSorted();
  const run = BUILD.steps.flatMap(filesOf);

  it('holds what a step runs, what that uses, and nothing else', () => {
    const texts = [...run, ...files].filter((file) => existsSync(join(ROOT, file))).map(read);
    const isUsed = (file: string) =>
      run.includes(file) ||
      texts.some((text) => text.includes(file) || text.includes(file.replace('cloudbuild/', './')));
    expect(files.filter((file) => !isUsed(file) && file !== 'cloudbuild/README.md')).toEqual([]);
  });

  it('has a README with each step in its order, and each substitution', () => {
    const rows = Array.from(read('cloudbuild/README.md').matchAll(/^\| `([^`]+)`/gm), ([, name]) => name);
    expect(rows).toEqual([...BUILD.steps.map(({ id }) => id), ...Object.keys(BUILD.substitutions ?? {})]);
  });

  it('runs each project of the tests, but for those that the README leaves out', () => {
    const projects = Array.from(read('vitest.config.ts').matchAll(/^ +name: '(.*)',$/gm), ([, name]) => name);
    const tested = BUILD.steps.flatMap(({ args = [] }) =>
      args.filter((_, index) => args[index - 1] === '--project'),
    );
    const [, leftOut = ''] = /^Not run here: ([^.]*)\./m.exec(read('cloudbuild/README.md')) ?? [];
    const named = Array.from(leftOut.matchAll(/`([a-z]+)`/g), ([, name]) => name);
    expect(new Set([...tested, ...named])).toEqual(new Set(projects));
    expect(named.filter((name) => tested.includes(name ?? ''))).toEqual([]);
  });
});
