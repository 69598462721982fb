/**
 * `--help` of `host` and `task`. Pure.
 */

import { hostOptionsHelp } from './settings/host-options.ts';

const HOST = `refresher host [FLAGS]: run the daemon that gives each task of this VM its own identity

It alone talks to the VM's metadata server and to the functions. Needs root, ip and nft.

  refresher host --conceal --allow-cgroup system.slice/google-guest-agent.service
`;

const TASK = `refresher task add ID --target MEMBER… (--pid PID | --netns PATH | --cgroup PATH | --address IP)
refresher task rm ID
refresher task ls
register, remove and list tasks

add returns when the task has its first tokens. rm ends its identity at once. A task whose process, namespace or cgroup
has gone is removed by itself.

  refresher task add job-17 --target user:alice@example.com --netns /run/netns/job-17
`;

const EXIT_CODES = `Exit codes: 0 done; otherwise
  64  bad usage                       73  taken: by another task, by the host, or shared
  65  malformed id, path or target    75  too many tasks
  66  no such task, process, cgroup   77  target refused
  69  daemon, function or metadata server not reached in time
  70  a bug                           78  bad configuration
  71  the kernel or the machine lacks what this needs
`;

export function hostHelpText(command: 'host' | 'task'): string {
  const flags = `\nFlags, and the variables that count without them\n${hostOptionsHelp(command)}\n`;
  return `${command === 'host' ? HOST : TASK}${flags}${EXIT_CODES}`;
}
