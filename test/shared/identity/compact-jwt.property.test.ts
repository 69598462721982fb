import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { decodeCompactJwt } from '../../../shared/identity/compact-jwt.ts';
import { attempt, reasonOf } from '../../vectors/attempt.ts';

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** Members in the order in which they are written; a name may stand twice. */
interface JsonObject {
  readonly members: readonly (readonly [string, Json])[];
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && 'members' in value;

/** None that has to be escaped: escaped names have properties of their own below. */
const name = fc.oneof(
  fc.constantFrom('a', 'b', 'iss', '__proto__', 'constructor', '', ':', '{', '\u2028', 'é', '\u{1F511}'),
  fc.string({ maxLength: 4 }).filter((text) => !/[\\"]/.test(text)),
);
const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom(null, true, 1, -0.5, 1e21, '', ':', '":"', '\\"', '{"a":1,"a":2}', ',', '\0'),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const { object } = fc.letrec<{ object: JsonObject; value: Json }>((tie) => ({
  object: fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map((members) => ({ members })),
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}));

/** How a text is spelt: the spaces between tokens, and which letters are escaped. */
const spelling = fc.record({
  spaces: fc.array(fc.constantFrom('', '', ' ', '\n', '\t \r'), { minLength: 1, maxLength: 5 }),
  escapes: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
});

function write(
  root: Json,
  { spaces, escapes }: { spaces: readonly string[]; escapes: readonly boolean[] },
): string {
  let turn = 0;
  const space = () => spaces[turn++ % spaces.length] ?? '';
  const quote = (text: string) => {
    const letters = text
      .split('')
      .map((letter) =>
        escapes[turn++ % escapes.length] === true
          ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
          : JSON.stringify(letter).slice(1, -1),
      );
    return `"${letters.join('')}"`;
  };
  const join = (open: string, parts: readonly string[], close: string) =>
    open + space() + parts.join(`${space()},${space()}`) + space() + close;
  const text = (value: Json): string => {
    if (typeof value === 'string') return quote(value);
    if (isObject(value)) {
      return join(
        '{',
        value.members.map(([key, inner]) => `"${key}"${space()}:${space()}${text(inner)}`),
        '}',
      );
    }
    return Array.isArray(value) ? join('[', value.map(text), ']') : JSON.stringify(value);
  };
  return space() + text(root) + space();
}

/** What any parser has to make of it, were it not for repeated names. */
function toPlain(value: Json): unknown {
  if (isObject(value)) {
    return Object.fromEntries(value.members.map(([key, inner]) => [key, toPlain(inner)]));
  }
  return Array.isArray(value) ? value.map(toPlain) : value;
}

function repeatsName(value: Json): boolean {
  if (isObject(value)) {
    const names = value.members.map(([key]) => key);
    return new Set(names).size < names.length || value.members.some(([, inner]) => repeatsName(inner));
  }
  return Array.isArray(value) && value.some((inner: Json) => repeatsName(inner));
}

const encode = (text: string | Buffer) => Buffer.from(text as string).toString('base64url');
const tokenOf = (claims: string | Buffer, header: string | Buffer = '{"alg":"RS256"}') =>
  `${encode(header)}.${encode(claims)}.AAAA`;

const REFUSALS = ['token_malformed', 'token_duplicate_member'];

describe('decodeCompactJwt', () => {
  it('reads an object however it is spelt, unless a name stands twice anywhere in it', () => {
    fc.assert(
      fc.property(object, spelling, fc.boolean(), (written, how, isHeader) => {
        const text = write(written, how);
        const token = isHeader ? tokenOf('{}', text) : tokenOf(text);
        const outcome = attempt(() => decodeCompactJwt(token)[isHeader ? 'header' : 'claims']);
        const refused = { reason: 'token_duplicate_member', value: undefined };
        expect({
          reason: reasonOf(outcome),
          value: 'value' in outcome ? outcome.value : undefined,
        }).toEqual(repeatsName(written) ? refused : { reason: 'granted', value: toPlain(written) });
      }),
      { numRuns: 1500 },
    );
  });

  it('sees a name that stands twice, however it is spelt the second time', () => {
    const escape = (text: string, escapes: readonly boolean[]) => write(text, { spaces: [''], escapes });
    fc.assert(
      fc.property(object, fc.nat(), spelling, fc.boolean(), (written, which, how, isFirst) => {
        fc.pre(!repeatsName(written) && written.members.length > 0);
        const [key = ''] = written.members[which % written.members.length] ?? [];
        const again = `${escape(key, how.escapes)}:1`;
        const members = write(written, how).trim().slice(1, -1);
        const text = isFirst ? `{${again},${members}}` : `{${members},${again}}`;
        expect(reasonOf(attempt(() => decodeCompactJwt(tokenOf(text))))).not.toBe('granted');
      }),
      { numRuns: 500 },
    );
  });

  // https://github.com/nodejs/node/issues/63785: JSON.parse takes an escaped name for a name it has met before
  it('is not misled about a repeated name by the names of an earlier token', () => {
    const earlier = String.raw`{"one":1,"\\u0":2}`;
    const repeated = String.raw`{"one":1,"\u006fne":2}`;
    attempt(() => decodeCompactJwt(tokenOf(earlier)));
    expect(reasonOf(attempt(() => decodeCompactJwt(tokenOf(repeated))))).not.toBe('granted');
    expect(reasonOf(attempt(() => decodeCompactJwt(tokenOf('{}', repeated))))).not.toBe('granted');
  });

  it('throws nothing but refusals of arbitrary text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '.',
        '..',
        '=',
        'e30',
        'eyJhIjoxfQ',
        'bnVsbA',
        'W10',
        'IiI',
        'MQ',
        ' ',
        '\n',
        '+',
        '/',
        '-_',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
      fc
        .array(fc.constantFrom('e30', 'eyJhIjoxfQ', 'AAAA', ''), { maxLength: 5 })
        .map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(text, (token) => {
        const reason = reasonOf(attempt(() => decodeCompactJwt(token)));
        expect(['granted', ...REFUSALS]).toContain(reason);
        expect(reason !== 'granted' || /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives one reading to one token: no other text decodes to the same', () => {
    const change = fc.tuple(
      fc.constantFrom('replace', 'insert', 'delete'),
      fc.nat(),
      fc.oneof(
        fc.constantFrom(...Array.from('=.+/-_ \nAQgw')),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
    );
    fc.assert(
      fc.property(object, spelling, change, (written, how, [kind, position, put]) => {
        fc.pre(!repeatsName(written));
        const token = tokenOf(write(written, how));
        const at = position % token.length;
        const rest = token.slice(kind === 'insert' ? at : at + 1);
        const changed = token.slice(0, at) + (kind === 'delete' ? '' : put) + rest;
        fc.pre(changed !== token);
        const outcome = attempt(() => decodeCompactJwt(changed));
        const bytes = (text: string) =>
          text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
        const isSame = bytes(changed).join() === bytes(token).join();
        expect(isSame ? reasonOf(outcome) : 'token_malformed').toBe('token_malformed');
        expect(['granted', ...REFUSALS]).toContain(reasonOf(outcome));
      }),
      { numRuns: 1500 },
    );
  });

  it('refuses bytes that are not UTF-8 (RFC 7519 §7.2)', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 4 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, fc.boolean(), (inserted, isHeader) => {
        fc.pre(!isUtf8(inserted));
        const text = Buffer.concat([Buffer.from('{"a":"'), inserted, Buffer.from('"}')]);
        const token = isHeader ? tokenOf('{}', text) : tokenOf(text);
        expect(reasonOf(attempt(() => decodeCompactJwt(token)))).toBe('token_malformed');
      }),
      { numRuns: 300 },
    );
  });
});

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8')).equals(bytes);
}
