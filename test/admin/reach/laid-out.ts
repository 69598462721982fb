/**
 * Where a browser has put the texts of an SVG, and whether they are in each other's way.
 */

import type { Chromium } from '../../support/chromium/chromium.ts';

type Point = readonly [x: number, y: number];

export interface LaidOutText {
  readonly text: string;
  readonly className: string;
  /** Its corners on the page, in order, however it is turned. */
  readonly corners: readonly Point[];
  readonly fontSize: number;
  /** Of what a text in a square is written on, and of it; undefined elsewhere. */
  readonly contrast: number | undefined;
  /** Whether it stands within its square. */
  readonly fits: boolean;
}

/** Runs in the page. The box of a text has room for letters that it does not have: a fifth of it, above and below. */
const MEASURE = `
const channel = (value) => { const part = value / 255; return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; };
const colour = (style) => {
  const [red, green, blue] = style.fill.match(/[\\d.]+/g).map(Number);
  const opacity = Number(style.fillOpacity);
  const [r, g, b] = [red, green, blue].map((part) => channel(part * opacity + 255 * (1 - opacity)));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const found = [...document.querySelectorAll('svg text')].map((text) => {
  const { x, y, width, height } = text.getBBox();
  const matrix = text.getScreenCTM();
  const corners = [[x, y + height / 5], [x + width, y + height / 5], [x + width, y + height * 4 / 5], [x, y + height * 4 / 5]]
    .map(([a, b]) => [matrix.a * a + matrix.c * b + matrix.e, matrix.b * a + matrix.d * b + matrix.f]);
  const style = getComputedStyle(text);
  const square = text.classList.contains('on') ? text.previousElementSibling : null;
  const box = square && square.getBBox();
  const levels = square && [colour(style), colour(getComputedStyle(square))].sort((one, other) => other - one);
  return {
    text: text.textContent,
    className: text.getAttribute('class') ?? '',
    corners,
    fontSize: parseFloat(style.fontSize),
    contrast: levels ? (levels[0] + 0.05) / (levels[1] + 0.05) : undefined,
    fits: box ? x >= box.x && x + width <= box.x + box.width : true,
  };
});
const place = document.createElement('pre');
place.id = 'measured';
place.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(found))));
document.body.append(place);
`;

export async function laidOut(svg: string, chromium: Chromium): Promise<readonly LaidOutText[]> {
  const page = `<!doctype html><meta charset="utf-8"><style>body { margin: 0; }</style><body>${svg}<script>${MEASURE}</script></body>`;
  const dom = await chromium.domOf(page);
  const [, encoded = ''] = /<pre id="measured">([^<]*)</.exec(dom) ?? [];
  return JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as readonly LaidOutText[];
}

export function overlaps(texts: readonly LaidOutText[]): readonly string[] {
  return texts.flatMap((one, index) =>
    texts
      .slice(index + 1)
      .filter((other) => !areApart(one.corners, other.corners))
      .map((other) => `${one.text} / ${other.text}`),
  );
}

/** Two convex shapes are apart where some side of one has all of the other beyond it. */
function areApart(one: readonly Point[], other: readonly Point[]): boolean {
  return [one, other].some((shape) =>
    shape.some((from, index) => {
      const to = shape[(index + 1) % shape.length] ?? from;
      const normal: Point = [to[1] - from[1], from[0] - to[0]];
      const along = ([x, y]: Point) => x * normal[0] + y * normal[1];
      const [a, b] = [one.map(along), other.map(along)];
      return Math.max(...a) <= Math.min(...b) || Math.max(...b) <= Math.min(...a);
    }),
  );
}
