import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ALICE_TARGET, bearerOf, setStage, TRAINER_TARGET, type RefresherStage } from '../stage.ts';
import { createHostVm, METADATA_V6, type HostVm } from './vm.ts';

describe('a task with a network namespace of its own', () => {
  let stage: RefresherStage;
  let vm: HostVm;

  beforeAll(async () => {
    stage = await setStage();
    vm = await createHostVm(stage);
    await vm.startHost();
  });
  afterAll(async () => {
    await vm.close();
    await stage.close();
  });

  it('gets its own identity by both versions of IP, with nothing inside it', async () => {
    const container = await vm.container();
    const added = await vm.task('add', 'one', '--target', TRAINER_TARGET, '--pid', String(container.pid));
    expect(added).toMatchObject({ code: 0 });
    expect(bearerOf(stage, await container.ask())).toBe(TRAINER_TARGET);
    expect(bearerOf(stage, await container.ask({ host: METADATA_V6 }))).toBe(TRAINER_TARGET);
  });
});
