/**
 * The recipes of docs/host.md, run as they stand on a machine with systemd. Engines are stand-ins, which ask for a token from
 * where the container would be, and end with 3.
 */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALICE, bearerOf, BOB, setHostStage, TRAINER, type HostStage } from './host-stage.ts';
import { bootSystemd, hasSystemd, installDaemon, UNIT, type SystemdVm } from './systemd.ts';
import { createHostVm, IS_SKIPPED, METADATA, NEEDS, TOKEN_PATH, type HostVm } from './vm.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/host.md', import.meta.url), 'utf8');
const recipe = (mark: string) =>
  new RegExp(`^\`\`\`sh ${mark}\n(.*?)^\`\`\`$`, 'ms').exec(DOCUMENT)?.[1] ?? '';

const BIN = '/var/tmp/bin';
const TOLD = '/var/tmp/told';
const ASK = `curl -s -m5 -H 'Metadata-Flavor: Google' http://${METADATA}${TOKEN_PATH} > ${TOLD}`;
const STAND_INS = {
  podman: `for word in "$@"; do case $word in ns:*) network=\${word#ns:} ;; esac; done
nsenter --net="$network" ${ASK}
exit 3
`,
  docker: `until [ "$1" = --cgroup-parent ]; do shift; done
scope=/sys/fs/cgroup/tasks.slice/$2/docker-1.scope
mkdir "$scope"
sh -c "echo \\$\\$ > $scope/cgroup.procs; ${ASK}"
rmdir "$scope"
exit 3
`,
  // what a recipe waits for
  sleep: `systemctl start ${UNIT}\n`,
};
const isSkipped = IS_SKIPPED || (!hasSystemd && process.env['CI'] !== 'true');

describe.skipIf(isSkipped)(`a recipe of docs/host.md${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;
  let machine: SystemdVm;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    machine = await bootSystemd(vm);
    await installDaemon(machine, stage.env);
    for (const [name, script] of Object.entries(STAND_INS)) {
      await machine.write(`${BIN}/${name}`, `#!/bin/sh\n${script}`);
      await machine.succeed(['chmod', '755', `${BIN}/${name}`]);
    }
  });
  beforeEach(() => machine.write(TOLD, '{}'));
  afterAll(async () => {
    await machine?.close();
    await vm?.close();
    stage?.close();
  });

  function run(mark: string, id: string, target: string) {
    const path = `PATH=${BIN}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
    return machine.run(['env', path, 'sh', '-c', recipe(mark), 'recipe', id, target, 'IMAGE']);
  }
  const told = async () => bearerOf({ status: 200, body: await machine.succeed(['cat', TOLD]) });

  /** Tasks, namespaces and cgroups that there are. */
  const left = async () =>
    [
      await machine.succeed(['/usr/local/bin/refresher', 'task', 'ls']),
      await machine.succeed(['ip', 'netns', 'list']),
      (await machine.run(['sh', '-c', 'ls -d /sys/fs/cgroup/tasks.slice/*.slice 2>&-'])).out,
    ].join('');

  it.each([
    ['bridge', ALICE],
    ['host', TRAINER],
  ])('of a task in the network mode "%s" makes its container who it should be', async (mark, target) => {
    expect(await run(mark, 'job17', target)).toMatchObject({ code: 3 });
    expect(await told()).toBe(target);
    expect(await left()).toBe('');
  });

  it.each(['bridge', 'host'])('in the network mode "%s" starts nothing for who is refused', async (mark) => {
    const { code, out } = await run(mark, 'job18', BOB);
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('refused:') as string });
    expect(await machine.succeed(['cat', TOLD])).toBe('{}');
    expect(await left()).toBe('');
  });

  it.each(['bridge', 'host'])('in the network mode "%s" waits for a daemon that is away', async (mark) => {
    await machine.succeed(['systemctl', 'stop', UNIT]);
    expect(await run(mark, 'job19', ALICE)).toMatchObject({ code: 3 });
    expect(await told()).toBe(ALICE);
    expect(await left()).toBe('');
  });

  it('does not take the name of another task, whose identity goes on', async () => {
    await machine.succeed(['ip', 'netns', 'add', 'one']);
    const claim = ['--target', TRAINER, '--netns', '/run/netns/one'];
    await machine.succeed(['/usr/local/bin/refresher', 'task', 'add', 'job20', ...claim]);
    for (const mark of ['bridge', 'host']) expect(await run(mark, 'job20', ALICE)).toMatchObject({ code: 1 });
    expect(bearerOf(await machine.askFrom({ netns: 'one' }))).toBe(TRAINER);
  });
});
