/**
 * Ties a child process to this one: whatever ends this process, the child is killed with it.
 *
 * A listener on `exit` is not enough, since it does not run when a test runner kills its worker or a developer presses
 * Ctrl-C at the wrong moment. So a small shell holds the read end of a pipe whose write end only we have: the kernel
 * closes it when we are gone, however that happened.
 */

import { spawn, type ChildProcess } from 'node:child_process';

const WAIT_FOR_THE_PIPE_TO_CLOSE = 'read -r _; kill -KILL "$1"';

export function tether(child: ChildProcess): void {
  if (child.pid === undefined || hasEnded(child)) return;
  const watch = spawn('/bin/sh', ['-c', WAIT_FOR_THE_PIPE_TO_CLOSE, 'tether', String(child.pid)], {
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
    // Its own process group: Ctrl-C at a terminal reaches a whole group, and must not end the watch first.
    detached: true,
  });
  watch.unref();
  // Without a shell the child is merely not watched.
  watch.once('error', () => undefined);
  // The number of a process that has ended may be given to another one: stop watching at once.
  child.once('exit', () => watch.kill('SIGKILL'));
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
