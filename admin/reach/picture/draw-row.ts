/**
 * One row of the matrix. Pure.
 */

import { termsText } from '../describe.ts';
import type { Reached } from '../way.ts';
import { opens, type Entry, type Matrix } from './axis.ts';
import { CELL, cell, tipOf } from './cell.ts';
import { element, shortened, svgText, textWidth, title } from './svg-text.ts';

const FONT_SIZE = 12;
const LABEL_LENGTH = 36;
export const TERMS_LENGTH = 110;

export interface RowPlace {
  readonly y: number;
  /** Where the first column begins, and the last ends. */
  readonly left: number;
  readonly end: number;
  readonly column: (index: number) => number;
}

export function rowLabelWidth(label: string): number {
  return textWidth(shortened(label, LABEL_LENGTH), FONT_SIZE);
}

export function drawRow(matrix: Matrix, row: Entry, { y, left, end, column }: RowPlace): string {
  const { rows, columns } = matrix;
  const met = columns.map((entry, index) => ({ entry, index, reached: matrix.cell(row, entry) }));
  const baseline = y + CELL.height / 2 + 4;
  const isOdd = rows.indexOf(row) % 2 === 1;
  const label = svgText(shortened(row.label, LABEL_LENGTH), {
    x: left - 14,
    y: baseline,
    'text-anchor': 'end',
  });
  const count = met.filter(({ reached }) => opens(reached)).length;
  const beside =
    columns.length === 1
      ? svgText(termsBeside(met[0]?.reached), { x: end + 10, y: baseline, class: 'terms' })
      : svgText(String(count), { x: end + 8, y: baseline, class: 'count' });
  return element(
    'g',
    { class: 'row' },
    element('rect', { x: 0, y, width: end, height: CELL.height, class: isOdd ? 'band odd' : 'band' }),
    element('g', {}, title(row.title), label),
    ...met.map(({ entry, index, reached }) => {
      const [target, principal] = matrix.nouns[0] === 'targets' ? [row, entry] : [entry, row];
      if (reached === undefined) return '';
      return cell(
        { x: column(index), y, column: index },
        reached,
        tipOf(principal.title, { ...reached, target: target.key }),
      );
    }),
    beside,
  );
}

/** Beside a single column there is room to say what the grant says. */
function termsBeside({ direct, chain }: Partial<Reached> = {}): string {
  if (direct?.reason === undefined && direct?.terms !== undefined)
    return shortened(termsText(direct.terms), TERMS_LENGTH);
  if (chain !== undefined) return `through ${chain.length} steps, below`;
  return direct?.reason === undefined ? '' : `refused now: ${direct.reason}`;
}
