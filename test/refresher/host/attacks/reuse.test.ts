import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALICE, bearerOf, READER, setHostStage, TRAINER, type HostStage } from '../host-stage.ts';
import { createHostVm, IS_SKIPPED, NEEDS, runToEnd, type HostVm } from '../vm.ts';

const PIDS = fileURLToPath(new URL('pids.py', import.meta.url));
const IDENTITIES = [TRAINER, ALICE, READER];
const ROUNDS = 12;

/** A name, a number or an address that was a task's, and is another's a moment later. */
describe.skipIf(IS_SKIPPED)(`what is used again after a task${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    await vm.startHost('--conceal', '--allow-address');
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  const call = (method: string, id: string, body?: unknown) => callPath(method, `/tasks/${id}`, body);
  async function callPath(method: string, path: string, body?: unknown): Promise<number> {
    const sent = request({ socketPath: vm.control, method, path });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    await text(answer);
    return answer.statusCode ?? 0;
  }
  const rounds = Array.from({ length: ROUNDS }, (_, at) => IDENTITIES[at % IDENTITIES.length] ?? TRAINER);
  const isNobody = /^403: .*belongs to no task|^0: $/;

  it('a cgroup that is made again under the same name at once is nobody, whatever else is registered meanwhile', async () => {
    const path = vm.cgroup('again');
    const other = vm.cgroup('other');
    for (const [at, target] of rounds.entries()) {
      expect(await call('PUT', 'again', { targets: [target], cgroup: path })).toBe(201);
      expect(bearerOf(await vm.askFrom(path))).toBe(target);
      const full = `/sys/fs/cgroup/${path}`;
      vm.run(['sh', '-c', `rmdir ${full} && mkdir ${full}`]);
      // the rules of all tasks are touched, and put in place anew, while the old one is still there
      expect(await callPath('GET', '/concealment')).toBe(200);
      const registered = call('PUT', `other-${at}`, { targets: [target], cgroup: other });
      expect(bearerOf(await vm.askFrom(path))).toMatch(isNobody);
      expect(await registered).toBe(201);
      expect(bearerOf(await vm.askFrom(path))).toMatch(isNobody);
      expect(await call('DELETE', `other-${at}`)).toBe(204);
    }
    await call('DELETE', 'again');
  });

  it('a path of a namespace that leads elsewhere later is another task', async () => {
    const [first, second] = [await vm.container(), await vm.container()];
    const link = `${vm.folder}/netns`;
    for (const target of IDENTITIES) {
      vm.run(['ln', '-sfn', first.netns, link]);
      expect(await call('PUT', 'path', { targets: [target], netns: link })).toBe(201);
      vm.run(['ln', '-sfn', second.netns, link]);
      // what it leads to now has been given nothing
      expect(bearerOf(await second.ask())).toBe('0: ');
      await expect.poll(() => call('GET', 'path'), { timeout: 20_000 }).toBe(404);
      expect(bearerOf(await first.ask())).toBe('0: ');
    }
    vm.run(['ln', '-sfn', `/proc/${vm.pid}/ns/net`, link]);
    expect(await call('PUT', 'path', { targets: [TRAINER], netns: link })).toBe(409);
  });

  it('an address is nobody’s when its task was removed, and the next one’s alone once that is registered', async () => {
    const container = await vm.container();
    const claim = { address: container.address };
    for (const target of rounds.slice(0, 4)) {
      expect(await call('PUT', 'bridged', { targets: [target], ...claim })).toBe(201);
      const curl = ['--local-port', '40100-40199'];
      expect(bearerOf(await container.ask({ curl }))).toBe(target);
      expect(await call('DELETE', 'bridged')).toBe(204);
      expect(bearerOf(await container.ask({ curl: [...curl, '-m1'] }))).toMatch(isNobody);
    }
  });

  it('an id is whoever it is registered for last, while many ask', async () => {
    const container = await vm.container();
    for (const target of rounds) {
      expect(await call('PUT', 'id', { targets: [target], pid: container.pid })).toBe(201);
      const asked = await Promise.all(Array.from({ length: 4 }, () => container.ask()));
      expect(asked.map(bearerOf)).toEqual([target, target, target, target]);
      const late = Promise.all(Array.from({ length: 4 }, () => container.ask()));
      expect(await call('DELETE', 'id')).toBe(204);
      for (const one of await late) expect([target, '0: ']).toContain(bearerOf(one));
      expect(bearerOf(await container.ask())).toBe('0: ');
    }
  });
});

describe.skipIf(IS_SKIPPED)(`a number of a process${NEEDS}`, () => {
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

  it('that is another’s at once gives it nothing of who had it before', async () => {
    // where numbers can be chosen: in a namespace of processes of the daemon's own
    const program = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];
    const host = await vm.startHostBy(program);
    const inside = vm.run(['cat', `/proc/${host.pid}/task/${host.pid}/children`]).trim();
    const words = ['nsenter', '--pid', '--mount', '--net', `--target=${inside}`, '--', 'python3', PIDS];
    const { code, out } = await runToEnd([...words, vm.control, String(ROUNDS), ...IDENTITIES]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^\{/)]);
    const seen = JSON.parse(out) as { right: number; wrong: string[]; pids: number[] };
    expect(seen).toEqual({ right: ROUNDS, wrong: [], pids: [seen.pids[0]] });
  });
});
