import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepTokenFile, type TokenFile } from '../../refresher/token-file.ts';
import type { AccessTokenReading } from '../../refresher/tokens/account.ts';
import { AccessToken } from '../../shared/tokens.ts';
import { MINUTE, SECOND } from '../support/domain/clock.ts';
import { tether } from '../support/processes/tether.ts';
import { createAccountAtWork } from './tokens/account-at-work.ts';
import { createAcceleratedClock } from './tokens/accelerated-clock.ts';
import { DOWN, granted, REFUSED } from './tokens/scripted-function.ts';

const WRITER = fileURLToPath(new URL('token-writer.ts', import.meta.url));

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'token-file-'));
  path = join(folder, 'token');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What the file holds; `undefined` where there is none. */
const content = () => readFile(path, 'utf8').catch(() => undefined);

function setUp() {
  const clock = createAcceleratedClock();
  const lines: unknown[][] = [];
  let reading: AccessTokenReading | undefined;
  let changed: (() => void) | undefined;
  const keep = (): TokenFile =>
    keepTokenFile({
      path,
      account: {
        currentAccessToken: () => reading,
        onChange(listener) {
          changed = listener;
          return () => (changed = undefined);
        },
      },
      log: (...line) => lines.push(line),
      setTimer: clock.setTimer,
    });
  function now(next: AccessTokenReading | undefined): void {
    reading = next;
    changed?.();
  }
  return { clock, lines, keep, now };
}

const token = (value: string): AccessTokenReading => ({
  kind: 'token',
  token: new AccessToken(value),
  expiresInSeconds: 3_600,
  scopes: [],
});
const refused: AccessTokenReading = { kind: 'refused', sentence: 'no' };
const unavailable: AccessTokenReading = { kind: 'unavailable', sentence: 'down', retryAfterSeconds: 1 };

describe('the token file', () => {
  it('holds the bare token and nothing else, for the owner alone', async () => {
    const { keep, now } = setUp();
    now(token('ya29.first'));
    const file = keep();
    await file.settled();
    expect(await content()).toBe('ya29.first');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['token']);
  });

  it.each(['000', '022', '277', '777'])('is for the owner alone whatever the umask (%s)', async (mask) => {
    await swapUntilKilled(1, mask);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('follows each change, and holds the last of many', async () => {
    const { keep, now } = setUp();
    const file = keep();
    for (let n = 1; n <= 100; n += 1) now(token(`ya29.${n}`));
    await file.settled();
    expect(await content()).toBe('ya29.100');
    now(token('ya29.short'));
    await file.settled();
    expect(await content()).toBe('ya29.short');
  });

  it.each([refused, unavailable])('is removed where there is no token any more ($kind)', async (reading) => {
    const { keep, now } = setUp();
    now(token('ya29.first'));
    const file = keep();
    now(reading);
    await file.settled();
    expect(await readdir(folder)).toEqual([]);
    now(token('ya29.again'));
    await file.settled();
    expect(await content()).toBe('ya29.again');
  });

  it('of an earlier run stays until it is known what holds now', async () => {
    await writeFile(path, 'ya29.earlier');
    const { keep, now } = setUp();
    const file = keep();
    await file.settled();
    expect(await content()).toBe('ya29.earlier');
    now(unavailable);
    await file.settled();
    expect(await content()).toBeUndefined();
  });

  it('of an earlier run, readable by all, becomes one for the owner alone', async () => {
    await writeFile(path, 'ya29.earlier');
    await chmod(path, 0o644);
    const { keep, now } = setUp();
    now(token('ya29.first'));
    await keep().settled();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('takes the place of a link, and leaves alone what that led to', async () => {
    const other = join(folder, 'other');
    await writeFile(other, 'precious');
    await symlink(other, path);
    const { keep, now } = setUp();
    now(token('ya29.first'));
    await keep().settled();
    expect(await readFile(other, 'utf8')).toBe('precious');
    expect(await content()).toBe('ya29.first');
  });

  it('is removed when it is closed, and follows nothing afterwards', async () => {
    const { keep, now } = setUp();
    now(token('ya29.first'));
    const file = keep();
    await file.close();
    now(token('ya29.second'));
    await turn();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is gone within one refresh of a refusal, and when the last token has run out', async () => {
    const life = createAccountAtWork({ lifeSeconds: 900 });
    const { account, clock, fn } = life;
    const file = keepTokenFile({ path, account, log: () => undefined, setTimer: clock.setTimer });
    account.start();
    await clock.pass(0);
    await file.settled();
    expect(await content()).toBe('ya29.1');
    fn.answer = () => REFUSED;
    await clock.pass(271 * SECOND);
    await file.settled();
    expect(await content()).toBeUndefined();

    fn.answer = () => granted(2, 900);
    await clock.pass(70 * SECOND);
    await file.settled();
    expect(await content()).toBe('ya29.2');
    fn.answer = () => DOWN;
    await clock.pass(15 * MINUTE);
    await file.settled();
    expect(await content()).toBeUndefined();
    account.stop();
    await file.close();
  });
});

describe('a file that cannot be written', () => {
  it('is told loudly, without the token, and is tried again until it can', async () => {
    await rm(folder, { recursive: true });
    const { clock, lines, keep, now } = setUp();
    now(token('ya29.secret'));
    const file = keep();
    await file.settled();
    expect(lines).toEqual([['ERROR', 'The token file cannot be written.', { path, code: 'ENOENT' }]]);
    await mkdir(folder);
    await clock.pass(10 * SECOND);
    await file.settled();
    expect(await content()).toBe('ya29.secret');
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(clock.pending()).toBe(0);
  });

  it('leaves nothing behind in its folder', async () => {
    await mkdir(path);
    const { lines, keep, now } = setUp();
    now(token('ya29.secret'));
    const file = keep();
    await file.settled();
    expect(lines).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['token']);
  });
});

describe('what a killed refresher left half-written', () => {
  it('is removed at the next start, unless another may be busy with it', async () => {
    const [old, young, foreign] = ['.token.new-1-a', '.token.new-2-b', '.other.new-3-c'].map((name) =>
      join(folder, name),
    );
    for (const one of [old, young, foreign]) await writeFile(one ?? '', 'ya29.h');
    const longAgo = new Date(Date.now() - 5 * MINUTE);
    for (const one of [old, foreign]) await utimes(one ?? '', longAgo, longAgo);
    const { keep } = setUp();
    await keep().settled();
    expect(await readdir(folder)).toEqual(['.other.new-3-c', '.token.new-2-b']);
  });
});

describe('a reader that polls the file', () => {
  it('never sees a part of a token, nor an empty file, during 1000 swaps by writers that are killed', async () => {
    const seen = { reads: 0, parts: [] as string[], missing: 0 };
    const done = new AbortController();
    const reading = (async () => {
      await untilThere();
      while (!done.signal.aborted) {
        const text = await content();
        seen.reads += 1;
        if (text === undefined) seen.missing += 1;
        else if (Number(/^ya29\.(\d+)\./.exec(text)?.[1]) !== text.length) seen.parts.push(text.slice(0, 20));
      }
    })();
    let swaps = 0;
    for (let kills = 0; swaps < 1_000; kills += 1) {
      // each is killed somewhere else in its work
      swaps += await swapUntilKilled(150 + kills * 7);
    }
    done.abort();
    await reading;
    expect(seen).toMatchObject({ parts: [], missing: 0 });
    expect(seen.reads).toBeGreaterThan(500);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  async function untilThere(): Promise<void> {
    const ended = new AbortController();
    const watcher = watch(folder, { signal: ended.signal });
    while ((await content()) === undefined) await once(watcher, 'change');
    ended.abort();
  }
});

/** Runs a writer, and kills it in the middle of its work once it has swapped so many tokens. */
async function swapUntilKilled(wanted: number, umask = '022'): Promise<number> {
  const command = 'umask "$1"; shift; exec "$@"';
  const writer = spawn('/bin/sh', ['-c', command, 'writer', umask, process.execPath, WRITER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  tether(writer);
  let swaps = 0;
  for await (const chunk of writer.stdout as AsyncIterable<Buffer>) {
    swaps += chunk.length;
    if (swaps < wanted) continue;
    // before its pipe closes, of which it would die by itself
    writer.kill('SIGKILL');
    break;
  }
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
  expect(writer.signalCode).toBe('SIGKILL');
  return swaps;
}
