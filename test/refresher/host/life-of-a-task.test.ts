import { readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RefresherProcess } from '../refresher-process.ts';
import {
  ALICE,
  bearerOf,
  BOB,
  READER,
  setHostStage,
  SLOW,
  tokenOf,
  TRAINER,
  type HostStage,
} from './host-stage.ts';
import { createHostVm, IS_SKIPPED, type Container, type HostVm, NEEDS } from './vm.ts';

const LONG = { toJSON: () => 'x'.repeat(70_000), toString: () => 'a long text' };

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

describe.skipIf(IS_SKIPPED)(`the life of a task${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;
  let host: RefresherProcess;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    host = await vm.startHost('--wait', '30', '--max-tasks', '6');
  });
  afterEach(async () => {
    for (const line of (await vm.task('ls')).stdout.trim().split('\n')) {
      if (line !== '') await vm.task('rm', line.split('\t')[0] ?? '');
    }
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  /** As a scheduler does it that has no refresher at hand. */
  function call(method: string, path: string, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: vm.control, method, path }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) }),
        );
      });
      sent.once('error', reject);
      sent.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }
  const put = (id: string, { pid }: Container, ...targets: string[]) =>
    call('PUT', `/tasks/${id}`, { targets, pid });
  const ids = async () =>
    ((await call('GET', '/tasks')).body as { tasks: { id: string }[] }).tasks.map(({ id }) => id);

  it('begins when its first token is there: the container can ask at once', async () => {
    const container = await vm.container();
    const answer = await put('a', container, TRAINER, ALICE);
    expect(answer).toMatchObject({
      status: 201,
      body: {
        id: 'a',
        state: 'running',
        pid: container.pid,
        targets: [
          { target: TRAINER, reading: 'token' },
          { target: ALICE, reading: 'token' },
        ],
      },
    });
    expect(bearerOf(await container.ask())).toBe(TRAINER);
    const alice = '/computeMetadata/v1/instance/service-accounts/alice@example.com/token';
    expect(bearerOf(await container.ask({ path: alice }))).toBe(ALICE);
  });

  it('is the same for whoever asks for the same again, at once or later', async () => {
    const container = await vm.container();
    const before = stage.exchanges.get(READER) ?? 0;
    const answers = await Promise.all([
      put('a', container, READER),
      put('a', container, READER),
      put('a', container, READER),
    ]);
    expect(answers.map(({ status }) => status - 200).toSorted((one, other) => one - other)).toEqual([
      0, 0, 1,
    ]);
    expect((await put('a', container, READER)).status).toBe(200);
    expect(stage.exchanges.get(READER)).toBe(before + 1);
    expect(await ids()).toEqual(['a']);
  });

  it('is nobody else’s: another task of the same name is refused, and the first goes on', async () => {
    const [one, other] = [await vm.container(), await vm.container()];
    await put('a', one, TRAINER);
    for (const answer of [await put('a', other, TRAINER), await put('a', one, ALICE)]) {
      expect(answer).toMatchObject({ status: 409, body: { error: 'taken' } });
    }
    expect(bearerOf(await one.ask())).toBe(TRAINER);
    expect(bearerOf(await other.ask())).toBe('the VM itself');
  });

  it('shares the tokens of a target with other tasks, and ends them with the last', async () => {
    const [one, other] = [await vm.container(), await vm.container()];
    const before = stage.exchanges.get(READER) ?? 0;
    await put('a', one, READER);
    await put('b', other, READER);
    expect(stage.exchanges.get(READER)).toBe(before + 1);
    await call('DELETE', '/tasks/a');
    expect(bearerOf(await other.ask())).toBe(READER);
    await call('DELETE', '/tasks/b');
    await put('b', other, READER);
    expect(stage.exchanges.get(READER)).toBe(before + 2);
  });

  it('never begins where the function refuses the target', async () => {
    const container = await vm.container();
    expect(await put('a', container, TRAINER, BOB)).toMatchObject({
      status: 403,
      body: { error: 'refused' },
    });
    expect(await ids()).toEqual([]);
    expect((await container.ask()).status).toBe(0);
    const ended = await vm.task('add', 'a', '--target', BOB, '--pid', String(container.pid));
    expect(ended).toMatchObject({ code: 77, stdout: '' });
    // nothing of it is in the way of the next
    expect((await put('a', container, TRAINER)).status).toBe(201);
    expect(bearerOf(await container.ask())).toBe(TRAINER);
  });

  it('gives nothing while it is being registered, and ends at once when it is removed meanwhile', async () => {
    const container = await vm.container();
    const registering = put('slow', container, SLOW);
    await stage.asked;
    expect(await ids()).toEqual(['slow']);
    await expect.poll(async () => (await container.ask()).status).toBe(503);
    expect(await readFile(vm.state, 'utf8')).not.toContain('slow');
    expect((await call('DELETE', '/tasks/slow')).status).toBe(204);
    expect(await registering).toMatchObject({ status: 404, body: { error: 'not_found' } });
    expect((await container.ask()).status).toBe(0);
    expect(await ids()).toEqual([]);
  });

  it('ends by itself when its process has gone', async () => {
    const container = await vm.container();
    await put('a', container, TRAINER);
    await container.stop();
    await host.logged(({ message, id }) => message.includes('has gone') && id === 'a');
    await expect.poll(ids).toEqual([]);
    await expect.poll(() => readFile(vm.state, 'utf8')).not.toContain(TRAINER);
  });

  it('leaves the namespace to the next, who gets nothing of it', async () => {
    const container = await vm.container();
    for (const target of [TRAINER, ALICE, READER]) {
      expect((await put('a', container, target)).status).toBe(201);
      expect(bearerOf(await container.ask())).toBe(target);
      expect((await call('DELETE', '/tasks/a')).status).toBe(204);
      expect((await container.ask()).status).toBe(0);
    }
  });

  it('is one of so many', async () => {
    const containers = await Promise.all(Array.from({ length: 7 }, () => vm.container()));
    const answers = await Promise.all(containers.map((one, at) => put(`t${at}`, one, TRAINER)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(6);
    expect(answers.find(({ status }) => status !== 201)).toMatchObject({
      status: 503,
      body: { error: 'too_many' },
    });
  });

  it('survives a daemon that is killed: on the same addresses, without a line from anybody', async () => {
    const [one, other, gone] = [await vm.container(), await vm.container(), await vm.container()];
    await put('a', one, TRAINER);
    await put('b', other, ALICE);
    await put('c', gone, READER);
    const state = await readFile(vm.state, 'utf8');
    expect((await stat(vm.state)).mode & 0o777).toBe(0o600);
    for (const target of [TRAINER, ALICE, READER]) expect(state).not.toContain(tokenOf(target));
    expect(state).not.toMatch(/ya29|eyJ/);

    await host.stop();
    expect((await one.ask()).status).toBe(0);
    await gone.stop();
    host = await vm.startHost('--max-tasks', '6');
    await expect.poll(async () => bearerOf(await one.ask())).toBe(TRAINER);
    await expect.poll(async () => bearerOf(await other.ask())).toBe(ALICE);
    expect(await ids()).toEqual(['a', 'b']);
    await host.logged(({ message, id }) => message.includes('not taken up again') && id === 'c');
    expect((await put('a', one, TRAINER)).status).toBe(200);
  });

  it('is not taken up again where its evidence does not hold: pid, namespace, cookie or start of the machine', async () => {
    const container = await vm.container();
    const stranger = await vm.container();
    await put('a', container, TRAINER);
    await host.stop();
    const state = await readFile(vm.state, 'utf8');
    const evidenceOf = (pid: number) => vm.run(['stat', '-Lc', '%i', `/proc/${pid}/ns/net`]).trim();
    const changed = [
      // another process has the number now
      state.replace(/"startTime":"\d+"/, '"startTime":"1"'),
      // another namespace has the number now
      state
        .replaceAll(String(container.pid), String(stranger.pid))
        .replace(evidenceOf(container.pid), evidenceOf(stranger.pid))
        .replace(/"startTime":"\d+"/, `"startTime":"${startTime(vm, stranger.pid)}"`),
      state.replace(/"cookie":"\d/, '"cookie":"x'),
      state.replace(/"bootId":"./, '"bootId":"x'),
    ];
    for (const text of changed) {
      expect(text).not.toBe(state);
      await writeFile(vm.state, text);
      host = await vm.startHost('--max-tasks', '6');
      expect(await ids()).toEqual([]);
      expect((await container.ask()).status).toBe(0);
      expect(bearerOf(await stranger.ask())).toBe('the VM itself');
      await host.stop();
    }
    await writeFile(vm.state, '{"version": 1, "boot');
    expect(await vm.runHost()).toMatchObject({ code: 78 });
    await writeFile(vm.state, state);
    host = await vm.startHost('--max-tasks', '6');
    await expect.poll(async () => bearerOf(await container.ask())).toBe(TRAINER);
  });

  it('is for root alone to decide, and for one daemon', async () => {
    expect((await stat(vm.control)).mode & 0o777).toBe(0o600);
    const second = await vm.runHost();
    expect(second).toMatchObject({ code: 78 });
    expect(second.log[0]?.message).toContain('does a daemon run already');
    expect(await ids()).toEqual([]);
  });

  it.each([
    ['PUT', '/tasks/a', 'no json', 400, 'invalid_request'],
    ['PUT', '/tasks/a', '[]', 400, 'invalid_request'],
    ['PUT', '/tasks/a', '{}', 400, 'invalid_request'],
    ['PUT', '/tasks/a', { targets: [], pid: 1 }, 400, 'invalid_request'],
    ['PUT', '/tasks/a', { targets: ['root'], pid: 1 }, 400, 'invalid_request'],
    ['PUT', '/tasks/a', { targets: [TRAINER, TRAINER], pid: 1 }, 400, 'invalid_request'],
    ['PUT', '/tasks/a', { targets: [TRAINER], pid: '1' }, 400, 'invalid_request'],
    ['PUT', '/tasks/a', { targets: [TRAINER], pid: 1.5 }, 400, 'invalid_request'],
    ['PUT', '/tasks/a', { targets: [TRAINER], pid: 1, force: true }, 400, 'invalid_request'],
    ['PUT', '/tasks/a', { targets: [TRAINER], netns: '/run/../etc' }, 400, 'invalid_request'],
    ['PUT', '/tasks/a', { targets: [TRAINER], netns: '/run\n/x' }, 400, 'invalid_request'],
    ['PUT', '/tasks/a', { targets: [TRAINER], pid: 4194000, project: 'No Project' }, 400, 'invalid_request'],
    [
      'PUT',
      '/tasks/a',
      { targets: Array.from({ length: 17 }, (_, n) => `user:u${n}@example.com`), pid: 1 },
      400,
      'invalid_request',
    ],
    ['PUT', '/tasks/a', LONG, 400, 'invalid_request'],
    ['PUT', '/tasks/-a', { targets: [TRAINER], pid: 1 }, 400, 'invalid_request'],
    ['PUT', '/tasks/..%2Fa', { targets: [TRAINER], pid: 1 }, 400, 'invalid_request'],
    ['PUT', `/tasks/${'a'.repeat(129)}`, { targets: [TRAINER], pid: 1 }, 400, 'invalid_request'],
    ['PUT', '/tasks/%zz', {}, 400, 'invalid_request'],
    ['PUT', '/tasks/a', { targets: [TRAINER], pid: 4_194_000 }, 404, 'not_found'],
    ['GET', '/tasks/unknown', undefined, 404, 'not_found'],
    ['DELETE', '/tasks/unknown', undefined, 404, 'not_found'],
    ['DELETE', '/tasks', undefined, 404, 'not_found'],
    ['GET', '/', undefined, 404, 'not_found'],
    ['POST', '/tasks/a', {}, 405, 'invalid_request'],
  ])('%s %s is answered as it should be', async (method, path, body, status, error) => {
    const answer = await call(method, path, body);
    expect(answer).toMatchObject({ status, body: { error, error_description: expect.any(String) } });
    expect(await ids()).toEqual([]);
  });
});

function startTime(vm: HostVm, pid: number): string {
  const text = vm.run(['cat', `/proc/${pid}/stat`]);
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
