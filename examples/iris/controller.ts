/**
 * The controller, on a machine of its own: gives tasks to the worker of one VM, and lets that VM become the user of each
 * for as long as the task is there.
 *
 *   controller.ts --project acme-vending --instance 326694433618:2875949485074006138 \
 *     --signer dwd-signer@… --scope https://… -- ssh VM worker.ts
 *
 * Tasks come from standard input, a line of JSON each; what becomes of them goes to standard output. The words after the
 * dashes start the worker, again and again: its standard input and output are the way to the VM.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Firestore } from '@google-cloud/firestore';
import { createAssignedVm } from './assigned-vm.ts';
import { createAssignments } from './assignments.ts';
import { parseReport, parseTask, type Task } from './messages.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    project: { type: 'string', default: '' },
    database: { type: 'string', default: '(default)' },
    /** PROJECT_NUMBER:INSTANCE_ID, from the Compute Engine API: the VM's own word is not taken for it. */
    instance: { type: 'string', default: '' },
    signer: { type: 'string', default: '' },
    scope: { type: 'string', multiple: true, default: [] },
  },
});
const [program = '', ...words] = positionals;
const WORKER_PAUSE_MS = 500;

const firestore = new Firestore({ projectId: values.project, databaseId: values.database });
let worker: ChildProcess | undefined;
const vm = createAssignedVm({
  assignments: createAssignments(firestore.doc(`principals/instance:${values.instance}`), {
    signer: values.signer,
    scopes: values.scope,
  }),
  tell: (task: Task) => void worker?.stdin?.write(`${JSON.stringify(task)}\n`),
  say: (report) => void process.stdout.write(`${JSON.stringify(report)}\n`),
});

async function runWorkers(): Promise<never> {
  for (;;) {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', () => undefined);
    worker = child;
    const ended = once(child, 'close');
    for await (const line of createInterface({ input: child.stdout })) {
      const report = parseReport(line);
      if (report !== undefined) await vm.receive(report);
    }
    vm.lose();
    await ended;
    await pause(WORKER_PAUSE_MS);
  }
}

async function takeTasks(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const task = parseTask(line);
    if (task === undefined) process.stderr.write(`no task: ${line}\n`);
    else await vm.submit(task);
  }
}

void runWorkers();
await takeTasks();
