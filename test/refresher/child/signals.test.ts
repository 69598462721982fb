import { describe, expect, it } from 'vitest';
import { exitCodeOfSignal, FORWARDED_SIGNALS, isForwarded } from '../../../refresher/child/signals.ts';

/** pid (name) state ppid pgrp session tty_nr tpgid … */
const FOREGROUND = '42 (node) S 1 42 40 34816 42 4194304';
const BACKGROUND = '42 (node) S 1 42 40 34816 40 4194304';
const NO_TERMINAL = '42 (node) S 1 42 40 0 -1 4194304';
const ODD_NAME = '42 (a) S (b) S 1 42 40 34816 42 4194304';

describe('a signal', () => {
  it.each(FORWARDED_SIGNALS)('%s is passed on where there is no terminal', (signal) => {
    for (const stat of [NO_TERMINAL, BACKGROUND, undefined, '', 'nonsense']) {
      expect(isForwarded(signal, stat)).toBe(true);
    }
  });

  it.each(['SIGINT', 'SIGQUIT', 'SIGWINCH'] as const)(
    '%s is not passed on in the foreground of a terminal, which sends it to the child itself',
    (signal) => {
      expect(isForwarded(signal, FOREGROUND)).toBe(false);
      expect(isForwarded(signal, ODD_NAME)).toBe(false);
    },
  );

  it.each(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const)(
    '%s is passed on at a terminal, too',
    (signal) => expect(isForwarded(signal, FOREGROUND)).toBe(true),
  );

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGKILL', 137],
    ['SIGTERM', 143],
  ] as const)('%s makes the exit code %i', async (signal, code) =>
    expect(await exitCodeOfSignal(signal)).toBe(code),
  );
});
