import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock, type Clock } from '../../exchanges/faults/clock.ts';
import { MINUTE } from '../../support/domain/clock.ts';
import type { RefresherProcess } from '../refresher-process.ts';
import { ALICE, bearerOf, setHostStage, TRAINER, type HostStage } from './host-stage.ts';
import { createHostVm, IS_SKIPPED, NEEDS, type Container, type HostVm } from './vm.ts';

/** The daemon looks at its clock every ten seconds. */
const SOON = { timeout: 25_000, interval: 100 };

describe.skipIf(IS_SKIPPED)(`a grant that is removed while tasks run${NEEDS}`, { timeout: 60_000 }, () => {
  let stage: HostStage;
  let clock: Clock;
  let vm: HostVm;
  let host: RefresherProcess;
  let containers: Container[] = [];

  beforeAll(async () => {
    clock = createClock();
    const plain = await setHostStage();
    stage = { ...plain, env: { ...plain.env, ...clock.environment } };
    vm = await createHostVm(stage);
    host = await vm.startHost();
    containers = await Promise.all([vm.container(), vm.container(), vm.container()]);
    const targets = [[TRAINER], [ALICE, TRAINER], [ALICE]];
    for (const [at, wanted] of targets.entries()) {
      const flags = wanted.flatMap((target) => ['--target', target]);
      const { code, stderr } = await vm.task('add', `${at}`, ...flags, '--pid', `${containers[at]?.pid}`);
      if (code !== 0) throw new Error(stderr);
    }
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
    clock.remove();
  });

  const askAll = () =>
    Promise.all(
      containers.map(async (container) => {
        const answer = await container.ask();
        return answer.status === 200 ? bearerOf(answer) : answer.status;
      }),
    );

  it('ends the identity of every task that has it, and no other; one call asks for all of them', async () => {
    expect(await askAll()).toEqual([TRAINER, ALICE, ALICE]);
    stage.revoked.add(TRAINER);
    clock.move(MINUTE);
    await expect.poll(askAll, SOON).toEqual([403, ALICE, ALICE]);
    expect(stage.checks.map((targets) => targets.toSorted())).toEqual([[TRAINER], [ALICE]]);
    const { stdout } = await vm.task('ls');
    expect(stdout).toContain(`${TRAINER} (refused)`);
  });

  it('is noticed when it is given back', async () => {
    stage.revoked.delete(TRAINER);
    clock.move(MINUTE);
    await expect.poll(askAll, SOON).toEqual([TRAINER, ALICE, ALICE]);
  });

  it('does not end a task whose target nobody has removed, where the functions cannot be asked', async () => {
    stage.close();
    clock.move(MINUTE);
    await host.logged(({ message }) => message.startsWith('No check: '));
    expect(await askAll()).toEqual([TRAINER, ALICE, ALICE]);
  });
});
