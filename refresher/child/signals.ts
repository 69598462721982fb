/**
 * Which signals are passed on to a child, and the exit code of a child that one of them ended.
 */

/** What people and schedulers send to a program that they take the refresher for, as a shell calls them. */
export const FORWARDED_NAMES = ['HUP', 'INT', 'QUIT', 'TERM', 'USR1', 'USR2', 'WINCH', 'CONT'] as const;

export const FORWARDED_SIGNALS: readonly NodeJS.Signals[] = FORWARDED_NAMES.map(
  (name) => `SIG${name}` as const,
);

/** What the terminal sends to every process in its foreground by itself: passing it on would send it twice. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH']);

/** `stat` is the refresher's own `/proc/self/stat`, where there is one. */
export function isForwarded(signal: NodeJS.Signals, stat: string | undefined): boolean {
  return !(FROM_TERMINAL.has(signal) && isInForeground(stat));
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: after the name, state ppid pgrp session tty_nr tpgid */
function isInForeground(stat = ''): boolean {
  const [, , group, , terminal, foregroundGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return terminal !== undefined && terminal !== '0' && group === foregroundGroup;
}

/** As a shell gives it: 128 and the number of the signal. */
export async function exitCodeOfSignal(signal: NodeJS.Signals): Promise<number> {
  const { constants } = await import('node:os');
  return 128 + constants.signals[signal];
}
