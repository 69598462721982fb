import { describe, expect, it } from 'vitest';
import { lockFileFor, type LockFile } from '../../functions/lock-file.ts';

const MANIFEST = { name: 'functions', version: '1.2.3', dependencies: { framework: '5.0.0' } };

function lockOf(packages: LockFile['packages']): LockFile {
  return { lockfileVersion: 3, packages: { '': {}, ...packages } };
}

function paths(packages: LockFile['packages'], manifest = MANIFEST): string[] {
  return Object.keys(lockFileFor(manifest, lockOf(packages)).packages);
}

describe('the lock file of a bundle', () => {
  it('is the manifest and what it needs, as the root has locked it', () => {
    const framework = { version: '5.0.0', integrity: 'sha512-x', dependencies: {} };
    expect(
      lockFileFor(MANIFEST, lockOf({ 'node_modules/framework': framework, 'node_modules/other': {} })),
    ).toEqual({
      name: 'functions',
      version: '1.2.3',
      lockfileVersion: 3,
      requires: true,
      packages: { '': MANIFEST, 'node_modules/framework': framework },
    });
  });

  it('holds the dependencies of dependencies, optional ones too, in order of their paths', () => {
    expect(
      paths({
        'node_modules/framework': { dependencies: { express: '^5', '@scope/types': '*' } },
        'node_modules/express': { optionalDependencies: { accelerator: '*' } },
        'node_modules/@scope/types': {},
        'node_modules/accelerator': {},
        'node_modules/unused': {},
      }),
    ).toEqual([
      '',
      'node_modules/@scope/types',
      'node_modules/accelerator',
      'node_modules/express',
      'node_modules/framework',
    ]);
  });

  it('holds the copy that Node would find: beside a package before above it', () => {
    expect(
      paths({
        'node_modules/framework': { dependencies: { express: '^5', debug: '^2' } },
        'node_modules/framework/node_modules/express': { dependencies: { debug: '^3', ms: '*' } },
        'node_modules/framework/node_modules/express/node_modules/ms': {},
        'node_modules/framework/node_modules/debug': {},
        'node_modules/express': {},
        'node_modules/debug': {},
        'node_modules/ms': {},
      }),
    ).toEqual([
      '',
      'node_modules/framework',
      'node_modules/framework/node_modules/debug',
      'node_modules/framework/node_modules/express',
      'node_modules/framework/node_modules/express/node_modules/ms',
    ]);
  });

  it('finds what stands two folders above', () => {
    expect(
      paths({
        'node_modules/framework': { dependencies: { express: '*' } },
        'node_modules/framework/node_modules/express': { dependencies: { '@scope/a': '*' } },
        'node_modules/@scope/a': {},
      }),
    ).toContain('node_modules/@scope/a');
  });

  it('ends where dependencies go round in a circle', () => {
    expect(
      paths({
        'node_modules/framework': { dependencies: { express: '*' } },
        'node_modules/express': { dependencies: { framework: '*' } },
      }),
    ).toEqual(['', 'node_modules/express', 'node_modules/framework']);
  });

  it.each([
    { what: 'the framework', packages: {} },
    {
      what: 'what the framework needs',
      packages: { 'node_modules/framework': { dependencies: { framework2: '*' } } },
    },
  ])('cannot be made where the root lacks $what', ({ packages }) => {
    expect(() => paths(packages)).toThrow(/^framework2? is not in the root's lock file$/);
  });
});
