import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStealTime } from './steal-time.ts';

describe('stolen time', () => {
  it('is the eighth figure of all cores together, as it is at that moment', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stat-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'stat');
    writeFileSync(path, 'cpu  1 2 3 4 5 6 7 42 9 10\ncpu0 1 2 3 4 5 6 7 41 9 10\n');
    const stolenTicks = openStealTime(path);
    expect(stolenTicks()).toBe(42);
    writeFileSync(path, 'cpu  1 2 3 4 5 6 7 43 9 10\ncpu0 1 2 3 4 5 6 7 41 9 10\n');
    expect(stolenTicks()).toBe(43);
  });

  it('is none where nobody tells of it', () => {
    expect(openStealTime('/no/such/file')()).toBe(0);
  });
});
