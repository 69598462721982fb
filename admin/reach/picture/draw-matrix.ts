/**
 * The matrix: who can become whom, in one look. Pure.
 */

import { opens, type Entry, type Matrix } from './axis.ts';
import { CELL } from './cell.ts';
import { columnNames, columnNamesHeight } from './column-names.ts';
import type { Drawn } from './drawn.ts';
import { drawRow, rowLabelWidth, TERMS_LENGTH, type RowPlace } from './draw-row.ts';
import { element, svgText, textWidth } from './svg-text.ts';

const GROUP_HEIGHT = 24;
/** From so many rows on, the names of the columns are out of sight at the last. */
const ROWS_WITHOUT_FOOT = 25;
const COUNT_WIDTH = 90;
const FOOT_GAP = 30;

export function drawMatrix(matrix: Matrix): Drawn {
  const { rows, columns, nouns } = matrix;
  const groups = Map.groupBy(rows, ({ group }) => group);
  const left =
    Math.max(...rows.map(({ label }) => rowLabelWidth(label)), ...Array.from(groups.keys(), rowLabelWidth)) +
    24;
  const end = left + columns.length * CELL.width;
  const names = columnNamesHeight(columns);
  const place: Omit<RowPlace, 'y'> = { left, end, column: (index) => left + index * CELL.width };
  const pieces: string[] = [];
  let y = names.height;
  for (const [group, entries] of groups) {
    pieces.push(groupHead(group, y, end));
    y += GROUP_HEIGHT;
    for (const entry of entries) {
      pieces.push(drawRow(matrix, entry, { ...place, y }));
      y += CELL.height;
    }
  }
  const hasFoot = rows.length >= ROWS_WITHOUT_FOOT && columns.length > 1;
  return {
    width:
      end +
      Math.max(COUNT_WIDTH, names.overhang, columns.length === 1 ? textWidth('m', 12) * TERMS_LENGTH : 0),
    height: y + 24 + (hasFoot ? names.height + FOOT_GAP - 24 : 0),
    svg: [
      ...columnLines(columns, place, names.height, y),
      ...pieces,
      ...columnNames(columns, place.column, names.height - 8, 'top'),
      ...(hasFoot ? columnNames(columns, place.column, y + FOOT_GAP, 'foot') : []),
      ...(columns.length > 1
        ? [svgText(nouns[1], { x: end + 8, y: names.height + 17, class: 'count' })]
        : []),
      svgText(nouns[0], { x: left - 14, y: y + 16, 'text-anchor': 'end', class: 'count' }),
      ...counts(matrix, place, y),
    ].join('\n'),
  };
}

function groupHead(group: string, y: number, end: number): string {
  const line = y + GROUP_HEIGHT - 2;
  return [
    svgText(group, { x: 0, y: y + 17, class: 'group' }),
    element('line', { x1: 0, x2: end, y1: line, y2: line, class: 'rule' }),
  ].join('');
}

function counts(
  { rows, columns, cell }: Matrix,
  { column }: Omit<RowPlace, 'y'>,
  bottom: number,
): readonly string[] {
  return columns.map((entry, index) => {
    const count = rows.filter((row) => opens(cell(row, entry))).length;
    const x = column(index) + CELL.width / 2;
    return svgText(String(count), { x, y: bottom + 16, 'text-anchor': 'middle', class: 'count' });
  });
}

/** A line before each column, and a ground that shows which one the pointer is on. */
function columnLines(
  columns: readonly Entry[],
  { column }: Omit<RowPlace, 'y'>,
  top: number,
  bottom: number,
): readonly string[] {
  const rules = columns.map(
    (_, index) => `.reach:has(.c${index}:hover) .k${index} { fill: #ffd43b; fill-opacity: .3; }`,
  );
  const lines = columns.flatMap(({ group }, index) => {
    const isNew = index > 0 && columns[index - 1]?.group !== group;
    const x = column(index);
    return [
      element('rect', { x, y: top, width: CELL.width, height: bottom - top, class: `column k${index}` }),
      element('line', { x1: x, x2: x, y1: top, y2: bottom, class: isNew ? 'rule' : 'hair' }),
    ];
  });
  return [`<style>${rules.join('\n')}</style>`, ...lines];
}
