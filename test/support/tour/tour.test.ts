import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { tether } from '../processes/tether.ts';
import { BUNDLE as REFRESHER } from '../../refresher/refresher-process.ts';
import { BUNDLE as FUNCTIONS } from '../world/vending.ts';
import { describeFailure, expectSame, StepFailed } from './failure.ts';
import { wantsColours } from './narration.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const TRAINER = 'serviceAccount:trainer@acme-data.iam.gserviceaccount.com';
const WHOLE_TOKEN = /ya29\.[\w.-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]+/;

/** The titles of the steps, and what each of them has to show. */
const PROMISES = {
  'A VM proves who it is': ['/identity', 'format=full', 'https://accounts.google.com', 'worker-1, zone'],
  'The VM becomes a service account, and lists a bucket': [
    'POST http://127.0.0.1:',
    'subject_token ',
    'answer   200',
    'shard-00.tfrecord, shard-01.tfrecord',
    "403 with the VM's own token",
    `Google says that this token is ${TRAINER}`,
    'outcome      granted',
  ],
  'The VM becomes alice, and lists the files in her Drive': [
    'drive.readonly',
    'Budget 2027, Travel notes',
    'Google says that this token is user:alice@example.com',
    'outcome      granted',
  ],
  'The VM gets an ID token': ['N_A', 'audience  https://api.example.com', 'account   trainer@acme-data'],
  'A VM without a grant is refused': ['stranger-1', 'answer   400', 'invalid_target', 'principal_unknown'],
  'A grant is removed, and the next exchange is refused': [
    `-     ${TRAINER}:`,
    'answer   400',
    'no_grant',
    'restored',
  ],
  "Google's IAM is down": ['answer   503, Retry-After: 5', 'temporarily_unavailable', 'iam_unavailable'],
  "Google's keys cannot be reached either": ['worker-2', 'answer   200', 'shard-00', 'reused       true'],
  'Google is back': ['answer   200', 'https://billing.example.com', 'reused       false'],
  'An ordinary program becomes both, with a refresher beside it': [
    'refresher serve --target',
    'google-auth-library',
    'eval "$(refresher env)"; node ',
    'shard-00.tfrecord, shard-01.tfrecord',
    'Budget 2027, Travel notes',
  ],
  'A command is alice, for as long as it runs': [
    'refresher exec --target user:alice@example.com',
    'Budget 2027, Travel notes',
  ],
  'A function is down, and the token stays': [
    'expiresAt: ',
    'closes every connection',
    'cannot be reached',
    'It is the same token, and it works',
    'exit code 69',
  ],
  'A grant is removed, and the refresher drops the token': [
    'answer   403',
    'Ask whoever manages the grants',
    'exit code 77',
  ],
};

/** Where the tours of this file keep their temporary files; empty when they have cleaned up. */
const temporary = mkdtempSync(join(tmpdir(), 'tour-test-'));
/** For the commands that readers try: `refresher env` leaves a directory for gcloud. */
const readers = mkdtempSync(join(tmpdir(), 'tour-reader-'));
afterAll(() => {
  for (const folder of [temporary, readers]) rmSync(folder, { recursive: true });
});

beforeAll(() => {
  for (const built of [FUNCTIONS, REFRESHER]) {
    if (!existsSync(built)) throw new Error(`${built} is not there: run \`npm run build\` first`);
  }
});

interface Tour {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exitCode: Promise<number | null>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves when this text is in the output, or the tour has ended. */
  readonly until: (text: string) => Promise<void>;
}

const running: Tour[] = [];

function startTour(...args: readonly string[]): Tour {
  const env = { PATH: process.env['PATH'], TMPDIR: temporary };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  tether(child);
  const exitCode = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  const tour: Tour = {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    exitCode,
    kill: (signal) => void child.kill(signal),
    async until(text) {
      while (!stdout.includes(text) && child.stdout.readable) {
        await Promise.race([once(child.stdout, 'data'), exitCode]);
      }
    },
  };
  running.push(tour);
  return tour;
}

afterEach(async () => {
  for (const tour of running.splice(0)) {
    tour.kill('SIGTERM');
    await tour.exitCode;
  }
});

describe('the tour', { timeout: 60_000 }, () => {
  let ended: { readonly exitCode: number | null; readonly stderr: string };
  let output: string;
  let steps: readonly string[];

  beforeAll(async () => {
    const tour = startTour('--once');
    ended = { exitCode: await tour.exitCode, stderr: tour.stderr() };
    output = tour.stdout();
    steps = output.split(/\n(?=\d+\. )/);
  }, 60_000);

  test('keeps all of its promises', () => {
    expect(ended).toEqual({ exitCode: 0, stderr: '' });
    expect(output).toContain('All 13 steps turned out as promised');
  });

  test.each(Object.entries(PROMISES).map(([title, facts], index) => ({ number: index + 1, title, facts })))(
    'shows step $number: $title',
    ({ number, title, facts }) => {
      const step = steps[number] ?? '';

      expect(step.split('\n')[0]).toBe(`${number}. ${title}`);
      for (const fact of facts) expect(step).toContain(fact);
    },
  );

  test('shows no token whole', () => {
    expect(output).not.toMatch(WHOLE_TOKEN);
    expect(output).toMatch(/ya29\.\S{1,8}… \(\d+ characters\)/);
    expect(output).toMatch(/eyJ\w{1,10}… \(\d+ characters\)/);
  });

  test('fits into 100 columns, without colours where there is no terminal', () => {
    const foldersAside = output.replaceAll(temporary, '/tmp');

    expect(foldersAside.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(output).not.toContain('\u001b');
  });

  test('leaves nothing behind', () => {
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('a tour that stays up', { timeout: 60_000 }, () => {
  const hasCurl = spawnSync('curl', ['--version']).status === 0;

  test.skipIf(!hasCurl && process.env['CI'] !== 'true')(
    'prints commands that work as they are, and follows what the functions decide (needs curl)',
    async () => {
      const tour = startTour();
      await tour.until('as they are written');

      const answers = runInShell(commandsOf(tour.stdout()));
      expect(answers).toContain(`"scope":"https://www.googleapis.com/auth/devstorage.read_write"`);
      expect(answers).toContain('"name":"shard-00.tfrecord"');
      expect(answers).toContain('"name":"Budget 2027"');
      expect(answers).toContain('"error":"invalid_target"');
      expect(answers).toContain('"token_type":"Bearer"}');
      expect(answers).toContain(
        '\nshard-00.tfrecord\nshard-01.tfrecord\nBudget 2027\nTravel notes\nBudget 2027',
      );
      const decisions = ['delegate granted', 'impersonate granted', 'impersonate refused principal_unknown'];
      await expect
        .poll(() => decisionsIn(tour.stdout()), { timeout: 10_000 })
        .toEqual(expect.arrayContaining(decisions));

      const grants = /"(.*grants\.yaml)"/.exec(tour.stdout())?.[1] ?? '';
      writeFileSync(grants, withGrantForTheStranger(readFileSync(grants, 'utf8')));
      await wait(1_000);
      const stranger = runInShell(commandsOf(tour.stdout(), 'Be a stranger'));
      expect(stranger).toContain('"access_token":"ya29.');

      tour.kill('SIGINT');
      expect(await tour.exitCode).toBe(0);
      expect(tour.stdout()).not.toMatch(WHOLE_TOKEN);
      expect(readdirSync(temporary)).toEqual([]);
    },
  );
});

describe('a tour that is cut short', { timeout: 60_000 }, () => {
  const hasPs = spawnSync('ps', ['-A', '-o', 'pid=,ppid=']).status === 0;

  test.skipIf(!hasPs && process.env['CI'] !== 'true').each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops everything at %s and ends with %i (needs ps)', async (signal, exitCode) => {
    const tour = startTour('--once');
    await tour.until('\n2. ');
    const children = childrenOf(tour.pid);
    expect(children.length).toBeGreaterThanOrEqual(2);
    tour.kill(signal);

    expect(await tour.exitCode).toBe(exitCode);
    expect(tour.stderr()).toBe('');
    expect(readdirSync(temporary)).toEqual([]);
    await expect.poll(() => children.filter(isRunning), { timeout: 5_000 }).toEqual([]);
  });
});

describe('arguments', { timeout: 60_000 }, () => {
  test.each(['--onec', '--once=yes', 'once'])(
    'that are not known, such as %s, are answered with the usage',
    async (argument) => {
      const tour = startTour(argument);

      expect(await tour.exitCode).toBe(64);
      expect(tour.stdout()).toBe('');
      expect(tour.stderr()).toMatch(/^usage: npm start /);
    },
  );
});

describe('a step that does not turn out as promised', () => {
  test('says what was expected and seen, with no token whole', () => {
    const token = `ya29.c.${'x'.repeat(213)}`;
    const failure = describeFailure(
      new StepFailed(
        2,
        'The VM sings',
        failureOf(() => expectSame('the song', token, 1)),
      ),
    );

    expect(failure).toBe(
      'The tour has failed: step 2, "The VM sings", did not turn out as promised\n' +
        'the song\n  expected  1\n  seen      "ya29.c.xxxxx… (220 characters)"\n',
    );
  });

  test('says what broke it off, and why', () => {
    const cause = new Error('fetch failed', { cause: new Error('connect ECONNREFUSED') });

    expect(describeFailure(new StepFailed(3, 'The VM rests', cause))).toBe(
      'The tour has failed: step 3, "The VM rests", broke off\nfetch failed\nconnect ECONNREFUSED\n',
    );
  });
});

describe('colours', () => {
  test.each([
    ['are for a terminal', { isTTY: true }, {}, true],
    ['are not for a file', {}, {}, false],
    ['are not for who said no', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['are not for a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, false],
  ])('%s', (_, stream, environment, wanted) => {
    expect(wantsColours(stream, environment)).toBe(wanted);
  });
});

/** The commands to try, all of them or those below one sentence. */
function commandsOf(output: string, sentence = ''): string {
  const blocks = output.slice(output.indexOf('Try it yourself')).split('\n\n');
  const start = blocks.findIndex((block) => block.includes(sentence));
  const after = sentence === '' ? blocks : blocks.slice(start + 1, start + 2);
  const commands = after.filter((block) => block.startsWith('    '));
  return commands.map((block) => block.replaceAll(/^ {4}/gm, '')).join('\n');
}

function runInShell(commands: string): string {
  const env = { PATH: process.env['PATH'], TMPDIR: readers, EDITOR: 'true' };
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', commands], { env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** Function, outcome and reason of the audit lines that were written after the tour. */
function decisionsIn(output: string): string[] {
  const blocks = output.slice(output.indexOf('as they are written')).split('\n\n');
  const field = (block: string, name: string) => new RegExp(`${name} +(\\S+)`).exec(block)?.[1] ?? '';
  return blocks
    .filter((block) => /^ {2}\d\d:\d\d:\d\d function/.test(block))
    .map((block) =>
      ['function', 'outcome', 'reason']
        .map((name) => field(block, name))
        .join(' ')
        .trim(),
    );
}

function withGrantForTheStranger(grants: string): string {
  return grants.replaceAll(/^ {2}# (?= *(?:serviceAccount:|uniqueId:|grants:|scopes:))/gm, '  ');
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const processes = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return processes.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function failureOf(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
