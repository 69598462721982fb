import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRefresher } from '../refresher-process.ts';
import { ALICE_TARGET, setStage, TRAINER_TARGET, type RefresherStage } from '../stage.ts';

describe('refresher token', () => {
  let stage: RefresherStage;
  beforeAll(async () => {
    stage = await setStage();
  });
  afterAll(() => stage.close());

  const token = (...args: string[]) => runRefresher({ args: ['token', ...args], env: stage.env });

  it.each([TRAINER_TARGET, ALICE_TARGET])('prints a token of %s, and nothing else', async (target) => {
    const { code, stdout, stderr } = await token('--target', target);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\S+\n$/);
    expect(stage.world.google.whoIs(stdout.trim())?.principal).toBe(target);
  });

  it('prints that of the first of several targets', async () => {
    const { stdout } = await token('--target', `${ALICE_TARGET},user:bob@example.com`);
    expect(stage.world.google.whoIs(stdout.trim())?.principal).toBe(ALICE_TARGET);
  });

  it('waits out an outage while there is time', async () => {
    stage.metadata.faults.set('metadata', { kind: 'status', status: 503 }, { times: 2 });
    expect(await token('--target', ALICE_TARGET, '--wait', '20')).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['refused', ['--target', 'user:bob@example.com'], 77],
    ['not reached', ['--metadata-host', '127.0.0.1:9', '--wait', '1'], 69],
    ['misunderstood', ['--delegate-audience', 'x', '--target', ALICE_TARGET, '--wait', '1'], 69],
    ['used badly', ['--frobnicate'], 64],
    ['configured badly', ['--target', 'bob'], 78],
  ] as const)('prints nothing and one line where it is %s', async (_, args, code) => {
    const ended = await token(...args);
    expect(ended).toMatchObject({ code, stdout: '', log: [{ severity: 'ERROR' }] });
    expect(ended.stderr.trimEnd()).not.toContain('\n');
  });
});
