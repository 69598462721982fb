import * as fc from '../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { loggableCauses, loggableFrames, loggableText } from '../../shared/loggable.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const run = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from(BASE64URL)), minLength, maxLength });

/** Identity tokens, access tokens, assertions, keys in base64: none of them in lower case alone. */
const token = fc.oneof(
  fc.tuple(run(40, 120), run(40, 300), run(40, 340)).map((segments) => `eyJ${segments.join('.')}`),
  run(40, 200).map((text) => `ya29.c.b0A${text}`),
  run(40, 200).map((text) => `MII${text.replaceAll('-', '+').replaceAll('_', '/')}==`),
);
const words = fc.string({ unit: 'binary', maxLength: 30 });
const separator = fc.constantFrom('', ' ', '"', "'", ':', '\n', '\t', '\n    at ', '(', '\u2028', '…', '[');

/** Longer than a word of a sentence, of the letters of a token, and no name. */
const tokenLike = (text: string) =>
  (text.match(/[\w.~+/=-]{40,}/g) ?? []).filter((found) => /[A-Z]/.test(found));

const pieces = (text: string) =>
  text.match(new RegExp(`.{1,24}`, 'g'))?.filter(({ length }) => length === 24) ?? [];

describe('loggableText', () => {
  it('lets no token through, wherever it stands', () => {
    fc.assert(
      fc.property(words, separator, token, separator, words, (before, left, secret, right, after) => {
        const logged = loggableText(before + left + secret + right + after);
        expect(tokenLike(logged)).toEqual([]);
        expect(pieces(secret).filter((piece) => logged.includes(piece))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('gives one short line of ASCII for any text', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(words, token, separator), { maxLength: 30 }), (parts) => {
        const logged = loggableText(parts.join(''));
        expect(logged).toMatch(/^[\x20-\x7E…]{0,300}$/);
        expect(tokenLike(logged)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves a sentence as it is', () => {
    const word = fc.string({
      unit: fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz')),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (sentence) => {
        expect(loggableText(sentence.join(' '))).toBe(sentence.join(' '));
      }),
      { numRuns: 100 },
    );
  });
});

describe('errors in the log', () => {
  const failure = fc
    .tuple(words, separator, token, fc.constantFrom('', 'ECONNRESET', 14))
    .map(([before, left, secret, code]) => {
      const inner = Object.assign(new Error(before + left + secret), { code });
      return { secret, error: new TypeError(`outer ${secret}`, { cause: inner }) };
    });

  it('say their causes without any token that a message quotes', () => {
    fc.assert(
      fc.property(failure, ({ secret, error }) => {
        const logged = loggableCauses(error).join('\n');
        expect(pieces(secret).filter((piece) => logged.includes(piece))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('show the frames of a stack without any token that a message quotes, on whatever line', () => {
    fc.assert(
      fc.property(failure, ({ secret, error }) => {
        const logged = [...loggableFrames(error), ...loggableFrames(error.cause)].join('\n');
        expect(pieces(secret).filter((piece) => logged.includes(piece))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
