import { createHash } from 'node:crypto';
import { strFromU8, strToU8, unzipSync } from 'fflate';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { archiveOf } from '../../functions/archive.ts';

const digestOf = (archive: Uint8Array) => createHash('sha256').update(archive).digest('hex');
const FILES = { 'index.js': strToU8('export {};'), 'package.json': strToU8('{}') };

afterEach(() => vi.useRealTimers());

describe('the archive of the functions', () => {
  it('is the same bytes for the same files, in whatever order they were found', () => {
    const turned = { 'package.json': FILES['package.json'], 'index.js': FILES['index.js'] };
    expect(digestOf(archiveOf(turned))).toBe(digestOf(archiveOf(FILES)));
  });

  it('holds no time: that of years from now is today’s', () => {
    const today = digestOf(archiveOf(FILES));
    vi.useFakeTimers({ now: Date.parse('2049-12-31T23:59:59Z') });
    expect(digestOf(archiveOf(FILES))).toBe(today);
  });

  it('is another one where a byte or a name is', () => {
    const digests = [FILES, { ...FILES, 'index.js': strToU8('export {}') }, { 'main.js': FILES['index.js'] }];
    expect(new Set(digests.map((files) => digestOf(archiveOf(files)))).size).toBe(3);
  });

  it('unpacks to what was put in', () => {
    const unpacked = unzipSync(archiveOf(FILES));
    expect(Object.keys(unpacked)).toEqual(['index.js', 'package.json']);
    expect(strFromU8(unpacked['index.js'] ?? new Uint8Array())).toBe('export {};');
  });
});
