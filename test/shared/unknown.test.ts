import { describe, expect, it } from 'vitest';
import { errorCode, isRecord, parseJson } from '../../shared/unknown.ts';

describe('a plain map', () => {
  it.each([{}, { a: 1 }, Object.create(null), JSON.parse('{"__proto__": {"polluted": true}}')])(
    'may be %o',
    (value) => {
      expect(isRecord(value)).toBe(true);
    },
  );

  it.each([
    undefined,
    null,
    'text',
    1,
    true,
    [],
    () => ({}),
    new Map(),
    new Date(0),
    Object.create({ inherited: true }),
    { __proto__: { smuggled: true } },
  ])('is not %o', (value) => {
    expect(isRecord(value)).toBe(false);
  });
});

describe('JSON', () => {
  it('is parsed', () => {
    expect(parseJson('{"a":[1,null]}')).toEqual({ a: [1, null] });
  });

  it.each(['', '{', "{'a':1}", '<html>', 'NaN', '{"a":1}{"b":2}'])('is not %o', (text) => {
    expect(parseJson(text)).toBeUndefined();
  });
});

describe('the code of an error', () => {
  it.each([
    { thrown: Object.assign(new Error('no'), { code: 'ENOENT' }), code: 'ENOENT' },
    { thrown: { code: 7 }, code: 7 },
    { thrown: new Error('no'), code: undefined },
    { thrown: null, code: undefined },
    { thrown: 'ENOENT', code: undefined },
  ])('of $thrown is $code', ({ thrown, code }) => {
    expect(errorCode(thrown)).toBe(code);
  });
});
