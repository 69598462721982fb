/**
 * Single values and lists, in the two forms that clients ask for.
 */

import { contents, type Reply } from './reply.ts';

export type Value =
  | { readonly kind: 'text'; readonly text: string }
  /** Digits, perhaps more of them than a JavaScript number holds. */
  | { readonly kind: 'number'; readonly digits: string }
  | { readonly kind: 'lines'; readonly lines: readonly string[] };

export const text = (value: string): Value => ({ kind: 'text', text: value });
export const lines = (values: readonly string[]): Value => ({ kind: 'lines', lines: values });

/** `undefined`: it is no number, and some client would decide from that that this is no Compute Engine. */
export function number(digits: string): Value | undefined {
  return /^(?:0|[1-9]\d*)$/.test(digits) ? { kind: 'number', digits } : undefined;
}

/** Without a newline after single values: google-cloud-rust does not trim them. */
export function textOf(value: Value): string {
  if (value.kind === 'text') return value.text;
  return value.kind === 'number' ? value.digits : value.lines.map((line) => `${line}\n`).join('');
}

export function jsonOf(value: Value): string {
  if (value.kind === 'number') return value.digits;
  return JSON.stringify(value.kind === 'text' ? value.text : value.lines);
}

export function valueReply(value: Value, form: 'text' | 'json'): Reply {
  return form === 'json'
    ? contents('application/json', jsonOf(value))
    : contents('application/text', textOf(value));
}
