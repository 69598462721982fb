/**
 * What a process uses of the machine, as Linux counts it.
 */

import { readFileSync } from 'node:fs';

/** `USER_HZ`: the same on every Linux, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has ended: it has no memory`);
  return Number(kibibytes) * 1024;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // the name, in brackets, may hold anything; the fields behind it begin with the third
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields[11], fields[12]].map(Number);
  return ((user ?? Number.NaN) + (system ?? Number.NaN)) / TICKS_PER_SECOND;
}
