/**
 * What the marks of the matrix mean, in its own marks. Pure.
 */

import type { Power } from '../power.ts';
import type { Step, StepKind } from '../way.ts';
import { corner, ring, square, type Middle } from './cell.ts';
import type { Drawn } from './drawn.ts';
import { svgText, textWidth } from './svg-text.ts';

const FONT_SIZE = 12;
const LINE = 24;

function grant(power: Power, more: { readonly condition?: string; readonly reason?: string } = {}): Step {
  const { condition, reason } = more;
  const terms = {
    power,
    scopes: [],
    idTokenAudiences: [],
    lifetimeSeconds: undefined,
    condition,
    expiresAt: undefined,
    signer: undefined,
    delegates: [],
  };
  return { kind: 'grant', to: '', path: '', terms, reason };
}

const through = (kind: StepKind): readonly Step[] => [grant('all'), { kind, to: '', path: '' }];

type Mark = readonly [draw: (middle: Middle) => readonly string[], meaning: string];

const LINES: readonly (readonly Mark[])[] = [
  [
    [(at) => square(at, grant('all')), 'whatever IAM allows it (cloud-platform)'],
    [(at) => square(at, grant('write')), 'reads and writes'],
    [(at) => square(at, grant('read')), 'reads'],
    [(at) => square(at, grant('id')), 'ID tokens alone'],
  ],
  [
    [(at) => square(at, grant('write', { condition: 'x' })), 'the same, where a condition holds'],
    [(at) => square(at, grant('write', { reason: 'x' })), 'stored, and refused now'],
    [(at) => ring(at, through('delegate')), 'through others, in so many steps'],
    [(at) => ring(at, through('vm')), 'if IAM allows a step'],
    [(at) => [...square(at, grant('read')), ...corner(at, through('delegate'))], 'through others, too'],
  ],
];

export function drawLegend(): Drawn {
  let width = 0;
  const pieces = LINES.flatMap((marks, line) => {
    let x = 0;
    return marks.flatMap(([draw, meaning]) => {
      const y = line * LINE + 12;
      const drawn = [...draw({ x: x + 12, y }), svgText(meaning, { x: x + 32, y: y + 4, class: 'terms' })];
      x += 32 + textWidth(meaning, FONT_SIZE) + 22;
      width = Math.max(width, x);
      return drawn;
    });
  });
  return { width, height: LINES.length * LINE, svg: pieces.join('\n') };
}
