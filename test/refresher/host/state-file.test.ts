import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStateFile } from '../../../refresher/host/tasks/state-file.ts';
import type { StoredTask } from '../../../refresher/host/tasks/stored-task.ts';
import { parseTaskRequest } from '../../../refresher/host/tasks/task-request.ts';

function task(id: string, path = `/run/netns/${id}`): StoredTask {
  const request = parseTaskRequest(id, { targets: ['user:alice@example.com'], netns: path });
  const namespace = { device: '4', inode: '4026532000' };
  return {
    request,
    evidence: { kind: 'netns', path, namespace, cookie: '7' },
    since: '2026-01-01T00:00:00.000Z',
  };
}

describe('the state file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'state-'));
    path = join(folder, 'below', 'tasks.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (bootId = 'this start') => createStateFile({ path, bootId });

  it.each([0, 1, 2, 1_000])('gives back each of %i tasks, to the daemon after this one', async (count) => {
    const tasks = Array.from({ length: count }, (_, at) => task(`t${at}`));
    await open().write(tasks);
    expect(await open().read()).toEqual(tasks);
  });

  it('is JSON, of a line for each task, that root alone may read', async () => {
    await open().write([task('one'), task('other')]);
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toMatch(/^\{"id":"one",.*\},$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('has nothing left in it of a longer state that was written before', async () => {
    const state = open();
    const [one, other, third] = [task('one'), task('other', '/run/ñetns/日本'), task('third')];
    await state.write([one, other, third]);
    await state.write([other]);
    expect(await state.read()).toEqual([other]);
    await state.write([]);
    expect(await state.read()).toEqual([]);
    await state.write([third, one]);
    expect(await state.read()).toEqual([third, one]);
  });

  it('says what was written last, however many write at once', async () => {
    const state = open();
    const tasks = Array.from({ length: 50 }, (_, at) => task(`t${at}`));
    await Promise.all(tasks.map((_, at) => state.write(tasks.slice(0, at + 1))));
    expect(await state.read()).toEqual(tasks);
  });

  it.each(Array.from({ length: 12 }, (_, turns) => turns))(
    'is whole after each write, where another begins %i turns after it',
    async (turns) => {
      const state = open();
      const tasks = Array.from({ length: 200 }, (_, at) => task(`t${at}`));
      const first = state.write(tasks);
      for (let turn = 0; turn < turns; turn += 1) await nextTurn();
      const second = state.write([task('other')]);
      const third = state.write([task('last')]);
      await first;
      const after = readFileSync(path, 'utf8');
      await Promise.all([second, third]);
      expect(JSON.parse(after)).toMatchObject({ bootId: 'this start' });
      expect(await state.read()).toEqual([task('last')]);
    },
  );

  it('is written again after it could not be', async () => {
    const state = open();
    writeFileSync(join(folder, 'below'), 'in the way');
    await expect(state.write([task('one')])).rejects.toThrow('EEXIST');
    rmSync(join(folder, 'below'));
    await state.write([task('one')]);
    expect(await state.read()).toHaveLength(1);
  });

  it('is about nothing where the machine was started since, or where there is none', async () => {
    expect(await open().read()).toEqual([]);
    await open().write([task('one')]);
    expect(await open('another start').read()).toEqual([]);
  });

  it('of an earlier release, which was indented, is read as well', async () => {
    await open().write([task('one')]);
    writeFileSync(path, JSON.stringify(JSON.parse(readFileSync(path, 'utf8')), undefined, 1));
    expect(await open().read()).toEqual([task('one')]);
  });

  it.each(['', '{"version":1', '[]', '{"version":2,"bootId":"this start","tasks":[]}', 'null'])(
    'that says %j is not understood, and nobody is left out in silence',
    async (text) => {
      await open().write([task('one')]);
      writeFileSync(path, text);
      await expect(open().read()).rejects.toThrow('cannot be understood');
    },
  );
});
