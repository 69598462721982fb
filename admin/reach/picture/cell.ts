/**
 * One cell of the matrix: a square for a grant, by what it allows; a ring for a way through others, with the number of its
 * steps. What is open to a condition is pale and dashed, what does not work now is a cross. Letters say what colours say. Pure.
 */

import { stepText } from '../describe.ts';
import type { Power } from '../power.ts';
import { isCertain, type Reached, type Step, type Way } from '../way.ts';
import { element, svgText, title, type Attributes } from './svg-text.ts';

export const CELL = { width: 26, height: 20 };
const SQUARE = { width: 20, height: 15 };

const WORDS: Readonly<Record<Power, string>> = { all: 'all', write: 'rw', read: 'r', id: 'id' };

export interface Place {
  readonly x: number;
  readonly y: number;
  /** From 0. */
  readonly column: number;
}

/** @param tip everything about it */
export function cell({ x, y, column }: Place, { direct, chain }: Reached, tip: string): string {
  const middle = { x: x + CELL.width / 2, y: y + CELL.height / 2 };
  const isOff = direct === undefined || direct.reason !== undefined;
  return element(
    'g',
    { class: `cell c${column}` },
    title(tip),
    // so that the pointer need not hit a thin line
    element('rect', { x, y, ...CELL, class: 'hit' }),
    ...(direct === undefined || (isOff && chain !== undefined) ? [] : square(middle, direct)),
    ...(chain === undefined ? [] : isOff ? ring(middle, chain) : corner(middle, chain)),
  );
}

export interface Middle {
  readonly x: number;
  readonly y: number;
}

export function square({ x, y }: Middle, { terms, reason }: Step): readonly string[] {
  if (reason !== undefined) {
    const d = `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`;
    return [element('path', { class: 'off', d })];
  }
  const power = terms?.power ?? 'read';
  const place = { x: x - SQUARE.width / 2, y: y - SQUARE.height / 2, ...SQUARE, rx: 3 };
  const isOpen = terms?.condition !== undefined;
  return [
    element('rect', { ...place, class: isOpen ? `${power} open` : power }),
    letter(x, y, WORDS[power], {
      class: `on on-${power}${isOpen ? ' on-open' : ''}`,
    }),
  ];
}

export function ring({ x, y }: Middle, chain: Way): readonly string[] {
  return [
    element('circle', { cx: x, cy: y, r: 8, class: ringClass(chain) }),
    letter(x, y, String(chain.length), { class: 'steps' }),
  ];
}

/** There is a grant, and a way round its limits. */
export function corner({ x, y }: Middle, chain: Way): readonly string[] {
  return [element('circle', { cx: x + 10, cy: y - 7, r: 3.5, class: ringClass(chain) })];
}

function ringClass(chain: Way): string {
  return isCertain(chain) ? 'ring' : 'ring maybe';
}

function letter(x: number, y: number, content: string, attributes: Attributes): string {
  return svgText(content, { x, y: y + 3.5, 'text-anchor': 'middle', 'font-size': 10, ...attributes });
}

/** All that is known of it, for a tooltip. */
export function tipOf(principal: string, { target, direct, chain }: Reached): string {
  return [
    `${principal} → ${target}`,
    ...(direct === undefined ? [] : [stepText(direct)]),
    ...(chain === undefined
      ? []
      : ['through others:', ...chain.map((step) => `→ ${step.to}: ${stepText(step)}`)]),
  ].join('\n');
}
