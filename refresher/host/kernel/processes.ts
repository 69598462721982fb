/**
 * What the kernel says of processes: which one a number stands for at this moment, and in which cgroup it is.
 *
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */

import { readdirSync, readFileSync } from 'node:fs';

/** In clock ticks since the machine started: with it, a process id that is used again stands for another process. */
export function startTimeOf(pid: number | 'self'): string | undefined {
  const stat = readProc(`${pid}/stat`);
  // the name may hold anything, brackets and spaces included
  const [state, ...fields] = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
  // what has ended and was not waited for has given up its namespaces
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

/** Its path below the mount point of cgroup v2, `/` in front; `undefined` where it is in none. */
export function cgroupOf(pid: number | 'self'): string | undefined {
  const line = readProc(`${pid}/cgroup`)
    ?.split('\n')
    .find((one) => one.startsWith('0::'));
  return line?.slice('0::'.length).replace(/ \(deleted\)$/, '');
}

/** Whether a path of a cgroup is another's, or below it. */
export function isWithin(path: string, other: string): boolean {
  return path === other || other === '/' || path.startsWith(`${other}/`);
}

/** Its parent, and so on, as far as they can be seen. */
export function ancestorsOf(pid: number | 'self'): readonly number[] {
  const parent = Number(/^PPid:\s*(\d+)$/m.exec(readProc(`${pid}/status`) ?? '')?.[1] ?? 0);
  return parent === 0 ? [] : [parent, ...ancestorsOf(parent)];
}

export function allProcesses(): readonly number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** Another one after each start of the machine. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return undefined;
  }
}
