/**
 * How the requests of tasks in the host's own network find the listener of their task, and nobody else does. Pure.
 *
 * The kernel knows of every socket in which cgroup it was made. What a task sends to the metadata server is turned to
 * a port on loopback; to that port only sockets of the task's cgroup may connect, and only the daemon may answer there.
 */

import { socketsOf } from '../kernel/cgroups.ts';
import { METADATA_IPV4, METADATA_IPV6, METADATA_PORT } from '../metadata-addresses.ts';
import { FIRST_PACKET, NEWCOMERS_LIMIT } from './newcomers-limit.ts';

export interface HostRules {
  readonly daemon: { readonly path: string };
  /** They reach the VM's own server. */
  readonly allowed: readonly { readonly path: string }[];
  readonly tasks: readonly { readonly path: string; readonly port: number }[];
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
  /** Where everybody else is told that they are nobody. */
  readonly nobodyPort: number;
}

/** nft wants to read of TCP in the same rule, although only TCP comes there. */
const TO_PORT = 'meta l4proto tcp redirect to :';

export function hostChains({ daemon, allowed, tasks, addresses, nobodyPort }: HostRules): string {
  const redirects = tasks.map((task) => `${socketsOf(task)} ${TO_PORT}${task.port}`);
  const passes = [daemon, ...allowed].map((cgroup) => `${socketsOf(cgroup)} return`);
  const from = addresses.map(
    ({ address, port }) =>
      `ip saddr ${address} ip daddr ${METADATA_IPV4} tcp dport ${METADATA_PORT} redirect to :${port}`,
  );
  const owners = tasks.flatMap((task) => [
    `tcp dport ${task.port} ${socketsOf(task)} ${NEWCOMERS_LIMIT}`,
    `tcp dport ${task.port} ${socketsOf(task)} accept`,
  ]);
  const localPorts = [...tasks.map(({ port }) => port), nobodyPort].join(', ');
  const remotePorts = addresses.map(
    ({ address, port }) =>
      `tcp dport ${port} ct original ip saddr ${address} ct original ip daddr ${METADATA_IPV4} goto listeners`,
  );
  const bridgePorts = addresses.map(({ port }) => `tcp dport ${port} drop`);
  return [
    chain('whose', [...redirects, ...passes, `${TO_PORT}${nobodyPort}`]),
    chain('outgoing', [
      'type nat hook output priority -100; policy accept;',
      `ip daddr ${METADATA_IPV4} tcp dport ${METADATA_PORT} goto whose`,
      `ip6 daddr ${METADATA_IPV6} tcp dport ${METADATA_PORT} goto whose`,
    ]),
    chain('forwarded', ['type nat hook prerouting priority -100; policy accept;', ...from]),
    chain('owners', [...owners, ...tasks.map(({ port }) => `tcp dport ${port} reject with tcp reset`)]),
    chain('connecting', [
      'type filter hook output priority 0; policy accept;',
      `oifname "lo" ${FIRST_PACKET} tcp dport { ${localPorts} } goto owners`,
    ]),
    chain('listeners', [`${socketsOf(daemon)} accept`, 'reject with tcp reset']),
    chain('listening', [
      'type filter hook input priority 0; policy accept;',
      `iifname "lo" ${FIRST_PACKET} tcp dport { ${localPorts} } goto listeners`,
      ...(addresses.length > 0 ? [`${FIRST_PACKET} goto bridged`] : []),
    ]),
    chain('bridged', [...remotePorts, ...bridgePorts]),
  ].join('');
}

function chain(name: string, lines: readonly string[]): string {
  return `  chain ${name} {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;
}
