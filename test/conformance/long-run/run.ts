/**
 * A long run, as a process inside its namespace: `run.ts MEMBER PYTHON KEEPCALLING`. What was seen goes to standard output
 * as JSON.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUCKET } from '../../support/world/world.ts';
import { scriptOf } from '../python/toolchain.ts';
import { startAcceleratedVm } from './accelerated-vm.ts';
import { startKeepingClient } from './keeping-client.ts';
import { workForThreeHours } from './workload.ts';

const [member = '', python = '', keepCalling = ''] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'long-run-'));
const vm = await startAcceleratedVm(member);
const isUser = member.startsWith('user:');
const api = `${vm.google.url}${isUser ? '/drive/v3/files' : `/storage/v1/b/${BUCKET}/o`}`;
const environment = vm.clientEnvironment(folder);
const clients = [
  startKeepingClient([python, scriptOf('keep_calling'), api], environment),
  startKeepingClient([keepCalling, api], environment),
] as const;
const [pythonClient, goClient] = clients;
const report = await workForThreeHours(
  vm,
  [
    { name: 'Python', client: pythonClient, startsAtMinute: 0 },
    { name: 'Go', client: goClient, startsAtMinute: 25 },
  ],
  () => vm.google.calls(isUser ? 'drive' : 'storage'),
);
for (const client of clients) await client.end();
await vm.close();
await rm(folder, { recursive: true, force: true });
process.stdout.write(JSON.stringify(report));
