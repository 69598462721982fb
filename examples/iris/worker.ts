/**
 * The worker of a VM: runs what the controller writes to its standard input, and reports on its standard output.
 *
 *   worker.ts --control /run/token-vending/control.sock --slice iris.slice --bridge br0=10.98.0.1
 *
 * It ends with its standard input; what it has started goes on, and the next worker takes it up.
 */

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createContainers } from './container.ts';
import { createDaemon } from './daemon.ts';
import { parseTask, type Report } from './messages.ts';
import { adoptTasks, runTask, type Worker } from './run-task.ts';

const { values } = parseArgs({
  options: {
    control: { type: 'string', default: '/run/token-vending/control.sock' },
    slice: { type: 'string', default: 'iris.slice' },
    bridge: { type: 'string', default: 'br0=10.98.0.1' },
  },
});
const [name = '', address = ''] = values.bridge.split('=');

const worker: Worker = {
  daemon: createDaemon(values.control),
  containers: createContainers(values.slice, { name, address }),
  report: (report: Report) => void process.stdout.write(`${JSON.stringify(report)}\n`),
};

await adoptTasks(worker);
for await (const line of createInterface({ input: process.stdin })) {
  const task = parseTask(line);
  if (task !== undefined) void runTask(task, worker);
}
process.exit(0);
