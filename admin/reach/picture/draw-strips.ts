/**
 * Ways through others as strips of boxes. Pure.
 */

import { stepText } from '../describe.ts';
import type { Power } from '../power.ts';
import type { Step } from '../way.ts';
import type { Drawn } from './drawn.ts';
import { named } from './names.ts';
import type { Strip } from './strips.ts';
import { element, shortened, svgText, textWidth, title } from './svg-text.ts';

const FONT_SIZE = 12;
const LINE = 16;
const NAME_LENGTH = 40;
const ARROW = 128;
/** Names in one box; more are counted. */
const MAX_NAMES = 6;
const MAX_STRIPS = 80;

interface Box {
  readonly lines: readonly string[];
  readonly tip: string;
}

export function drawStrips(strips: readonly Strip[]): Drawn {
  const shown = strips.slice(0, MAX_STRIPS);
  const boxes = shown.map(boxesOf);
  const most = Math.max(0, ...boxes.map(({ length }) => length));
  const widths = Array.from({ length: most }, (_, place) =>
    Math.max(...boxes.map((strip) => boxWidth(strip[place]))),
  );
  const starts = widths.map((_, place) => sum(widths.slice(0, place)) + place * ARROW);
  const pieces: string[] = [];
  let y = 0;
  for (const [index, strip] of shown.entries()) {
    const own = boxes[index] ?? [];
    const height = Math.max(...own.map(boxHeight));
    const middle = y + height / 2;
    for (const [place, box] of own.entries()) pieces.push(drawBox(box, starts[place] ?? 0, middle));
    for (const [place, step] of [...strip.between, strip.ends[0]].entries()) {
      const from = (starts[place] ?? 0) + boxWidth(own[place]);
      pieces.push(drawArrow(step, from, starts[place + 1] ?? 0, middle));
    }
    y += height + 14;
  }
  if (strips.length > shown.length) {
    pieces.push(svgText(`… and ${strips.length - shown.length} more: --json has all`, { x: 0, y: y + 12 }));
    y += 24;
  }
  return { width: sum(widths) + Math.max(0, most - 1) * ARROW, height: y, svg: pieces.join('\n') };
}

function boxesOf({ principals, between, ends }: Strip): readonly Box[] {
  return [
    boxOf(principals, 'principals', (one) => named(one).name),
    ...between.map((step) => ({ lines: [shortened(stepName(step), NAME_LENGTH)], tip: step.to })),
    boxOf(
      ends.map(({ to }) => to),
      'targets',
      (one) => named(one).name,
    ),
  ];
}

function stepName({ kind, to }: Step): string {
  return kind === 'vm' ? `VM of ${named(to).name}` : named(to).name;
}

function boxOf(ids: readonly string[], noun: string, nameOf: (id: string) => string): Box {
  const names = ids.slice(0, ids.length > MAX_NAMES ? MAX_NAMES - 1 : MAX_NAMES);
  const lines = names.map((id) => shortened(nameOf(id), NAME_LENGTH));
  const more = ids.length > names.length ? [`… ${ids.length} ${noun}`] : [];
  return { lines: [...lines, ...more], tip: ids.join('\n') };
}

function boxWidth(box: Box | undefined): number {
  return box === undefined ? 0 : Math.max(...box.lines.map((line) => textWidth(line, FONT_SIZE))) + 20;
}

function boxHeight({ lines }: Box): number {
  return lines.length * LINE + 10;
}

function drawBox(box: Box, x: number, middle: number): string {
  const height = boxHeight(box);
  const y = middle - height / 2;
  return element(
    'g',
    {},
    title(box.tip),
    element('rect', { x, y, width: boxWidth(box), height, rx: 4, class: 'box' }),
    ...box.lines.map((line, index) => svgText(line, { x: x + 10, y: y + 17 + index * LINE })),
  );
}

const POWERS: Readonly<Record<Power, string>> = { all: 'all', write: 'rw', read: 'r', id: 'id' };

function drawArrow(step: Step, from: number, to: number, y: number): string {
  const isMaybe = step.kind === 'vm' || step.kind === 'signer';
  const tip = `M${to - 4} ${y}l-9 -4v8z`;
  const above = { x: (from + to) / 2, y: y - 6, 'text-anchor': 'middle', 'font-size': 10.5, class: 'terms' };
  return element(
    'g',
    {},
    title(stepText(step)),
    element('path', { d: `M${from + 4} ${y}H${to - 12}`, class: isMaybe ? 'arrow maybe' : 'arrow' }),
    element('path', { d: tip, class: isMaybe ? 'tip' : undefined }),
    svgText(arrowName(step), above),
  );
}

function arrowName({ kind, terms }: Step): string {
  switch (kind) {
    case 'grant': {
      const power = terms === undefined ? '' : `, ${POWERS[terms.power]}`;
      return `grant${power}${terms?.condition === undefined ? '' : ', if …'}`;
    }
    case 'delegate':
      return 'IAM delegate';
    case 'vm':
      return 'may run a VM?';
    case 'signer':
      return 'may sign?';
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
