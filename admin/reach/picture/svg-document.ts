/**
 * The whole picture, as an SVG that needs nothing else: no script, no font, no network. Pure.
 */

import type { Reach } from '../way.ts';
import { summaryText } from '../reach-text.ts';
import { matrixOf } from './axis.ts';
import { drawLegend } from './draw-legend.ts';
import { drawMatrix } from './draw-matrix.ts';
import { drawStrips } from './draw-strips.ts';
import type { Drawn } from './drawn.ts';
import type { Pictured } from './pictured.ts';
import { named } from './names.ts';
import { stripsOf } from './strips.ts';
import { STYLE } from './style.ts';
import { element, escaped, svgText, title } from './svg-text.ts';

const MARGIN = 24;
const GAP = 28;

export function svgDocument(picture: Pictured): string {
  const parts = partsOf(picture);
  const pieces: string[] = [];
  let width = 0;
  let height = MARGIN;
  for (const part of parts) {
    pieces.push(element('g', { transform: `translate(${MARGIN} ${Math.round(height)})` }, part.svg));
    height += part.height + GAP;
    width = Math.max(width, part.width);
  }
  const size = { width: Math.ceil(width + 2 * MARGIN), height: Math.ceil(height - GAP + MARGIN) };
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'reach',
      role: 'img',
      ...size,
      viewBox: `0 0 ${size.width} ${size.height}`,
    },
    `\n${title(headingOf(picture.all))}`,
    `<style>${STYLE}</style>\n`,
    pieces.join('\n'),
    '\n',
  )}\n`;
}

function partsOf(picture: Pictured): readonly Drawn[] {
  const { all } = picture;
  const head = drawHead(picture);
  if (all.every(({ reached }) => reached.length === 0))
    return [head, line('Nobody can become anybody.', 'terms')];
  const strips = stripsOf(all);
  const through = strips.length === 0 ? [] : [line('Through others', 'section'), drawStrips(strips)];
  return [head, drawLegend(), drawMatrix(matrixOf(all)), ...through];
}

function drawHead({ all, source, now }: Pictured): Drawn {
  const heading = svgText(headingOf(all), { x: 0, y: 16, class: 'heading' });
  const lines = [`${source}, ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`, summaryText(all)];
  const below = lines.map((content, index) => svgText(content, { x: 0, y: 40 + index * 18, class: 'terms' }));
  return { width: 600, height: 62, svg: [heading, ...below].join('\n') };
}

export function headingOf(all: readonly Reach[]): string {
  const [first, second] = all;
  const targets = new Set(all.flatMap(({ reached }) => reached.map(({ target }) => target)));
  const [target] = targets;
  if (first !== undefined && second === undefined) return `Whom ${named(first.principal).name} can become`;
  return target !== undefined && targets.size === 1
    ? `Who can become ${named(target).name}`
    : 'Who can become whom';
}

function line(content: string, name: string): Drawn {
  return { width: 0, height: 4, svg: `<text class="${name}" x="0" y="10">${escaped(content)}</text>` };
}
