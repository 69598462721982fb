/**
 * The names of the columns: aslant, because a column is narrower than its name; of a single column, as one writes. Pure.
 */

import type { Entry } from './axis.ts';
import { CELL } from './cell.ts';
import { element, shortened, svgText, textWidth, title } from './svg-text.ts';

const FONT_SIZE = 12;
const NAME_LENGTH = 40;
const ANGLE = 55;
const RADIANS = (ANGLE * Math.PI) / 180;

export function columnNamesHeight(columns: readonly Entry[]): {
  readonly height: number;
  /** How far the last may reach over its column. */
  readonly overhang: number;
} {
  const longest = Math.max(
    ...columns.map(({ label }) => textWidth(shortened(label, NAME_LENGTH), FONT_SIZE)),
  );
  if (columns.length === 1) return { height: 24, overhang: longest };
  return { height: longest * Math.sin(RADIANS) + 24, overhang: longest * Math.cos(RADIANS) };
}

export function columnNames(
  columns: readonly Entry[],
  column: (index: number) => number,
  y: number,
  side: 'top' | 'foot',
): readonly string[] {
  const isAslant = columns.length > 1;
  return columns.map(({ label, title: full }, index) => {
    const x = column(index) + (isAslant ? CELL.width / 2 + 4 : 0);
    const turn = isAslant ? ` rotate(${side === 'top' ? -ANGLE : ANGLE})` : '';
    const name = svgText(shortened(label, NAME_LENGTH), { class: 'name', x: 0, y: side === 'top' ? 0 : 4 });
    return element('g', { class: `c${index}`, transform: `translate(${x} ${y})${turn}` }, title(full), name);
  });
}
