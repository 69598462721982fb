/**
 * examples/iris, whole: its controller on this machine, with Google's Firestore emulator; its worker on a VM of
 * namespaces; the real function in between, and a fake Google behind it.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describeWithFirestore,
  type FirestoreContext,
} from '../../support/firestore/describe-with-firestore.ts';
import type { FunctionProcess } from '../../support/processes/function-process.ts';
import { onLine } from '../../support/processes/process-output.ts';
import { tether } from '../../support/processes/tether.ts';
import { createFirestoreDocuments, type GrantDocumentsAtRest } from '../../support/world/grant-documents.ts';
import { exchangeForm, postToken, startVending } from '../../support/world/vending.ts';
import {
  AUDIENCES,
  createWorld,
  DRIVE_READONLY,
  SIGNER,
  type Vm,
  type World,
} from '../../support/world/world.ts';
import { createHostVm, IS_SKIPPED, METADATA, NEEDS, TOKEN_PATH, type HostVm } from './vm.ts';

const EXAMPLE = (name: string) => fileURLToPath(new URL(`../../../examples/iris/${name}`, import.meta.url));
const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';
/** Beyond what the function may sign for, whatever a grant says. */
const OUTSIDER = 'carol@elsewhere.example';

interface Controller {
  readonly submit: (task: object) => void;
  readonly reported: (report: object) => Promise<void>;
  readonly kill: () => Promise<void>;
}

describe.skipIf(IS_SKIPPED)(`a scheduler shaped like Iris${NEEDS}`, () => {
  describeWithFirestore('with its grants in Firestore', irisTests);
});

function irisTests(firestore: FirestoreContext): void {
  let world: World;
  let identity: Vm;
  let documents: GrantDocumentsAtRest;
  let delegate: FunctionProcess;
  let vm: HostVm;
  let shared: string;
  let controller: Controller;

  beforeAll(async () => {
    const { projectId } = firestore;
    world = await createWorld();
    world.google.workspace.addUser(BOB);
    identity = world.vm('worker');
    documents = await createFirestoreDocuments(firestore.emulator(), { projectId });
    delegate = await startVending(world, 'delegate', documents.environment);
    const metadata = await world.google.startMetadataServer(identity.identity);
    vm = await createHostVm({
      metadataPort: Number(metadata.host.split(':')[1]),
      functionPorts: [delegate.port],
      env: {
        TOKEN_VENDING_DELEGATE_URL: delegate.url,
        TOKEN_VENDING_DELEGATE_AUDIENCE: AUDIENCES.delegate,
      },
    });
    // names of network namespaces are this VM's alone
    vm.run(['mount', '-t', 'tmpfs', 'none', '/run']);
    await vm.startHost('--conceal');
    shared = join(vm.folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    chmodSync(vm.folder, 0o755);
    vm.cgroup('worker');
    controller = startController();
  });
  afterAll(async () => {
    await controller?.kill();
    if (vm !== undefined) {
      const slice = `/sys/fs/cgroup/${vm.cgroup('iris')}`;
      vm.run(['sh', '-c', `echo 1 > ${slice}/cgroup.kill; rmdir ${slice}/* 2>&- || true`]);
    }
    await vm?.close();
    await delegate?.stop();
    await documents?.remove();
    await world?.close();
  });

  function startController(): Controller {
    const worker = vm.words(vm.cgroup('worker'), [
      process.execPath,
      EXAMPLE('worker.ts'),
      `--control=${vm.control}`,
      `--slice=${vm.cgroup('iris')}`,
      '--bridge=br0=10.98.0.1',
    ]);
    const child: ChildProcess = spawn(
      process.execPath,
      [
        EXAMPLE('controller.ts'),
        `--project=${firestore.projectId}`,
        `--instance=${identity.instanceId.replace('instance:', '')}`,
        `--signer=${SIGNER}`,
        `--scope=${DRIVE_READONLY}`,
        '--',
        ...worker,
      ],
      {
        env: {
          PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
          FIRESTORE_EMULATOR_HOST: firestore.emulator().host,
          // this machine's own metadata server is nobody's business
          METADATA_SERVER_DETECTION: 'none',
        },
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    tether(child);
    const reports: unknown[] = [];
    if (child.stdout !== null) onLine(child.stdout, (line) => reports.push(JSON.parse(line)));
    return {
      submit: (given) => void child.stdin?.write(`${JSON.stringify(given)}\n`),
      async reported(report) {
        await expect.poll(() => reports, { timeout: 25_000 }).toContainEqual(expect.objectContaining(report));
      },
      async kill() {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  const pathOf = (id: string, what: string) => join(shared, `${id}.${what}`);

  /** A program of the user's: it takes what a client library would, and stays until it is told to end. */
  function task(id: string, user: string, network: 'bridge' | 'host') {
    const ask = `curl -sf -m5 -H "Metadata-Flavor: Google" http://${METADATA}${TOKEN_PATH} > ${pathOf(id, 'token')}`;
    const wait = `until test -e ${pathOf(id, 'end')}; do ${ask}; sleep 0.05; done; exit 7`;
    return {
      id,
      user,
      network,
      command: ['sh', '-c', `${ask}; mv ${pathOf(id, 'token')} ${pathOf(id, 'first')}; ${wait}`],
    };
  }
  const end = (id: string) => writeFileSync(pathOf(id, 'end'), '');

  /** Whose the token is that the task's program was given. */
  async function identityOf(id: string): Promise<string | undefined> {
    const read = () => {
      try {
        return readFileSync(pathOf(id, 'first'), 'utf8');
      } catch {
        return '';
      }
    };
    await expect.poll(read).not.toBe('');
    const { access_token: token } = JSON.parse(read()) as { access_token: string };
    return world.google.whoIs(token)?.principal;
  }

  /** What the function says to the VM itself, by the identity token that the daemon has, too. */
  async function askedByVm(user: string): Promise<unknown> {
    const form = exchangeForm(identity, 'delegate', { audience: `user:${user}` });
    const { status, body } = await postToken(delegate.url, form);
    return status === 200 ? 'granted' : body['error'];
  }

  it('lets the VM become nobody while it has no task', async () => {
    await controller.reported({ state: 'ready', tasks: [] });
    for (const user of [ALICE, BOB]) expect(await askedByVm(user)).toBe('invalid_target');
    const added = await vm.task('add', 'thief', '--target', `user:${ALICE}`, '--cgroup', vm.cgroup('thief'));
    expect(added.code).toBe(77);
  });

  it('runs the tasks of two users, one in each network, each as its own user; the VM can become both meanwhile', async () => {
    controller.submit(task('a', ALICE, 'bridge'));
    controller.submit(task('b', BOB, 'host'));
    await controller.reported({ state: 'running', id: 'a' });
    await controller.reported({ state: 'running', id: 'b' });
    expect(await identityOf('a')).toBe(`user:${ALICE}`);
    expect(await identityOf('b')).toBe(`user:${BOB}`);
    for (const user of [ALICE, BOB]) expect(await askedByVm(user)).toBe('granted');
  });

  it('takes the grant away with the last task of a user, and not before', async () => {
    controller.submit(task('a2', ALICE, 'host'));
    await controller.reported({ state: 'running', id: 'a2' });
    end('a');
    await controller.reported({ state: 'ended', id: 'a', exitCode: 7 });
    expect(await askedByVm(ALICE)).toBe('granted');
    end('a2');
    await controller.reported({ state: 'ended', id: 'a2', exitCode: 7 });
    expect(await askedByVm(ALICE)).toBe('invalid_target');
    expect(await askedByVm(BOB)).toBe('granted');
    const added = await vm.task('add', 'thief', '--target', `user:${ALICE}`, '--cgroup', vm.cgroup('thief'));
    expect(added.code).toBe(77);
  });

  it('leaves nothing of a task that is refused', async () => {
    controller.submit(task('c', OUTSIDER, 'bridge'));
    await controller.reported({
      state: 'failed',
      id: 'c',
      why: expect.stringContaining('refused') as string,
    });
    expect(await askedByVm(OUTSIDER)).toBe('invalid_target');
    expect(vm.run(['ip', 'netns', 'list'])).toBe('');
    expect(vm.run(['ls', '/sys/fs/cgroup/' + vm.cgroup('iris')])).not.toMatch(/^c$/m);
  });

  it('after a crash of both, goes on with the tasks that run, and takes away what is left of others', async () => {
    await controller.kill();
    const stale = { [`user:${ALICE}`]: { signer: SIGNER, scopes: [DRIVE_READONLY] } };
    const running = { [`user:${BOB}`]: { signer: SIGNER, scopes: [DRIVE_READONLY] } };
    await documents.set(`principals/${identity.instanceId}`, { grants: { ...stale, ...running } });
    vm.run(['mkdir', `/sys/fs/cgroup/${vm.cgroup('iris')}/orphan`]);

    controller = startController();
    await controller.reported({ state: 'ready', tasks: [{ id: 'b', user: BOB }] });
    expect(await askedByVm(ALICE)).toBe('invalid_target');
    expect(await askedByVm(BOB)).toBe('granted');
    expect(vm.run(['ls', '/sys/fs/cgroup/' + vm.cgroup('iris')])).not.toContain('orphan');

    end('b');
    await controller.reported({ state: 'ended', id: 'b', exitCode: null });
    expect(await askedByVm(BOB)).toBe('invalid_target');
    expect((await vm.task('ls')).stdout).toBe('');
  });
}
