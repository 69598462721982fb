/**
 * What happens to a token after it was signed: the tricks that live in its serialisation (RFC 7515 §7.1).
 */

import * as v from 'valibot';
import { fillString, type Facts } from './placeholders.ts';

const SEGMENTS = ['header', 'claims', 'signature'] as const;
const segment = v.picklist(SEGMENTS);

type Segment = (typeof SEGMENTS)[number];

export const wireStep = v.union([
  /** Adds the padding that base64url leaves out in a JWT, or superfluous padding. */
  v.strictObject({ pad: segment }),
  /** Sets the bits of the last character that no byte uses. */
  v.strictObject({ setSpareBits: segment }),
  v.strictObject({ useStandardAlphabet: segment }),
  /** Changes one bit of the decoded bytes. */
  v.strictObject({ flipBit: segment }),
  v.strictObject({ insertInto: segment, text: v.string() }),
  v.strictObject({ replace: segment, with: v.string() }),
  /** What is not there is filled up with segments that are base64url. */
  v.strictObject({ segments: v.number() }),
  v.strictObject({ append: v.string() }),
  v.strictObject({ prepend: v.string() }),
]);

export type WireStep = v.InferOutput<typeof wireStep>;

export function applyWireStep(token: string, step: WireStep, facts: Facts): string {
  if ('append' in step) return token + fillString(step.append, facts);
  if ('prepend' in step) return fillString(step.prepend, facts) + token;
  if ('segments' in step) return [...token.split('.'), 'AAAA', 'AAAA'].slice(0, step.segments).join('.');
  if ('pad' in step) return edit(token, step.pad, (text) => text + '='.repeat(4 - (text.length % 4)));
  if ('setSpareBits' in step) return edit(token, step.setSpareBits, setSpareBits);
  if ('useStandardAlphabet' in step) return edit(token, step.useStandardAlphabet, toStandardAlphabet);
  if ('flipBit' in step) return edit(token, step.flipBit, flipBit);
  if ('insertInto' in step) {
    return edit(token, step.insertInto, (text) => text.slice(0, 20) + step.text + text.slice(20));
  }
  return edit(token, step.replace, () => fillString(step.with, facts));
}

/** Whether the segment's length must leave bits over. */
export function needsSpareBits(steps: readonly WireStep[], wanted: Segment): boolean {
  return steps.some((step) => 'setSpareBits' in step && step.setSpareBits === wanted);
}

function edit(token: string, wanted: Segment, change: (text: string) => string): string {
  const changed = token.split('.').map((text, index) => (SEGMENTS[index] === wanted ? change(text) : text));
  const edited = changed.join('.');
  if (edited === token) throw new Error(`a vector changes nothing in the ${wanted} of its token`);
  return edited;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The same bytes for a decoder that does not look at the bits left over (RFC 4648 §3.5). */
function setSpareBits(text: string): string {
  const last = ALPHABET.indexOf(text.slice(-1));
  const changed = text.slice(0, -1) + ALPHABET.charAt(last + 1);
  const bytes = (segmentText: string) => Buffer.from(segmentText, 'base64url').toString('hex');
  if (bytes(changed) !== bytes(text)) throw new Error('the segment has no bits left over');
  return changed;
}

function toStandardAlphabet(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/');
}

function flipBit(text: string): string {
  const bytes = Buffer.from(text, 'base64url');
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  return bytes.toString('base64url');
}
