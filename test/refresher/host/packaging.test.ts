import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearerOf, setHostStage, TRAINER, type HostStage } from './host-stage.ts';
import { createHostVm, IS_SKIPPED, NEEDS, type HostVm } from './vm.ts';

const UNIT = new URL('../../../refresher/host/packaging/token-vending-host.service', import.meta.url);

describe.skipIf(IS_SKIPPED)(`the systemd unit${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  it('leaves the daemon the capabilities that it needs', async () => {
    const [, names = ''] = /^CapabilityBoundingSet=(.*)$/m.exec(readFileSync(UNIT, 'utf8')) ?? [];
    const kept = names.split(' ').map((name) => `+${name.replace('CAP_', '').toLowerCase()}`);
    await vm.startHostBy(['setpriv', '--no-new-privs', `--bounding-set=-all,${kept.join(',')}`], '--conceal');
    const container = await vm.container();
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sleep', '1000'];
    const workload = container.spawn(nobody);
    const claims = [`--pid=${workload.pid}`, `--cgroup=${vm.cgroup('one')}`];
    for (const [at, claim] of claims.entries()) {
      const added = await vm.task('add', `t${at}`, '--target', TRAINER, claim);
      expect(added).toMatchObject({ code: 0, stderr: '' });
    }
    expect(bearerOf(await container.ask())).toBe(TRAINER);
    expect(bearerOf(await vm.askFrom(vm.cgroup('one')))).toBe(TRAINER);
    workload.kill('SIGKILL');
  });
});
