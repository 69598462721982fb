import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = globSync('{shared,functions}/**/*.ts', { cwd: ROOT }).toSorted();

interface Import {
  readonly of: string;
  readonly typesOnly: boolean;
}

/** What a file imports: paths from the root for the project's own, names for packages. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)';|import\('([^']+)'\)/gms,
  );
  return Array.from(statements, ([, type, from, lazily]) => {
    const specifier = from ?? lazily ?? '';
    const of = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier;
    return { of, typesOnly: type !== undefined };
  });
}

const isOwn = ({ of }: Import) => SOURCES.includes(of);
const isNode = ({ of }: Import) => of.startsWith('node:');

const WORDS = ['protocol', 'member', 'refusal', 'fault', 'tokens', 'unknown', 'loggable'].map(
  (name) => `shared/${name}.ts`,
);

/** Decisions: no I/O of their own, and no adapter behind them. */
const PURE = [
  'shared/check-request.ts',
  'shared/exchange-request.ts',
  'shared/http/retry.ts',
  'shared/identity/compact-jwt.ts',
  'shared/identity/compute-claims.ts',
  'shared/identity/key-set.ts',
  'shared/identity/principal.ts',
  ...globSync('shared/grants/*.ts', { cwd: ROOT }).filter(
    (file) => !/-grant-store\.ts$|\/condition\.ts$/.test(file),
  ),
];

const ADAPTERS = [
  'shared/grants/file-grant-store.ts',
  'shared/grants/firestore-grant-store.ts',
  'shared/http/outbound.ts',
  'shared/identity/google-keys.ts',
  'shared/minting/iam-credentials.ts',
  'shared/minting/runtime-credentials.ts',
  'shared/minting/token-endpoint.ts',
];

const STORIES = ['exchange', 'check', 'admission', 'answering'].map((name) => `shared/${name}.ts`);

describe('imports point from roots to words', () => {
  it('finds the sources', () => {
    expect(SOURCES.length).toBeGreaterThan(40);
    expect([...WORDS, ...PURE, ...ADAPTERS].filter((file) => !SOURCES.includes(file))).toEqual([]);
  });

  it('words know nothing but words', () => {
    const strangers = WORDS.flatMap(importsOf).filter(({ of }) => !WORDS.includes(of));
    expect(strangers).toEqual([]);
  });

  it('protocol.ts depends on nothing at all, so that the refresher can bundle it', () => {
    expect(importsOf('shared/protocol.ts')).toEqual([]);
  });

  it.each(PURE)('%s does no I/O and needs no adapter at run time', (file) => {
    const needed = importsOf(file).filter(({ typesOnly }) => !typesOnly);
    expect(needed.filter(isNode)).toEqual([]);
    expect(needed.filter(({ of }) => ADAPTERS.includes(of))).toEqual([]);
    expect(needed.filter((one) => !isOwn(one) && one.of !== 'valibot' && one.of !== 'yaml')).toEqual([]);
  });

  it.each(STORIES)('%s, a story, knows adapters by their types alone', (story) => {
    const needed = importsOf(story).filter(({ typesOnly }) => !typesOnly);
    expect(needed.filter(({ of }) => ADAPTERS.includes(of))).toEqual([]);
  });

  it('shared/ knows nothing of the functions, of the framework or of the environment', () => {
    const shared = SOURCES.filter((file) => file.startsWith('shared/'));
    expect(shared.flatMap(importsOf).filter(({ of }) => /^functions\/|functions-framework/.test(of))).toEqual(
      [],
    );
    const readers = SOURCES.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('process.env'));
    expect(readers).toEqual(['functions/index.ts']);
  });

  it.each([
    ['jose', 'shared/identity/verify-identity-token.ts'],
    ['@google-cloud/firestore', 'shared/grants/firestore-grant-store.ts'],
    ['@marcbachmann/cel-js', 'shared/grants/condition.ts'],
    ['google-auth-library', 'shared/minting/runtime-credentials.ts'],
    ['@google-cloud/functions-framework', 'functions/index.ts'],
    ['yaml', 'shared/grants/grants-file.ts'],
    ['esbuild', 'functions/bundle.ts'],
  ])('%s is used in one file', (dependency, file) => {
    expect(SOURCES.filter((source) => importsOf(source).some(({ of }) => of === dependency))).toEqual([file]);
  });

  it('only verification makes a principal, and only authorization a grant', () => {
    const users = (text: string) =>
      SOURCES.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes(`${text}(`));
    expect(users('principalOfVerifiedClaims')).toEqual([
      'shared/identity/principal.ts',
      'shared/identity/verify-identity-token.ts',
    ]);
    expect(users('authorizedGrant')).toEqual(['shared/grants/authorize.ts']);
  });

  it('a check has nothing that could mint', () => {
    const reached = new Set<string>();
    const pending = ['shared/check.ts'];
    for (const file of pending) {
      if (reached.has(file)) continue;
      reached.add(file);
      const needed = importsOf(file).filter(({ typesOnly }) => !typesOnly);
      pending.push(...needed.filter(isOwn).map(({ of }) => of));
    }
    expect(reached.size).toBeGreaterThan(10);
    expect([...reached].filter((file) => file.startsWith('shared/minting/'))).toEqual([]);
  });

  it('a token is revealed only where it leaves the process, or is hashed', () => {
    const revealing = SOURCES.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('.reveal()'));
    expect(revealing).toEqual([
      'shared/audit.ts',
      'shared/exchange.ts',
      'shared/identity/unverified-claims.ts',
      'shared/identity/verify-identity-token.ts',
      'shared/minting/iam-credentials.ts',
      'shared/minting/token-endpoint.ts',
    ]);
  });

  it('no module of shared/ keeps state: what varies lives in closures', () => {
    const stateful = SOURCES.filter((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      return file.startsWith('shared/') && /^(?:let |const \w+ = new (?:Map|WeakMap)\b)/m.test(text);
    });
    expect(stateful).toEqual([]);
  });
});
