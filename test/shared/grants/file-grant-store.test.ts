import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { createFileGrantStore } from '../../../shared/grants/file-grant-store.ts';
import type { GrantDocuments, GrantStore } from '../../../shared/grants/grant-store.ts';
import { WORKER_IDS } from '../../support/domain/callers.ts';
import { createClock, HOUR, MINUTE, type Clock } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';

let folder: string;
let path: string;
let clock: Clock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-grant-store-'));
  path = join(folder, 'grants.json');
  // the times of files are the machine's; the store's clock starts there and then moves by hand
  clock = createClock(Date.now());
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file with one document, the fleet's, that holds this mark. */
function fileWith(mark: string): string {
  return JSON.stringify({ principals: { [WORKER_IDS.serviceAccount]: { mark } } });
}

function open(): GrantStore {
  return createFileGrantStore({ path, nowMs: clock.nowMs });
}

async function markIn(store: GrantStore): Promise<unknown> {
  const { serviceAccount } = await store.find(WORKER_IDS, callContext());
  return (serviceAccount?.data as { mark: unknown } | undefined)?.mark;
}

/** Writes until the file system's own clock has moved on: its ticks are a few milliseconds long. */
function writeInALaterTick(text: string): void {
  const before = statSync(path, { bigint: true }).ctimeNs;
  do writeFileSync(path, text);
  while (statSync(path, { bigint: true }).ctimeNs === before);
}

describe('a grants file', () => {
  it('gives the three documents by name, as they are stored', async () => {
    const documents = {
      principals: {
        [WORKER_IDS.instance]: { grants: {} },
        [WORKER_IDS.serviceAccount]: 'malformed',
        'serviceAccount:other@acme-workers.iam.gserviceaccount.com': {},
      },
      controls: { 'kill-switch': { engaged: true } },
    };
    writeFileSync(path, JSON.stringify(documents));
    expect(await open().find(WORKER_IDS, callContext())).toEqual<GrantDocuments>({
      instance: { path: `principals/${WORKER_IDS.instance}`, data: { grants: {} } },
      serviceAccount: { path: `principals/${WORKER_IDS.serviceAccount}`, data: 'malformed' },
      killSwitch: { path: 'controls/kill-switch', data: { engaged: true } },
    });
  });

  it('gives nothing for documents that it does not hold', async () => {
    writeFileSync(path, '{}');
    expect(await open().find(WORKER_IDS, callContext())).toEqual({
      instance: undefined,
      serviceAccount: undefined,
      killSwitch: undefined,
    });
  });

  it('gives a document that is null, for its decoder to refuse', async () => {
    writeFileSync(path, 'controls: {kill-switch: null}');
    const { killSwitch } = await open().find(WORKER_IDS, callContext());
    expect(killSwitch).toEqual({ path: 'controls/kill-switch', data: null });
  });

  it.each(['__proto__', 'constructor', 'toString'])('holds no document by the id %s', async (id) => {
    writeFileSync(path, '{}');
    const { instance } = await open().find({ instance: id, serviceAccount: id }, callContext());
    expect(instance).toBeUndefined();
  });
});

describe('a change', () => {
  it.each([
    { when: 'at the start', age: 0 },
    { when: 'long after', age: HOUR },
  ])('$when is seen once half a second has passed since the last look', async ({ age }) => {
    writeFileSync(path, fileWith('old'));
    clock.advance(age);
    const store = open();
    writeInALaterTick(fileWith('newer'));
    clock.advance(499);
    expect(await markIn(store)).toBe('old');
    clock.advance(1);
    expect(await markIn(store)).toBe('newer');
  });

  it('to a text of the same length is seen', async () => {
    writeFileSync(path, fileWith('old'));
    clock.advance(HOUR);
    const store = open();
    writeInALaterTick(fileWith('new'));
    clock.advance(500);
    expect(await markIn(store)).toBe('new');
  });

  it('to a text of the same length within a tick of the file system is seen', async () => {
    writeFileSync(path, fileWith('old'));
    const store = open();
    writeFileSync(path, fileWith('new'));
    clock.advance(500);
    expect(await markIn(store)).toBe('new');
    writeFileSync(path, fileWith('end'));
    clock.advance(500);
    expect(await markIn(store)).toBe('end');
  });

  it('is seen where the writer puts the modification time back', async () => {
    writeFileSync(path, fileWith('old'));
    const { atime, mtime } = statSync(path);
    clock.advance(HOUR);
    const store = open();
    writeInALaterTick(fileWith('new'));
    utimesSync(path, atime, mtime);
    clock.advance(500);
    expect(await markIn(store)).toBe('new');
  });

  it('by renaming another file into its place is seen, as old as that may be', async () => {
    writeFileSync(`${path}.new`, fileWith('new'));
    writeFileSync(path, fileWith('old'));
    clock.advance(HOUR);
    const store = open();
    renameSync(`${path}.new`, path);
    clock.advance(500);
    expect(await markIn(store)).toBe('new');
  });

  it('is seen where the clock was set back', async () => {
    writeFileSync(path, fileWith('old'));
    clock.advance(HOUR);
    const store = open();
    writeInALaterTick(fileWith('new'));
    clock.advance(-30 * MINUTE);
    expect(await markIn(store)).toBe('new');
  });

  it('is looked for half a second after the last look, not after the first', async () => {
    writeFileSync(path, fileWith('old'));
    const store = open();
    clock.advance(700);
    expect(await markIn(store)).toBe('old');
    writeFileSync(path, fileWith('new'));
    clock.advance(499);
    expect(await markIn(store)).toBe('old');
    clock.advance(1);
    expect(await markIn(store)).toBe('new');
  });

  it('is not looked for while exchanges follow each other within half a second', async () => {
    writeFileSync(path, fileWith('old'));
    const store = open();
    rmSync(path);
    for (let exchange = 0; exchange < 4; exchange += 1) {
      clock.advance(100);
      expect(await markIn(store)).toBe('old');
    }
  });
});

function unreadable(problem: string): Fault {
  return new Fault('grants_file_unreadable', { detail: `the grants file ${path} ${problem}` });
}

describe('a file that breaks later', () => {
  const BROKEN = 'is not YAML at line 1, column 2: MISSING_CHAR';

  it.each([
    { how: 'is half written', spoil: () => writeInALaterTick('{'), problem: BROKEN },
    { how: 'is deleted', spoil: () => rmSync(path), problem: 'cannot be read (ENOENT)' },
    {
      how: 'is emptied',
      spoil: () => writeInALaterTick(''),
      problem: 'has to hold a map with principals and controls',
    },
  ])('because it $how is a fault until it is mended', async ({ spoil, problem }) => {
    writeFileSync(path, fileWith('old'));
    clock.advance(HOUR);
    const store = open();
    spoil();
    clock.advance(500);
    await expect(markIn(store)).rejects.toThrow(unreadable(problem));
    clock.advance(HOUR);
    await expect(markIn(store)).rejects.toThrow(unreadable(problem));
    writeFileSync(path, fileWith('mended'));
    clock.advance(500);
    expect(await markIn(store)).toBe('mended');
  });

  it('is mended by putting back what was there', async () => {
    writeFileSync(path, fileWith('old'));
    clock.advance(HOUR);
    const store = open();
    renameSync(path, `${path}.away`);
    clock.advance(500);
    await expect(markIn(store)).rejects.toThrow(unreadable('cannot be read (ENOENT)'));
    renameSync(`${path}.away`, path);
    clock.advance(500);
    expect(await markIn(store)).toBe('old');
  });
});

describe('a file that is broken at the start', () => {
  it.each([
    { what: 'missing', spoil: () => undefined, problem: 'cannot be read (ENOENT)' },
    {
      what: 'no YAML',
      spoil: () => writeFileSync(path, '{'),
      problem: 'is not YAML at line 1, column 2: MISSING_CHAR',
    },
    {
      what: 'misspelt',
      spoil: () => writeFileSync(path, 'principal: {}'),
      problem: 'has an unknown collection "principal"',
    },
  ])('because it is $what stops it', ({ spoil, problem }) => {
    spoil();
    expect(open).toThrow(unreadable(problem));
  });

  it('because it is a folder stops it', () => {
    path = folder;
    expect(open).toThrow(unreadable('cannot be read (EISDIR)'));
  });
});
