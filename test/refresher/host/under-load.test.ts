import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RefresherProcess } from '../refresher-process.ts';
import { ALICE, READER, setHostStage, tokenOf, TRAINER, type HostStage } from './host-stage.ts';
import { createHostVm, IS_SKIPPED, spawnTethered, type Container, type HostVm, NEEDS } from './vm.ts';

const CLIENT = fileURLToPath(new URL('asking-client.js', import.meta.url));
const CAROL = 'user:carol@example.com';

interface Seen {
  readonly asked: number;
  readonly right: number;
  readonly wrong: number;
  readonly failed: number;
  readonly longestGapMs: number;
}

interface Client {
  readonly asking: Promise<void>;
  /** After nobody answered for a while. */
  readonly askingAgain: Promise<void>;
  readonly over: () => void;
  readonly seen: Promise<Seen>;
}

describe.skipIf(IS_SKIPPED)(`tasks of one host, all asking at once${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;
  let daemon: RefresherProcess;
  let containers: Container[] = [];

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    daemon = await vm.startHost('--conceal');
    containers = [await vm.container(), await vm.container()];
    const tasks = [
      [TRAINER, '--pid', String(containers[0]?.pid)],
      [ALICE, '--pid', String(containers[1]?.pid)],
      [READER, '--cgroup', vm.cgroup('reader')],
      [CAROL, '--cgroup', vm.cgroup('carol')],
    ] as const;
    for (const [target, ...claim] of tasks) {
      const { code, stderr } = await vm.task('add', target, '--target', target, ...claim);
      if (code !== 0) throw new Error(stderr);
    }
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  /** One in each of them. */
  function clients(count: number, concurrency: number): Client[] {
    const words = (target: string) => [
      process.execPath,
      CLIENT,
      String(count),
      String(concurrency),
      tokenOf(target),
    ];
    return [
      ...[TRAINER, ALICE].map((target, at) => containers[at]?.spawn(words(target))),
      ...[READER, CAROL].map((target) =>
        spawnTethered(vm.words(vm.cgroup(target === READER ? 'reader' : 'carol'), words(target))),
      ),
    ].flatMap((child) => (child === undefined ? [] : [clientOf(child)]));
  }

  it('get their own tokens, ten thousand times each, and never another’s', async () => {
    const all = clients(10_000, 8);
    for (const seen of await Promise.all(all.map((one) => one.seen))) {
      expect(seen).toMatchObject({ asked: 10_000, right: 10_000, wrong: 0, failed: 0 });
    }
  });

  it('find the daemon again after it was killed, soon, and never another’s token', async () => {
    const all = clients(0, 2);
    await Promise.all(all.map((one) => one.asking));
    await daemon.stop();
    daemon = await vm.startHost('--conceal');
    await Promise.all(all.map((one) => one.askingAgain));
    for (const one of all) one.over();
    for (const seen of await Promise.all(all.map((one) => one.seen))) {
      expect(seen.wrong).toBe(0);
      expect(seen.failed).toBeGreaterThan(0);
      // a third of a second, on a machine with nothing else to do
      expect(seen.longestGapMs).toBeLessThan(5_000);
    }
  });
});

function clientOf(child: ChildProcess): Client {
  let text = '';
  const asking = Promise.withResolvers<void>();
  const askingAgain = Promise.withResolvers<void>();
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes('asking\n')) asking.resolve();
    if (text.includes('again\n')) askingAgain.resolve();
  });
  const seen = once(child, 'close').then(() => JSON.parse(text.trim().split('\n').at(-1) ?? '') as Seen);
  return {
    asking: asking.promise,
    askingAgain: askingAgain.promise,
    over: () => void child.stdin?.end(),
    seen,
  };
}
