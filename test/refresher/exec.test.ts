import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runRefresher, startRefresher, type RefresherProcess } from './refresher-process.ts';
import { ALICE_TARGET, bearerOf, getToken, setStage, TRAINER_TARGET, type RefresherStage } from './stage.ts';

const SLEEPER = 'echo ready $GCE_METADATA_HOST; while read -r _; do :; done';

describe('refresher exec', () => {
  let stage: RefresherStage;
  let folder: string;
  const running: RefresherProcess[] = [];

  beforeAll(async () => {
    stage = await setStage();
    folder = await mkdtemp(join(tmpdir(), 'exec-'));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
    stage.world.google.faults.clear();
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  const options = (script: string, args: readonly string[] = [], env = {}) => ({
    args: ['exec', ...args, '--', 'sh', '-c', script],
    env: { ...stage.env, TMPDIR: folder, ...env },
  });

  async function start(script: string, args: readonly string[] = [], env = {}): Promise<RefresherProcess> {
    const refresher = await startRefresher(options(script, args, env));
    running.push(refresher);
    return refresher;
  }

  const run = (script: string, args: readonly string[] = [], env = {}) =>
    runRefresher(options(script, args, env));

  it.each([TRAINER_TARGET, ALICE_TARGET])('lets the child get a token of %s', async (target) => {
    const refresher = await start(SLEEPER, ['--target', target]);
    const [, address = ''] = (await refresher.line()).split(' ');
    expect(address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    expect(bearerOf(stage, await getToken(address))).toBe(target);
    refresher.stdin.end();
    expect((await refresher.ended).code).toBe(0);
  });

  it('gives the child its arguments, its standard input and the environment', async () => {
    const refresher = await startRefresher({
      args: ['exec', '--', 'sh', '-c', 'cat; echo "$0 $1"; env', 'a b', '--target'],
      env: {
        ...stage.env,
        GOOGLE_APPLICATION_CREDENTIALS: '/key.json',
        CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: '/t',
        NO_PROXY: 'corp',
        KEPT: 'yes',
      },
    });
    refresher.stdin.end('from stdin\n');
    const { stdout, code } = await refresher.ended;
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 2)).toEqual(['from stdin', 'a b --target']);
    const seen = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)));
    expect(seen).toMatchObject({
      KEPT: 'yes',
      GCE_METADATA_HOST: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      GCE_METADATA_ROOT: seen['GCE_METADATA_HOST'],
      GCE_METADATA_IP: seen['GCE_METADATA_HOST'],
      NO_PROXY: expect.stringMatching(/^corp,127\.0\.0\.1,/),
      GOOGLE_CLOUD_PROJECT: 'acme-workers',
      CLOUDSDK_CORE_PROJECT: 'acme-workers',
    });
    expect(seen).not.toHaveProperty('GOOGLE_APPLICATION_CREDENTIALS');
    expect(seen).not.toHaveProperty('CLOUDSDK_AUTH_ACCESS_TOKEN_FILE');
  });

  it('gives the child a private CLOUDSDK_CONFIG, and removes it with all that is in it', async () => {
    const script =
      'touch "$CLOUDSDK_CONFIG/access_tokens.db" && ls -ld "$CLOUDSDK_CONFIG" && echo "$CLOUDSDK_CONFIG"';
    const { stdout } = await run(script);
    const [listed = '', path = ''] = stdout.split('\n');
    expect(listed).toMatch(/^drwx------/);
    expect(path).toMatch(new RegExp(`^${folder}/`));
    await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('has the token file before the child starts, and removes it at the end', async () => {
    const path = join(folder, 'token-file');
    const { stdout, code } = await run(`cat ${path}`, ['--token-file', path]);
    expect(code).toBe(0);
    expect(stage.world.google.whoIs(stdout.trim())?.principal).toBe(TRAINER_TARGET);
    await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['exit 0', 0],
    ['exit 7', 7],
    ['exit 64', 64],
    ['exit 255', 255],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
    ['kill -SEGV $$', 139],
  ])('ends as its child does: %s', async (script, code) => {
    expect(await run(script)).toMatchObject({ code, log: [] });
  });

  it('passes signals on', async () => {
    const traps = ['INT', 'HUP', 'USR1', 'USR2', 'QUIT'].map((name) => `trap "echo ${name}" ${name};`);
    const script = `${traps.join(' ')} trap "exit 9" TERM; echo ready; while :; do read -r _; done`;
    const refresher = await start(script);
    expect(await refresher.line()).toBe('ready');
    for (const name of ['INT', 'HUP', 'USR1', 'USR2', 'QUIT'] as const) {
      refresher.signal(`SIG${name}`);
      refresher.stdin.write('\n');
      expect(await refresher.line()).toBe(name);
    }
    refresher.signal('SIGTERM');
    refresher.stdin.write('\n');
    expect((await refresher.ended).code).toBe(9);
  });

  it('still serves while its child takes its time to end', async () => {
    // a signal interrupts one `wait`: the other lasts until the input ends
    const script = 'trap "echo asked" TERM; exec 9<&0; cat <&9 & echo ready $GCE_METADATA_HOST; wait; wait';
    const refresher = await start(script);
    const [, address = ''] = (await refresher.line()).split(' ');
    refresher.signal('SIGTERM');
    expect(await refresher.line()).toBe('asked');
    expect((await getToken(address)).status).toBe(200);
    refresher.stdin.end();
    expect((await refresher.ended).code).toBe(0);
  });

  it('ends as the signal says where it comes before the child', async () => {
    stage.world.google.faults.set('metadata', { kind: 'hang' });
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const stopWatching = stage.world.google.faults.onRequest('metadata', () => resolve());
    const refresher = await start('echo started');
    await asked;
    stopWatching();
    refresher.signal('SIGTERM');
    expect(await refresher.ended).toMatchObject({ code: 143, stdout: '' });
  });

  it('warns of the credentials file that Go and C++ would find', async () => {
    const home = join(folder, 'home');
    await mkdir(join(home, '.config/gcloud'), { recursive: true });
    await writeFile(join(home, '.config/gcloud/application_default_credentials.json'), '{}');
    const { log, code } = await run('true', [], { HOME: home });
    expect(code).toBe(0);
    expect(log).toEqual([expect.objectContaining({ severity: 'WARNING', path: expect.any(String) })]);
  });

  describe('starts nothing, and says why in one line:', () => {
    const CASES: [string, readonly string[], number, RegExp][] = [
      [
        'a target that is refused',
        ['--target', 'user:bob@example.com'],
        77,
        /may not become that target.*user:bob@example.com/,
      ],
      [
        'a metadata server that is not there',
        ['--metadata-host', '127.0.0.1:9', '--wait', '1'],
        69,
        /within 1 s: The metadata server at 127.0.0.1:9 .* --metadata-host/,
      ],
      [
        'a function that is not there',
        ['--impersonate-url', 'http://127.0.0.1:9', '--wait', '1'],
        69,
        /The function at http:\/\/127.0.0.1:9 cannot be reached.*--impersonate-url/,
      ],
      [
        'an audience that the function does not expect',
        ['--impersonate-audience', 'https://other.example', '--wait', '1'],
        69,
        /--impersonate-audience/,
      ],
      [
        'two targets, one of which is refused',
        ['--target', TRAINER_TARGET, '--target', 'user:bob@example.com'],
        77,
        /user:bob@example.com/,
      ],
      ['a flag that does not exist', ['--traget', 'x'], 64, /unknown flag --traget/],
      ['a target that is none', ['--target', 'trainer'], 78, /serviceAccount:EMAIL/],
      ['a unix socket', ['--listen', 'unix:/s'], 64, /no client library/],
    ];

    it.each(CASES)('%s', async (_, args, code, message) => {
      const ended = await run('echo started', args);
      expect(ended).toMatchObject({ code, stdout: '' });
      expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(ended.log).toEqual([
        expect.objectContaining({ severity: 'ERROR', message: expect.stringMatching(message) }),
      ]);
      expect(ended.stderr).not.toMatch(/\bat .*:\d+:\d+/);
    });

    it('a function that answers in HTML', async () => {
      const ended = await run('true', ['--impersonate-url', `${stage.world.google.url}/no`, '--wait', '1']);
      expect(ended).toMatchObject({ code: 69, log: [{ severity: 'ERROR' }] });
      expect(ended.stderr).not.toContain('<');
    });

    it('a command that is not there, as a shell would', async () => {
      const env = { ...stage.env, TMPDIR: folder };
      expect(await runRefresher({ args: ['exec', '--', 'nonesuch'], env })).toMatchObject({
        code: 127,
        log: [{ message: 'nonesuch is not there: check the name and PATH' }],
      });
      expect(await runRefresher({ args: ['exec', '--', '/etc/passwd'], env })).toMatchObject({ code: 126 });
    });

    it('and leaves nothing behind', async () => {
      expect((await readdir(folder)).filter((name) => name.startsWith('refresher-'))).toEqual([]);
    });
  });
});

describe('where the function takes two seconds', () => {
  const CHILDREN = 100;
  const TIMEOUT_MS = 120_000;
  let stage: RefresherStage;
  let folder: string;

  beforeAll(async () => {
    stage = await setStage();
    folder = await mkdtemp(join(tmpdir(), 'race-'));
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  it(
    'a hundred children that start at once all get tokens, and none starts early',
    async () => {
      const { faults, whoIs } = stage.world.google;
      faults.set('generateAccessToken', { kind: 'latency', ms: 2_000 });
      let firstMintAt = Number.POSITIVE_INFINITY;
      faults.onRequest('generateAccessToken', () => {
        firstMintAt = Math.min(firstMintAt, Date.now());
      });
      const script = 'cat "$0"; echo; echo "$GCE_METADATA_HOST"; read -r _';
      const outcomes = await Promise.all(
        Array.from({ length: CHILDREN }, async (_, index) => {
          const file = join(folder, `token-${index}`);
          const args = ['exec', '--token-file', file, '--', 'sh', '-c', script, file];
          const refresher = await startRefresher({ args, env: stage.env });
          // what the child found at its very first moment
          const token = await refresher.line();
          const isEarly = Date.now() < firstMintAt + 2_000;
          const served = bearerOf(stage, await getToken(await refresher.line()));
          refresher.stdin.end('\n');
          const { code } = await refresher.ended;
          return { found: whoIs(token)?.principal, served, code, isEarly };
        }),
      );
      const expected = { found: TRAINER_TARGET, served: TRAINER_TARGET, code: 0, isEarly: false };
      expect(outcomes).toEqual(Array.from({ length: CHILDREN }, () => expected));
      await expect(readFile(join(folder, 'token-0'))).rejects.toMatchObject({ code: 'ENOENT' });
    },
    TIMEOUT_MS,
  );
});
