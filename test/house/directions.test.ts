import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = globSync('{admin,cloudbuild,shared,functions,refresher,probe}/**/*.ts', {
  cwd: ROOT,
}).toSorted();
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Import {
  readonly of: string;
  readonly typesOnly: boolean;
}

/** What a file imports: paths from the root for the project's own, names for packages. */
function importsOf(file: string): Import[] {
  const statements = read(file).matchAll(
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

const usersOf = (dependency: string) =>
  SOURCES.filter((file) => importsOf(file).some(({ of }) => of === dependency));

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
    expect(SOURCES.filter((file) => /process\.env|\benv\b.*= process;/.test(read(file)))).toEqual([
      'admin/main.ts',
      'cloudbuild/probe.ts',
      'functions/index.ts',
      'refresher/host/main.ts',
      'refresher/main.ts',
    ]);
  });

  it.each([
    ['jose', ['shared/identity/verify-identity-token.ts']],
    [
      '@google-cloud/firestore',
      [
        'admin/database/firestore-batch.ts',
        'admin/database/firestore-database.ts',
        'shared/grants/firestore-grant-store.ts',
      ],
    ],
    ['@marcbachmann/cel-js', ['shared/grants/condition.ts']],
    [
      'google-auth-library',
      ['admin/google/operator-credentials.ts', 'shared/minting/runtime-credentials.ts'],
    ],
    ['@google-cloud/functions-framework', ['functions/index.ts']],
    ['yaml', ['admin/files/yaml-text.ts', 'shared/grants/grants-file.ts']],
    ['koffi', ['refresher/host/kernel/libc.ts']],
  ])('%s is used in one file of a program, or in the two of one adapter', (dependency, files) => {
    expect(usersOf(dependency)).toEqual(files);
  });

  it('only verification makes a principal, and only authorization a grant', () => {
    const users = (text: string) => SOURCES.filter((file) => read(file).includes(`${text}(`));
    expect(users('principalOfVerifiedClaims')).toEqual([
      // supposes one, in a program that can mint nothing
      'admin/documents/supposed-principal.ts',
      'shared/identity/principal.ts',
      'shared/identity/verify-identity-token.ts',
    ]);
    expect(users('authorizedGrant')).toEqual(['shared/grants/authorize.ts']);
  });

  it.each([['shared/check.ts'], ['admin/main.ts']])('%s has nothing that could mint', (root) => {
    const reached = new Set<string>();
    const pending = [root];
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
    expect(SOURCES.filter((file) => read(file).includes('.reveal()'))).toEqual([
      'admin/commands/explain.ts',
      'admin/doctor/function-checks.ts',
      'admin/doctor/identity-check.ts',
      'admin/google/call-google.ts',
      'admin/google/delegation-trial.ts',
      'cloudbuild/probe-log.ts',
      'probe/ask.ts',
      'probe/report.ts',
      'probe/use-token.ts',
      'refresher/commands/token.ts',
      'refresher/metadata-server/access-token.ts',
      'refresher/metadata-server/identity-token.ts',
      'refresher/token-file.ts',
      'refresher/vending/function-client.ts',
      'shared/audit.ts',
      'shared/exchange.ts',
      'shared/identity/unverified-claims.ts',
      'shared/identity/verify-identity-token.ts',
      'shared/minting/iam-credentials.ts',
      'shared/minting/token-endpoint.ts',
    ]);
  });

  it('no module of shared/, admin/ or refresher/ keeps state: what varies lives in closures', () => {
    const stateful = SOURCES.filter(
      (file) =>
        /^(?:admin|shared|refresher)\//.test(file) &&
        /^(?:let |const \w+ = new (?:Map|WeakMap)\b)/m.test(read(file)),
    );
    expect(stateful).toEqual([]);
  });
});

/** What the refresher takes from the rest, into its bundle. */
const DEPENDENCY_FREE = ['bounded-map', 'loggable', 'member', 'protocol', 'tokens', 'unknown'].map(
  (name) => `shared/${name}.ts`,
);

/** Each part of the refresher, with the other parts that it knows. What stands in no folder is known to all. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  vending: [],
  tokens: ['vending'],
  settings: ['vending'],
  child: ['settings'],
  'metadata-server': ['settings', 'tokens'],
  commands: ['vending', 'tokens', 'settings', 'child', 'metadata-server'],
  host: ['vending', 'tokens', 'settings', 'child', 'metadata-server', 'commands'],
};

describe('the refresher', () => {
  const REFRESHER = SOURCES.filter((file) => file.startsWith('refresher/'));
  const BUILD = ['bundle', 'executable', 'host/bundle', 'internal-names', 'shorter-code'].map(
    (name) => `refresher/${name}.ts`,
  );
  const ROOTS = ['refresher/host/main.ts', 'refresher/main.ts'];
  const RUNTIME = REFRESHER.filter((file) => !BUILD.includes(file));
  const partOf = (file: string) => /^refresher\/([^/]+)\//.exec(file)?.[1];

  it('finds its sources', () => {
    expect(RUNTIME.length).toBeGreaterThan(50);
    expect([...new Set(RUNTIME.flatMap((file) => partOf(file) ?? []))].toSorted()).toEqual(
      Object.keys(PARTS).toSorted(),
    );
  });

  it('imports the runtime, itself and words without dependencies', () => {
    const imported = RUNTIME.flatMap(importsOf).filter((one) => !isNode(one) && !REFRESHER.includes(one.of));
    const bundled = ['koffi', ...DEPENDENCY_FREE];
    expect([...new Set(imported.map(({ of }) => of))].toSorted()).toEqual(bundled);
    expect(DEPENDENCY_FREE.flatMap(importsOf)).toEqual([]);
  });

  it.each([
    [
      'esbuild',
      ['admin/bundle.ts', 'functions/bundle.ts', 'refresher/bundle.ts', 'refresher/host/bundle.ts'],
    ],
    ['terser', ['refresher/bundle.ts']],
  ])('%s is used where things are built, and nowhere else', (tool, files) => {
    expect(usersOf(tool)).toEqual(files);
  });

  it.each(Object.entries(PARTS))('has a part %s that knows of the others %j', (part, known) => {
    const others = REFRESHER.filter((file) => partOf(file) === part)
      .flatMap(importsOf)
      .flatMap(({ of }) => partOf(of) ?? [])
      .filter((other) => other !== part);
    expect(others.filter((other) => !known.includes(other))).toEqual([]);
  });

  it('has roots that nobody knows, and that alone know the environment and the arguments', () => {
    expect(ROOTS.flatMap(usersOf)).toEqual([]);
    expect(RUNTIME.filter((file) => /process\.(?:env|argv)\b/.test(read(file)))).toEqual(ROOTS);
  });

  it('is known to nobody else but the prober and the desk, which ask as it does', () => {
    const others = SOURCES.filter((file) => !REFRESHER.includes(file) && !/^(?:admin|probe)\//.test(file));
    expect(others.flatMap(importsOf).filter(({ of }) => REFRESHER.includes(of))).toEqual([]);
    const prober = SOURCES.filter((file) => file.startsWith('probe/'));
    const taken = prober.flatMap(importsOf).filter(({ of }) => REFRESHER.includes(of));
    expect([...new Set(taken.map(({ of }) => of))].toSorted()).toEqual([
      'refresher/bundle.ts',
      'refresher/log.ts',
      'refresher/vending/http-call.ts',
      'refresher/vending/metadata-client.ts',
    ]);
  });
});

/** Each part of the operator's command, with the other parts that it knows. What stands in no folder is known to all. */
const DESK: Readonly<Record<string, readonly string[]>> = {
  output: ['command-line'],
  'command-line': ['database', 'doctor', 'files', 'google', 'output'],
  doctor: ['command-line', 'output'],
  google: [],
  documents: ['files', 'output'],
  files: ['documents', 'output'],
  database: ['command-line', 'documents'],
  conditions: [],
  lint: ['conditions', 'documents', 'files'],
  plan: ['database', 'documents', 'output'],
  apply: ['database', 'plan'],
  'kill-switch': ['documents'],
  explain: ['command-line', 'conditions', 'database', 'documents', 'google', 'output'],
  commands: [
    'apply',
    'command-line',
    'database',
    'doctor',
    'documents',
    'explain',
    'files',
    'kill-switch',
    'lint',
    'output',
    'plan',
  ],
};

describe("the operator's command", () => {
  const ADMIN = SOURCES.filter((file) => file.startsWith('admin/'));
  const partOf = (file: string) => /^admin\/([^/]+)\//.exec(file)?.[1];

  it('finds its sources', () => {
    expect(ADMIN.length).toBeGreaterThan(50);
    expect([...new Set(ADMIN.flatMap((file) => partOf(file) ?? []))].toSorted()).toEqual(
      Object.keys(DESK).toSorted(),
    );
  });

  it('knows nothing of the functions, of the refresher how it asks and what it reads, and is known to nobody', () => {
    const taken = ADMIN.flatMap(importsOf).filter(({ of }) => /^(?:functions|refresher)\//.test(of));
    expect([...new Set(taken.map(({ of }) => of))].toSorted()).toEqual([
      'refresher/child/environment.ts',
      'refresher/failure.ts',
      'refresher/settings/functions.ts',
      'refresher/settings/targets.ts',
      'refresher/settings/values.ts',
      'refresher/vending/connection-failure.ts',
      'refresher/vending/function-client.ts',
      'refresher/vending/function-of.ts',
      'refresher/vending/http-call.ts',
      'refresher/vending/metadata-client.ts',
      'refresher/vending/metadata-url.ts',
      'refresher/vending/outcome.ts',
      'refresher/vending/vending-client.ts',
    ]);
    const others = SOURCES.filter((file) => !ADMIN.includes(file));
    expect(others.flatMap(importsOf).filter(({ of }) => ADMIN.includes(of))).toEqual([]);
  });

  it.each(Object.entries(DESK))('has a part %s that knows of the others %j', (part, known) => {
    const others = ADMIN.filter((file) => partOf(file) === part)
      .flatMap(importsOf)
      .flatMap(({ of }) => (of.startsWith('admin/') ? (partOf(of) ?? []) : []))
      .filter((other) => other !== part);
    expect([...new Set(others)].filter((other) => !known.includes(other))).toEqual([]);
  });

  it('touches the database through its port, but for the root', () => {
    expect(usersOf('admin/database/firestore-database.ts')).toEqual(['admin/main.ts']);
  });

  it('has a file for each command, and every one in the table', () => {
    const commands = ADMIN.filter((file) => read(file).includes(': Command = {'));
    expect(
      importsOf('admin/commands.ts')
        .flatMap(({ of, typesOnly }) => (typesOnly ? [] : [of]))
        .toSorted(),
    ).toEqual(commands);
  });
});

describe('what calls itself pure', () => {
  const CALLED_PURE = SOURCES.filter((file) => /\bPure\b/.test(head(file)));

  function head(file: string): string {
    return /^\/\*\*.*?\*\//s.exec(read(file))?.[0] ?? '';
  }

  it('is found', () => {
    expect(CALLED_PURE.length).toBeGreaterThan(10);
  });

  it.each(CALLED_PURE)('%s has no clock, no chance and no I/O', (file) => {
    expect(read(file)).not.toMatch(
      /\b(?:Date\.now|new Date\(\)|performance\.|Math\.random|set(?:Timeout|Interval)|process\.)/,
    );
    // numbers of signals are constants, and the others read texts
    const allowed = [
      'constants } from .node:os',
      'isIPv[46] } from .node:net',
      'parseArgs\\b.* } from .node:util',
      'isDeepStrictEqual } from .node:util',
      'styleText } from .node:util',
      'createHash } from .node:crypto',
    ];
    const values = read(file).replace(/^import type .*$/gm, '');
    expect(values).not.toMatch(new RegExp(`import \\{ (?!${allowed.join('|')}).* from 'node:`));
  });
});
