import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearerOf, setHostStage, TRAINER, type HostStage } from './host-stage.ts';
import { createHostVm, METADATA_V6, type HostVm } from './vm.ts';

describe('a task with a network namespace of its own', () => {
  let stage: HostStage;
  let vm: HostVm;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    await vm.startHost();
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  it('gets its own identity by both versions of IP, with nothing inside it', async () => {
    const container = await vm.container();
    const added = await vm.task('add', 'one', '--target', TRAINER, '--pid', String(container.pid));
    expect(added).toMatchObject({ code: 0 });
    expect(bearerOf(await container.ask())).toBe(TRAINER);
    expect(bearerOf(await container.ask({ host: METADATA_V6 }))).toBe(TRAINER);
  });
});
