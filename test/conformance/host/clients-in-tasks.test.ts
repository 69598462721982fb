/**
 * Real clients inside tasks of one VM, with nothing that tells them of us: no variable, no file, an empty home. They find
 * the metadata server as on any VM, by its address, by DNS or by /etc/hosts.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IS_SKIPPED, METADATA, METADATA_V6, NEEDS, type AskOptions } from '../../refresher/host/vm.ts';
import { outcomeFor, problemsOf } from '../harness/judge.ts';
import { describeObservation } from '../harness/observation.ts';
import { installed, itWith } from '../harness/on-this-machine.ts';
import type { Row } from '../harness/row.ts';
import { nameOf, rowNamed } from '../rows.ts';
import { NETWORKS } from './inside-task.ts';
import type { Task } from './task.ts';
import { openWorkerVm, type WorkerVm } from './worker-vm.ts';

const GOOGLE_AUTH = rowNamed('Python: google-auth');
const CLIENTS = [
  GOOGLE_AUTH,
  ...[
    'Python: google-cloud-storage',
    'Python: pyarrow',
    'Python: tensorstore',
    'Python: polars',
    'Command line: gcloud auth print-access-token',
    'Command line: gcloud auth print-identity-token',
    'Command line: gcloud storage ls',
    'Go: golang.org/x/oauth2',
    'Go: cloud.google.com/go/storage',
    'Java: google-cloud-storage',
    'Node: google-auth-library',
    'Node: @google-cloud/storage',
    'Rust: google-cloud-auth',
  ].map(rowNamed),
];

const ASKING = fileURLToPath(new URL('../../refresher/host/asking-client.js', import.meta.url));
const ANY_NUMBER: unknown = expect.toSatisfy((count: number) => count > 0);

describe.skipIf(IS_SKIPPED)(`two tasks of one VM${NEEDS}`, () => {
  let worker: WorkerVm;
  let withoutDaemon: Awaited<ReturnType<typeof askWithoutDaemon>>;

  beforeAll(async () => {
    worker = await openWorkerVm();
    withoutDaemon = await askWithoutDaemon(worker);
    await worker.startDaemon();
  });
  afterAll(() => worker?.close());

  it('would be the VM itself without the daemon, and be seen to ask its server', () => {
    expect(withoutDaemon).toHaveLength(8);
    for (const { principal, packets, requests } of withoutDaemon) {
      expect(principal).toBe(worker.vmMember);
      expect(packets).toEqual({ daemon: 0, others: ANY_NUMBER });
      expect(requests).toEqual([expect.stringMatching(/\/token 200$/)]);
    }
  });

  describe.each([
    { network: 'bridge', title: 'in networks of their own' },
    { network: 'host', title: 'in the network of the host' },
  ] as const)('$title', ({ network }) => {
    const inBoth = <T>(act: (task: Task) => Promise<T>) => Promise.all(worker.tasks[network].map(act));

    for (const row of CLIENTS) {
      itWith([row], `each run ${nameOf(row)} as itself`, async () => {
        await inBoth((task) => expectItself(task, row));
      });
    }

    it('get their own tokens, ten thousand times in turns, and never the other’s', async () => {
      const tokens = await inBoth(async (task) => {
        const asked = await task.ask();
        expect(worker.principalOf(asked)).toBe(task.member);
        return (JSON.parse(asked.body) as { access_token: string }).access_token;
      });
      const counts = worker.tasks[network].map((task, at) => countAnswers(task, 5_000, tokens[at] ?? ''));
      for (const counted of await Promise.all(counts)) {
        expect(counted).toMatchObject({ right: 5_000, wrong: 0, failed: 0 });
      }
    });

    itWith(
      [GOOGLE_AUTH],
      'reach neither the VM’s own server nor each other’s listener, while clients run',
      async () => {
        const listeners = worker.listeners(network);
        expect(listeners.length).toBeGreaterThanOrEqual(4);
        const attempts: readonly AskOptions[] = [
          ...[METADATA, METADATA_V6].flatMap((host) => [
            { host },
            { host, curl: ['--interface', network === 'bridge' ? 'eth0' : 'g0'] },
            { host: `${host}:8080` },
          ]),
          ...listeners.map((host) => ({
            host,
            headers: ['Metadata-Flavor: Google', 'Host: metadata.google.internal'],
          })),
        ];
        const got = await inBoth(async (task) => {
          const running = expectItself(task, GOOGLE_AUTH);
          const asked = await Promise.all(attempts.map((attempt) => task.ask(attempt)));
          await running;
          return new Set(asked.map(worker.principalOf));
        });
        expect(got).toEqual(worker.tasks[network].map(({ member }) => new Set([member, undefined])));
      },
    );
  });

  it('have had nothing of the VM’s own server, by any version of IP: the daemon alone has asked it', () => {
    expect(worker.witness.take()).toEqual({ daemon: ANY_NUMBER, others: 0 });
    const account = 'GET /computeMetadata/v1/instance/service-accounts/default';
    const identities = worker.audiences.map(
      (audience) => `${account}/identity?audience=${encodeURIComponent(audience)}&format=full 200`,
    );
    const asked = worker.takeMetadataRequests().filter((request) => request.includes('/service-accounts/'));
    expect(new Set(asked)).toEqual(new Set(identities));
  });
});

describe('docs/host.md', () => {
  it('names every client that is tried', () => {
    const text = readFileSync(new URL('../../../docs/host.md', import.meta.url), 'utf8');
    const [, tried = ''] = /^(Tried inside tasks[\s\S]*?)\n\n/m.exec(text) ?? [];
    for (const { client } of CLIENTS) expect(tried).toContain(client);
  });
});

/** What each task gets by each version of IP, and who saw it ask. */
async function askWithoutDaemon({ tasks, principalOf, witness, takeMetadataRequests }: WorkerVm) {
  const seen = [];
  for (const task of NETWORKS.flatMap((network) => tasks[network])) {
    for (const host of [METADATA, METADATA_V6]) {
      const principal = principalOf(await task.ask({ host }));
      seen.push({ principal, packets: witness.take(), requests: takeMetadataRequests() });
    }
  }
  return seen;
}

async function expectItself(task: Task, row: Row): Promise<void> {
  const { observed, prints } = await task.run(row, installed(row.toolchain));
  const outcome = outcomeFor(row.modes.interception, task.identity);
  const problems = problemsOf({ proof: row.proof, prints, outcome }, observed);
  if (problems.length > 0) {
    expect.fail(`as ${task.member}: ${problems.join('; ')}\n${describeObservation(observed)}`);
  }
}

/** Of so many requests on four connections: how many were answered with that token, with another, and not at all. */
async function countAnswers(task: Task, count: number, token: string): Promise<unknown> {
  const child = task.spawn([process.execPath, ASKING, String(count), '4', token]);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
}
