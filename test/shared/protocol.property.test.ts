import * as fc from '../support/properties.ts';
import { describe, expect, it } from 'vitest';
import {
  decodeForm,
  encodeForm,
  parseScopeList,
  type TokenExchangeParameters,
} from '../../shared/protocol.ts';

const NAMES = [
  'grant_type',
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'audience',
  'scope',
  'resource',
  'actor_token',
  'actor_token_type',
] as const;

/** Text that UTF-8 can carry, of any plane. */
const value = fc.string({ unit: 'binary', maxLength: 20 });
const filledValue = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });

const parametersOf = (values: fc.Arbitrary<string>): fc.Arbitrary<TokenExchangeParameters> =>
  fc.record(
    {
      grant_type: values,
      subject_token: values,
      subject_token_type: values,
      requested_token_type: values,
      audience: values,
      scope: values,
      resource: values,
      actor_token: values,
      actor_token_type: values,
    },
    { requiredKeys: [] },
  );

/** Bodies made of what forms are made of, and of what confuses their parsers. */
const bodyParts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...NAMES, '&', '&', '=', '=', '?', '+', '%', '%3D', '%26', '%5f', '%FF', '%E2%84%AA'),
      fc.constantFrom('__proto__', 'constructor', '[]', ';', '#', '\0', '\uFEFF'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
const body = fc
  .tuple(
    fc.constantFrom('', '', '?', '&', '\uFEFF'),
    fc.oneof(bodyParts, parametersOf(filledValue).map(encodeForm)),
  )
  .map(([before, rest]) => before + rest)
  .filter((text) => /^[\0-\x7F]*$/.test(text) || isWellEscaped(text));

/** Node decodes letters beyond ASCII by their lowest byte where they stand beside an escape that is none. */
function isWellEscaped(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** https://url.spec.whatwg.org/#urlencoded-parsing, word for word and slowly. */
function readForm(text: string): [string, string][] {
  return text
    .split('&')
    .filter((sequence) => sequence !== '')
    .map((sequence) => {
      const equals = sequence.indexOf('=');
      const name = equals === -1 ? sequence : sequence.slice(0, equals);
      return [decodePart(name), decodePart(equals === -1 ? '' : sequence.slice(equals + 1))];
    });
}

function decodePart(text: string): string {
  const bytes = Buffer.from(text.replaceAll('+', ' ')).toString('latin1');
  const decoded = bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(decoded, 'latin1'));
}

describe('decodeForm', () => {
  it('reads what encodeForm wrote', () => {
    fc.assert(
      fc.property(parametersOf(filledValue), (parameters) => {
        expect(decodeForm(encodeForm(parameters))).toEqual({ parameters });
      }),
      { numRuns: 300 },
    );
  });

  it('takes a parameter without a value for absent', () => {
    fc.assert(
      fc.property(parametersOf(value), (parameters) => {
        const present = Object.entries(parameters).filter(([, text]) => text !== '');
        expect(decodeForm(encodeForm(parameters)).parameters).toEqual(Object.fromEntries(present));
        expect(decodeForm(new URLSearchParams(parameters).toString()).parameters).toEqual(
          Object.fromEntries(present),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('reads any body as the URL standard does, and names what stands twice', () => {
    fc.assert(
      fc.property(body, (text) => {
        const pairs = readForm(text);
        const names = pairs.map(([name]) => name);
        const repeated = names.find((name, index) => names.indexOf(name) !== index);
        const decoded = decodeForm(text);
        expect(decoded.repeated).toBe(repeated);
        const known = pairs.filter(([name, text_]) => text_ !== '' && NAMES.some((one) => one === name));
        const complete = repeated === undefined ? Object.fromEntries(known) : decoded.parameters;
        expect(decoded.parameters).toEqual(complete);
      }),
      { numRuns: 1500 },
    );
  });

  it('sees a parameter that was added a second time, wherever it stands and however it is spelt', () => {
    const spell = (name: string, escaped: readonly boolean[]) =>
      Array.from(name)
        .map((letter, index) => (escaped[index] === true ? `%${letter.charCodeAt(0).toString(16)}` : letter))
        .join('');
    fc.assert(
      fc.property(
        parametersOf(filledValue),
        fc.constantFrom(...NAMES),
        fc.array(fc.boolean(), { maxLength: 20 }),
        value,
        fc.nat(),
        (parameters, name, escaped, second, position) => {
          const pairs = encodeForm({ ...parameters, [name]: 'x' }).split('&');
          pairs.splice(
            position % (pairs.length + 1),
            0,
            `${spell(name, escaped)}=${encodeURIComponent(second)}`,
          );
          expect(decodeForm(pairs.join('&')).repeated).toBe(name);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('parseScopeList', () => {
  /** RFC 6749 §3.3: 1*( %x21 / %x23-5B / %x5D-7E ) */
  const isScopeCharacter = (character: string) => {
    const code = character.codePointAt(0) ?? 0;
    return code === 0x21 || (code >= 0x23 && code <= 0x5b) || (code >= 0x5d && code <= 0x7e);
  };
  const scope = fc.oneof(
    fc.constantFrom('openid', 'email', 'https://www.googleapis.com/auth/drive'),
    fc.string({ minLength: 1, maxLength: 8 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
  );
  const list = fc
    .array(fc.oneof(scope, fc.constantFrom(' ', '  ', '\t', '\n', '"', '\\')), { maxLength: 6 })
    .chain((parts) => fc.constantFrom(parts.join(' '), parts.join('')));

  it('accepts exactly the lists of RFC 6749, each scope once and in the order of the request', () => {
    fc.assert(
      fc.property(list, (text) => {
        const written = text.split(' ').filter((one) => one !== '');
        const isList = written.length > 0 && written.every((one) => Array.from(one).every(isScopeCharacter));
        const once = written.filter((one, index) => written.indexOf(one) === index);
        expect(parseScopeList(text)).toEqual(isList ? once : undefined);
      }),
      { numRuns: 800 },
    );
  });
});
