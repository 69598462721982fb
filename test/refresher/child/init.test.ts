/**
 * The refresher as the first process of a container: a PID namespace of its own, with the real bundle in it.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { becomeInit } from '../../../refresher/child/init.ts';
import { BUNDLE, runRefresher, startRefresher } from '../refresher-process.ts';
import { setStage, type RefresherStage } from '../stage.ts';

const NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
const canUnshare = spawnSync('unshare', [...NAMESPACE.slice(1), 'true']).status === 0;

/** An orphan that ends after its parent, and then a look at all processes. */
const ORPHAN = `
sh -c '(sleep 0.2; exit 3) & exit 0'
sleep 0.5
for status in /proc/[0-9]*/status; do
  while read -r name value rest; do [ "$name" = State: ] && echo "$value"; done < "$status"
done`;

/** Node without the means to replace itself, as before 22.15. */
const WITHOUT_EXECVE = ['--import', 'data:text/javascript,delete process.execve', BUNDLE];

// with CI=true nothing is skipped
describe.skipIf(!canUnshare && process.env['CI'] !== 'true')(
  'as the first process (needs unshare --pid)',
  () => {
    let stage: RefresherStage;
    beforeAll(async () => {
      stage = await setStage();
    });
    afterAll(() => stage.close());

    const exec = (script: string, node: readonly string[] = [BUNDLE]) => ({
      program: [...NAMESPACE, process.execPath, ...node],
      args: ['exec', '--', 'sh', '-c', script],
      env: stage.env,
    });

    it('exec leaves no zombie', async () => {
      const { stdout, code, log } = await runRefresher(exec(`${ORPHAN}; exit 4`));
      expect({ code, log }).toEqual({ code: 4, log: [] });
      const states = stdout.split('\n').filter((line) => line !== '');
      expect(states.length).toBeGreaterThanOrEqual(3);
      expect(states).not.toContain('Z');
    });

    it('exec goes on with a warning where it cannot replace itself', async () => {
      const { stdout, code, log } = await runRefresher(exec(`${ORPHAN}; exit 4`, WITHOUT_EXECVE));
      expect(code).toBe(4);
      expect(log).toEqual([expect.objectContaining({ severity: 'WARNING' })]);
      expect(log[0]?.message).toMatch(/orphans .* will stay as zombies: .*22\.15/);
      // the orphan that the test above is about is one that would stay
      expect(stdout.split('\n')).toContain('Z');
    });

    it('exec keeps standard input and the exit code', async () => {
      const refresher = await startRefresher(exec('read -r line; echo "got $line"; exit 9'));
      refresher.stdin.end('hello\n');
      const { code, stdout } = await refresher.ended;
      expect({ code, stdout }).toEqual({ code: 9, stdout: 'got hello\n' });
    });

    it.each([
      ['kill -TERM $$', 143],
      ['exit 127', 127],
      ['exit 200', 200],
    ])('exec ends as its child does: %s', async (script, code) => {
      expect((await runRefresher(exec(script))).code).toBe(code);
    });

    it('exec passes signals on', async () => {
      const traps = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2'].map((name) => `trap 'echo ${name}' ${name};`);
      const refresher = await startRefresher(
        exec(`${traps.join(' ')} trap 'exit 9' TERM; echo ready; while :; do read -r _; done`),
      );
      expect(await refresher.line()).toBe('ready');
      // the process that unshare started
      const [init = ''] = spawnSync('pgrep', ['-P', String(refresher.pid)], {
        encoding: 'utf8',
      }).stdout.split('\n');
      for (const name of ['HUP', 'INT', 'QUIT', 'USR1', 'USR2'] as const) {
        process.kill(Number(init), `SIG${name}`);
        refresher.stdin.write('\n');
        expect(await refresher.line()).toBe(name);
      }
      process.kill(Number(init), 'SIGTERM');
      refresher.stdin.write('\n');
      expect((await refresher.ended).code).toBe(9);
    });

    it('serve needs no help, and ends on SIGTERM', async () => {
      const refresher = await startRefresher({
        program: [...NAMESPACE, process.execPath, BUNDLE],
        args: ['serve'],
        env: stage.env,
      });
      await refresher.address();
      const [init = ''] = spawnSync('pgrep', ['-P', String(refresher.pid)], {
        encoding: 'utf8',
      }).stdout.split('\n');
      process.kill(Number(init), 'SIGTERM');
      expect((await refresher.ended).code).toBe(0);
    });
  },
);

describe('becoming the first process', () => {
  it('starts the shell with the program’s own words, unchanged', async () => {
    const calls: unknown[][] = [];
    const words = ['/usr/bin/node', '/app/refresher.mjs', 'exec', '--', 'sh', '-c', '$HOME "x"'];
    await becomeInit({ words, environment: { A: 'b' } }, (...call) => calls.push(call));
    const [[file, started, environment] = []] = calls as [string, string[], unknown][];
    expect(file).toBe('/bin/sh');
    expect(started?.slice(0, 2)).toEqual(['/bin/sh', '-c']);
    expect(started?.slice(3)).toEqual(['refresher', ...words]);
    expect(environment).toEqual({ A: 'b' });
  });

  it('says why not', async () => {
    const program = { words: ['x'], environment: {} };
    expect(await becomeInit(program, undefined)).toContain('22.15');
    const failing = () => {
      throw Object.assign(new Error('no'), { code: 'ENOENT' });
    };
    expect(await becomeInit(program, failing)).toBe('/bin/sh cannot be run (ENOENT)');
    expect(existsSync('/bin/sh')).toBe(true);
  });
});
