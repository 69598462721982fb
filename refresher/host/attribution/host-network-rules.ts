/**
 * How the requests of tasks in the host's own network find the listener of their task, and nobody else does. Pure.
 *
 * The kernel knows of every socket in which cgroup it was made. What a task sends to the metadata server is turned to
 * a port on loopback; to that port only sockets of the task's cgroup may connect, and only the daemon may answer there.
 * What was turned is looked at again: the kernel goes on turning a connection that has begun as it did at first, when
 * the port may have been another task's.
 *
 * Tasks are elements of sets and maps, so that one comes or goes at a cost that does not depend on how many there are.
 */

import { socketsOf } from '../kernel/cgroups.ts';
import { METADATA_IPV4, METADATA_IPV6, METADATA_PORT } from '../metadata-addresses.ts';
import { FIRST_PACKET, limitOfEachPort } from './newcomers-limit.ts';

export interface HostRules {
  readonly daemon: { readonly path: string };
  /** They reach the VM's own server. */
  readonly allowed: readonly { readonly path: string }[];
  /** Where everybody else is told that they are nobody. */
  readonly nobodyPort: number;
}

export type HostTask =
  | { readonly kind: 'cgroup'; readonly path: string; readonly depth: number; readonly port: number }
  | { readonly kind: 'address'; readonly address: string; readonly port: number };

/** nft compares the ancestor of a socket's cgroup at one depth: each depth takes a set of its own. */
export const MAX_DEPTH = 16;
const DEPTHS = Array.from({ length: MAX_DEPTH }, (_, at) => at + 1);

/** nft wants to read of TCP in the same rule, although only TCP comes there. */
const TO_PORT = 'meta l4proto tcp redirect to :';

/** All but the tasks. */
export function hostChains({ daemon, allowed, nobodyPort }: HostRules): string {
  const passes = [daemon, ...allowed].map((cgroup) => `${socketsOf(cgroup)} return`);
  return [
    ...DEPTHS.flatMap((depth) => [
      block(`map turned_${depth}`, ['type cgroupsv2 : inet_service;']),
      block(`set owners_${depth}`, ['type cgroupsv2 . inet_service;']),
    ]),
    block('set ports', ['type inet_service;']),
    block('map turned_addresses', ['type ipv4_addr : inet_service;']),
    block('set bridged_owners', ['type ipv4_addr . inet_service;']),
    block('set bridged_ports', ['type inet_service;']),
    block('set newcomers', ['type inet_service;', 'flags dynamic;', 'size 65535;', 'timeout 1m;']),
    block('chain whose', [
      ...DEPTHS.map((depth) => `${TO_PORT} socket cgroupv2 level ${depth} map @turned_${depth}`),
      ...passes,
      `${TO_PORT}${nobodyPort}`,
    ]),
    block('chain outgoing', [
      'type nat hook output priority -100; policy accept;',
      `ip daddr ${METADATA_IPV4} tcp dport ${METADATA_PORT} goto whose`,
      `ip6 daddr ${METADATA_IPV6} tcp dport ${METADATA_PORT} goto whose`,
    ]),
    block('chain forwarded', [
      'type nat hook prerouting priority -100; policy accept;',
      `ip daddr ${METADATA_IPV4} tcp dport ${METADATA_PORT} redirect to : ip saddr map @turned_addresses`,
    ]),
    block('chain paced', [limitOfEachPort('newcomers'), 'accept']),
    block('chain owners', [
      ...DEPTHS.map((depth) => `socket cgroupv2 level ${depth} . tcp dport @owners_${depth} goto paced`),
      'reject with tcp reset',
    ]),
    block('chain connecting', [
      'type filter hook output priority 0; policy accept;',
      ...toLoopback('tcp dport @ports goto owners'),
      ...toLoopback(`tcp dport ${nobodyPort} goto paced`),
    ]),
    block('chain listeners', [`${socketsOf(daemon)} accept`, 'reject with tcp reset']),
    block('chain bridged', [
      `ct original ip daddr != ${METADATA_IPV4} drop`,
      'ct original ip saddr . tcp dport != @bridged_owners drop',
      limitOfEachPort('newcomers'),
      'goto listeners',
    ]),
    block('chain listening', [
      'type filter hook input priority 0; policy accept;',
      `iifname "lo" ${FIRST_PACKET} tcp dport @ports goto listeners`,
      `iifname "lo" ${FIRST_PACKET} tcp dport ${nobodyPort} goto listeners`,
      `${FIRST_PACKET} tcp dport @bridged_ports goto bridged`,
    ]),
  ].join('');
}

/** Commands that hold for a task from now on, or no longer; to repeat them changes nothing. */
export function elements(verb: 'add' | 'delete', table: string, task: HostTask): string {
  return entriesOf(task)
    .flatMap(([set, entry]) => {
      const command = (word: string) => `${word} element inet ${table} ${set} { ${entry} }\n`;
      // to delete what is not there would be an error
      return verb === 'add' ? [command('add')] : [command('add'), command('delete')];
    })
    .join('');
}

function entriesOf(task: HostTask): readonly (readonly [set: string, entry: string])[] {
  const { port } = task;
  if (task.kind === 'address') {
    return [
      ['bridged_ports', `${port}`],
      ['bridged_owners', `${task.address} . ${port}`],
      ['turned_addresses', `${task.address} : ${port}`],
    ];
  }
  return [
    ['ports', `${port}`],
    [`owners_${task.depth}`, `"${task.path}" . ${port}`],
    [`turned_${task.depth}`, `"${task.path}" : ${port}`],
  ];
}

/** By the destination: to the kernel, what was turned still leaves by the interface that it was sent to at first. */
function toLoopback(sentence: string): readonly string[] {
  return ['ip daddr 127.0.0.1', 'ip6 daddr ::1'].map(
    (destination) => `${destination} ${FIRST_PACKET} ${sentence}`,
  );
}

function block(name: string, lines: readonly string[]): string {
  return `  ${name} {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;
}
