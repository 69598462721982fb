/**
 * What is wrong with a file, and where: shown as `FILE:LINE:COLUMN: …` with the line itself.
 */

import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The line. */
  readonly source: string;
}

export interface Problem {
  readonly place: Place;
  /** What is wrong, and what it should be. */
  readonly message: string;
  /** Keys from the top of the file down to it, where the file could be read so far. */
  readonly path?: readonly (string | number)[];
}

/** Files that do not say what they must; every problem that was found. */
export class BadFiles extends Failure {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const things = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super(EXIT_CODES.badFile, `the files have ${things}: mend what is listed above, nothing was done`);
    this.problems = problems;
  }
}

export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

const MAX_SOURCE_LENGTH = 160;

/** The line, and a mark under the place. */
export function excerpt({ line, column, source }: Place): string {
  if (source.trim() === '' || source.length > MAX_SOURCE_LENGTH) return '';
  const number = String(line).padStart(5);
  // tabs stay tabs, so that the mark stands under its character
  const indent = source.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${number} | ${source}\n      | ${indent}^\n`;
}

/** The problem for people: where, what, the line, and the way to it through the file. */
export function problemText({ place, message, path = [] }: Problem): string {
  const way = path.length === 0 ? '' : `      = in ${path.join(' › ')}\n`;
  return `${placeText(place)}: ${message}\n${excerpt(place)}${way}`;
}
