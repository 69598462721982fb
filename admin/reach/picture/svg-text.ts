/**
 * Text in an SVG. It is set in a monospaced font, whose width is known without asking a browser. Pure.
 */

export const FONT = "ui-monospace, 'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace";

/** Of the widest of those fonts, in em. */
const ADVANCE = 0.61;

export function textWidth(text: string, fontSize: number): number {
  return text.length * fontSize * ADVANCE;
}

/** What a stored text may hold and XML may not, or would take for its own. */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\x20-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Room for so much of what is behind an @. */
const LEAST_PLACE = 5;

/** Of an address that is too long what is before the @ is kept where it can be; else beginning and end, where names differ. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const at = text.indexOf('@');
  if (at > 0 && at + LEAST_PLACE <= length) return `${text.slice(0, length - 1)}…`;
  const tail = Math.floor((length - 1) / 2);
  return `${text.slice(0, length - 1 - tail)}…${text.slice(text.length - tail)}`;
}

export interface Attributes {
  readonly [name: string]: string | number | undefined;
}

export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`],
  );
  return children.length === 0
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${children.join('')}</${name}>`;
}

export function svgText(content: string, attributes: Attributes): string {
  return element('text', attributes, escaped(content));
}

/** What a browser shows where the pointer rests, and a screen reader says. */
export function title(content: string): string {
  return element('title', {}, escaped(content));
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}
