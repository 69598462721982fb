import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RefresherProcess } from '../../refresher-process.ts';
import { ALICE, bearerOf, READER, setHostStage, TRAINER, type HostStage } from '../host-stage.ts';
import { createHostVm, IS_SKIPPED, NEEDS, spawnTethered, type Container, type HostVm } from '../vm.ts';

const SOCKETS = fileURLToPath(new URL('sockets.py', import.meta.url));
/** Some hundred MiB more than it has without any of this: what is kept for each connection, and for each that waits. */
const AT_MOST_MIB = 300;

const FLOODS = [
  ['first packets alone, ten thousand, from addresses that nobody has', 'half-open', '10000'],
  ['the beginning of a request, on ten thousand connections', 'half-asked', '10000'],
  ['requests whose answers it never reads, on three hundred connections', 'never-reads', '300'],
  ['requests without waiting for answers', 'pipelines', '64'],
] as const;

describe.skipIf(IS_SKIPPED)(`a task that sends${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;
  let daemon: RefresherProcess;
  let quiet: Container;
  let flooding: Container;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    daemon = await vm.startHost('--conceal');
    [quiet, flooding] = [await vm.container(), await vm.container()];
    await add(TRAINER, '--pid', String(quiet.pid));
    await add(ALICE, '--pid', String(flooding.pid));
    await add(READER, '--cgroup', vm.cgroup('flooding'));
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  async function add(target: string, ...claim: string[]): Promise<void> {
    const id = target.replace(/\W/g, '-').slice(0, 40);
    expect(await vm.task('add', id, '--target', target, ...claim)).toMatchObject({ code: 0, stderr: '' });
  }
  const residentMiB = () =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1]) / 1_024;

  async function unnoticed(flood: ChildProcess): Promise<void> {
    await once(flood.stdout ?? flood, 'data');
    for (let time = 0; time < 20; time += 1) expect(bearerOf(await quiet.ask())).toBe(TRAINER);
    expect(residentMiB()).toBeLessThan(AT_MOST_MIB);
    flood.stdin?.end();
    await once(flood, 'close');
  }
  const words = (name: string, count: string) => ['python3', SOCKETS, name, count];

  it.each(FLOODS)(
    '%s is not noticed by another, and is answered again afterwards',
    async (_, name, count) => {
      await unnoticed(flooding.spawn(words(name, count)));
      await expect.poll(async () => bearerOf(await flooding.ask()), { timeout: 20_000 }).toBe(ALICE);
    },
  );

  it.each(FLOODS)('%s, in the network of the host, is not noticed either', async (_, name, count) => {
    await unnoticed(spawnTethered(vm.words(vm.cgroup('flooding'), words(name, count))));
    const ask = async () => bearerOf(await vm.askFrom(vm.cgroup('flooding')));
    await expect.poll(ask, { timeout: 20_000 }).toBe(READER);
  });

  it.each(FLOODS)('%s, without the rules that limit it, is not noticed either', async (_, name, count) => {
    await flooding.run(['nft', 'flush', 'ruleset']);
    await unnoticed(flooding.spawn(words(name, count)));
    await expect.poll(async () => bearerOf(await flooding.ask()), { timeout: 20_000 }).toBe(ALICE);
  });
});
