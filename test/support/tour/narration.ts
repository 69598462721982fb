/**
 * What the reader of the tour sees: headings, sentences, and what went over the wire beside a label.
 */

import { styleText } from 'node:util';
import { wrap } from './layout.ts';
import { withoutTokens } from './redaction.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'cyan';

export interface Narration {
  readonly heading: (text: string) => void;
  readonly paragraph: (text: string) => void;
  /** Lines beside a label, such as the answer to a request. */
  readonly show: (label: string, lines: readonly string[], colour?: Colour) => void;
  /** Lines to copy: printed as they are. */
  readonly commands: (lines: readonly string[]) => void;
  /** What comes next stands apart. */
  readonly pause: () => void;
}

const WIDTH = 100;
const MARGIN = '  ';
const LABEL_WIDTH = 9;
const COMMAND_MARGIN = '    ';

/** @param write takes text with its line breaks */
export function createNarration(write: (text: string) => void, hasColours: boolean): Narration {
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    hasColours ? styleText(format, text, { validateStream: false }) : text;
  let last: 'prose' | 'lines' | undefined;

  /** A blank line stands before everything but lines that follow lines. */
  function print(kind: 'prose' | 'lines', lines: readonly string[]): void {
    const isApart = kind === 'prose' || last !== kind;
    write(`${isApart ? '\n' : ''}${lines.join('\n')}\n`);
    last = kind;
  }

  return {
    heading: (text) => print('prose', [style('bold', text)]),

    paragraph: (text) => {
      const lines = wrap(withoutTokens(text), WIDTH - MARGIN.length);
      print(
        'prose',
        lines.map((line) => MARGIN + line),
      );
    },

    show(label, lines, colour = 'cyan') {
      const width = WIDTH - MARGIN.length - LABEL_WIDTH;
      const wrapped = lines.flatMap((line) => wrap(withoutTokens(line), width));
      const beside = (index: number) =>
        index === 0 ? style(colour, label.padEnd(LABEL_WIDTH)) : ' '.repeat(LABEL_WIDTH);
      print(
        'lines',
        wrapped.map((line, index) => MARGIN + beside(index) + line),
      );
    },

    commands: (lines) => {
      print(
        'lines',
        lines.map((line) => COMMAND_MARGIN + style('cyan', line)),
      );
    },

    pause() {
      last = undefined;
    },
  };
}

/** Colours are for a terminal, and for who did not say no: https://no-color.org */
export function wantsColours(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}
