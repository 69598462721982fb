/**
 * Colours by what they mean. Pure; whether there are any is decided in the root.
 */

import { styleText } from 'node:util';

export interface Colours {
  readonly gain: (text: string) => string;
  readonly loss: (text: string) => string;
  /** What somebody should look at twice: warnings, and what widens. */
  readonly caution: (text: string) => string;
  readonly error: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

export const NO_COLOURS: Colours = {
  gain: (text) => text,
  loss: (text) => text,
  caution: (text) => text,
  error: (text) => text,
  faint: (text) => text,
  strong: (text) => text,
};

/** `styleText` looks at the stream by itself otherwise; here that has been done. */
const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
  styleText(format, text, { validateStream: false });

export const ANSI_COLOURS: Colours = {
  gain: style('green'),
  loss: style('red'),
  caution: style('yellow'),
  error: style(['bold', 'red']),
  faint: style('dim'),
  strong: style('bold'),
};

/** https://no-color.org: any value but an empty one. */
export function coloursFor(isTerminal: boolean, noColor: string | undefined): Colours {
  return isTerminal && (noColor ?? '') === '' ? ANSI_COLOURS : NO_COLOURS;
}
