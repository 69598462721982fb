/**
 * One line that says how far long work is, written over and over; without a terminal a line now and then.
 */

export interface Progress {
  readonly show: (text: string) => void;
  /** Takes the line away while something else is written. */
  readonly above: <T>(write: () => T) => T;
  readonly end: () => void;
}

interface Options {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly nowMs: () => number;
}

const REDRAW_INTERVAL_MS = 100;
/** A log wants to know that it goes on, and not each step. */
const LOG_INTERVAL_MS = 5_000;

export function createProgress({ write, isTerminal, nowMs }: Options): Progress {
  const intervalMs = isTerminal ? REDRAW_INTERVAL_MS : LOG_INTERVAL_MS;
  let shownAtMs = isTerminal ? 0 : nowMs();
  let isShown = false;

  function clear(): void {
    if (isShown && isTerminal) write('\r\u001B[K');
    isShown = false;
  }

  return {
    show(text) {
      const now = nowMs();
      if (now - shownAtMs < intervalMs) return;
      shownAtMs = now;
      write(isTerminal ? `\r\u001B[K${text} …` : `${text} …\n`);
      isShown = true;
    },
    above(writeText) {
      clear();
      return writeText();
    },
    end: clear,
  };
}
