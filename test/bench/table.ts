/**
 * The figures as a table for people. Pure.
 */

import { isMet, type Figure } from './figure.ts';
import type { Spread } from './statistics.ts';

const HEADINGS = ['figure', 'ours', 'baseline', 'ratio or difference', 'bound', 'met?'];

/** A Markdown table; each value is a median, with the extremes of the rounds behind it. */
export function table(figures: readonly Figure[]): string {
  const rows = [HEADINGS, ...figures.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [lines[0], rule, ...lines.slice(1), ''].join('\n');
}

function line(row: readonly string[]): string {
  return `| ${row.join(' | ')} |`;
}

function cells(figure: Figure): string[] {
  const { name, unit, ours, baseline, comparison, compared, share, bound } = figure;
  const digits = unit === 'requests/s' ? 0 : 1;
  const nameCell = share === undefined ? name : `${name} (${(100 * share).toFixed(0)} % of them)`;
  const comparedCell = comparison === 'ratio' ? `× ${range(compared, 2)}` : `+ ${range(compared, 2)} ${unit}`;
  const limit = bound === undefined ? '' : boundCell(bound, comparison === 'ratio' ? '×' : unit);
  const met = { true: 'yes', false: 'MISSED', undefined: '' }[`${isMet(figure)}`];
  return [nameCell, `${range(ours, digits)} ${unit}`, range(baseline, digits), comparedCell, limit, met];
}

function boundCell(bound: NonNullable<Figure['bound']>, unit: string): string {
  const [sign, value] = 'atLeast' in bound ? ['≥', bound.atLeast] : ['≤', bound.atMost];
  return unit === '×' ? `${sign} × ${value}` : `${sign} ${value} ${unit}`;
}

function range({ median, min, max }: Spread, digits: number): string {
  const [shown, least, most] = [median, min, max].map((value) => value.toFixed(digits));
  return least === most ? `${shown}` : `${shown} (${least}–${most})`;
}
