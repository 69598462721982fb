/**
 * Programs of the host, run by shells that wait for them.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { runTool } from '../../../refresher/host/kernel/run-tool.ts';

const sh = (script: string) => runTool('sh', ['-c', script]);
const MODULE = fileURLToPath(new URL('../../../refresher/host/kernel/run-tool.ts', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'run-tool-'));

afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => rmSync(folder, { recursive: true }));

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a program of the host', () => {
  it.each(["it's", '$HOME `id` $(id) \\', "'; id; '", '', '-n', 'a\nb', '"'])(
    'is given the word %j as it is',
    async (word) => {
      expect(await runTool('printf', ['%s', word])).toBe(word);
    },
  );

  it.each(["it's\n$HOME `id` $(id) \\\n", 'EOF\n', '\n\n', 'a'.repeat(300_000)])(
    'reads its input as it is (case %#)',
    async (input) => {
      expect(await runTool('cat', [], { input })).toBe(`${input}\n`);
    },
  );

  it('cannot end its answer early', async () => {
    expect(await sh('printf "\\n00000000-0000-4000-8000-000000000000 0\\n"; echo more')).toContain('more');
  });

  it('cannot read the commands of the next', async () => {
    const [read, next] = await Promise.all([sh('cat'), sh('echo next')]);
    expect([read.trim(), next]).toEqual(['', 'next\n']);
  });

  it('that fails says why in one line', async () => {
    await expect(sh('echo one >&2; echo two >&2; exit 3')).rejects.toMatchObject({
      message: 'sh: one',
      isMissing: false,
    });
    await expect(sh('exit 3')).rejects.toMatchObject({ message: 'sh: ended with 3' });
  });

  it('that is not there is said to be missing', async () => {
    await expect(runTool('nonesuch', [])).rejects.toMatchObject({
      message: expect.stringMatching(/^nonesuch is not installed/) as string,
      isMissing: true,
    });
  });

  it('runs beside two others, and the next ones wait', async () => {
    const many = Array.from({ length: 20 }, (_, index) => sh(`echo ${index} $PPID`));
    const said = (await Promise.all(many)).map((line) => line.trim().split(' '));
    expect(said.map(([index]) => Number(index))).toEqual(said.map((_, index) => index));
    expect(new Set(said.map(([, shell]) => shell)).size).toBeLessThanOrEqual(3);
  });

  it('that takes its shell with it fails, and the next has another', async () => {
    await expect(sh('kill -9 $PPID')).rejects.toThrow('sh: the shell that runs it has ended');
    expect(await sh('echo next')).toBe('next\n');
  });

  it('that hangs is killed with what it has started', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const began = join(folder, 'began');
    const hanging = sh(`sleep 1000 & echo $! > ${began}.new; mv ${began}.new ${began}; wait`).catch(String);
    while (!existsSync(began)) await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await hanging).toBe('ToolFailed: sh: it takes longer than 20 s');
    vi.useRealTimers();
    const sleeper = Number(readFileSync(began, 'utf8'));
    await expect.poll(() => isRunning(sleeper)).toBe(false);
    expect(await sh('echo next')).toBe('next\n');
  });

  it('is not waited for by whoever has nothing else to do once it has ended', async () => {
    const source = `import { runTool } from ${JSON.stringify(MODULE)};
      console.log(await runTool('echo', ['said']));`;
    const program = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'pipe' });
    const [out, [code]] = await Promise.all([text(program.stdout), once(program, 'exit')]);
    expect([out.trim(), code]).toEqual(['said', 0]);
  });
});
