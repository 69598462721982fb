import { describe, expect, it } from 'vitest';
import { decodeCompactJwt } from '../../../shared/identity/compact-jwt.ts';
import { Refusal } from '../../../shared/refusal.ts';

const SIGNATURE = 'c2lnbmF0dXJl';

function segment(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function jwt(claimsText: string, headerText = '{"alg":"RS256"}'): string {
  return `${segment(headerText)}.${segment(claimsText)}.${SIGNATURE}`;
}

/** The same bytes in another text: the last character's unused bits are set. */
function withTrailingBits(base64url: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(base64url.slice(-1));
  return base64url.slice(0, -1) + alphabet.charAt(last + 1);
}

describe('a compact JWT', () => {
  it('is decoded into header and claims', () => {
    expect(decodeCompactJwt(jwt('{"iss":"x","google":{"a":[1,{"b":"c"}]}}'))).toEqual({
      header: { alg: 'RS256' },
      claims: { iss: 'x', google: { a: [1, { b: 'c' }] } },
    });
  });

  it.each([
    { what: 'colons and braces inside strings', text: '{"a:{":"b:}","c":"\\":\\"","d":"\\\\"}' },
    { what: 'white space', text: ' {\n "a" : 1 ,\t"b" : { } }\r\n' },
    { what: 'a member whose name is empty', text: '{"":1}' },
    { what: 'members that every object has', text: '{"__proto__":{"a":1},"constructor":2}' },
    { what: 'letters outside ASCII', text: '{"name":"Ünïcode \\u00e9"}' },
  ])('may have $what', ({ text }) => {
    expect(decodeCompactJwt(jwt(text)).claims).toEqual(JSON.parse(text));
  });
});

describe('a malformed token', () => {
  const claims = segment('{"iss":"x"}');
  const header = segment('{"alg":"RS256"}');

  it.each([
    { what: 'is empty', token: '' },
    { what: 'has no dots', token: 'token' },
    { what: 'has one dot', token: `${header}.${claims}` },
    { what: 'has three dots', token: `${header}.${claims}.${SIGNATURE}.` },
    { what: 'has five segments, as an encrypted one', token: 'a.b.c.d.e' },
    { what: 'has no signature', token: `${header}.${claims}.` },
    { what: 'has no header', token: `.${claims}.${SIGNATURE}` },
    { what: 'has no claims', token: `${header}..${SIGNATURE}` },
  ])('that $what is refused', ({ token }) => {
    expect(() => decodeCompactJwt(token)).toThrow(new Refusal('token_malformed', 'not three segments'));
  });

  it.each([
    { what: 'padding', spoil: (text: string) => `${text}=` },
    { what: 'the other base64 alphabet', spoil: (text: string) => `${text.slice(0, -4)}a+/a` },
    { what: 'a space', spoil: (text: string) => `${text} ` },
    { what: 'a line feed', spoil: (text: string) => `${text}\n` },
    {
      what: 'a length that no bytes have',
      spoil: (text: string) => `${text}${'A'.repeat(5 - (text.length % 4))}`,
    },
    { what: 'bits left over', spoil: withTrailingBits },
    { what: 'the words of the platform that removed it', spoil: () => 'SIGNATURE_REMOVED_BY_GOOGLE!' },
  ])('with $what in any segment is refused', ({ spoil }) => {
    const [head, body, signature] = [segment('{"a":1}'), segment('{"b":2}'), segment('signatur')];
    const refused = (part: string) => new Refusal('token_malformed', `${part} is not base64url`);
    expect(() => decodeCompactJwt(`${spoil(head)}.${body}.${signature}`)).toThrow(refused('header'));
    expect(() => decodeCompactJwt(`${head}.${spoil(body)}.${signature}`)).toThrow(refused('claims'));
    expect(() => decodeCompactJwt(`${head}.${body}.${spoil(signature)}`)).toThrow(refused('signature'));
  });

  it.each(['', 'x', '[]', '"text"', '1', 'null', '{', '{"a":1} {"b":2}', "{'a':1}", '\ufeff{"a":1}'])(
    'whose header or claims are %o is refused',
    (text) => {
      const refused = (part: string) => new Refusal('token_malformed', `${part} is not a JSON object`);
      // an empty segment is no segment
      const shown = text === '' ? ' ' : text;
      expect(() => decodeCompactJwt(jwt(shown))).toThrow(refused('claims'));
      expect(() => decodeCompactJwt(jwt('{}', shown))).toThrow(refused('header'));
    },
  );
});

describe('bytes that are no UTF-8', () => {
  it('are refused, wherever they stand', () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url');
    const good = segment('{"a":1}');
    const refused = new Refusal('token_malformed', 'not UTF-8');
    expect(() => decodeCompactJwt(`${good}.${bytes}.${SIGNATURE}`)).toThrow(refused);
    expect(() => decodeCompactJwt(`${bytes}.${good}.${SIGNATURE}`)).toThrow(refused);
  });
});

describe('a member that stands twice', () => {
  it.each([
    { where: 'at the top', text: '{"aud":"a","aud":"b"}' },
    { where: 'with the same value', text: '{"aud":"a","aud":"a"}' },
    { where: 'in another spelling', text: '{"aud":"a","\\u0061ud":"b"}' },
    { where: 'inside a claim', text: '{"google":{"compute_engine":{"zone":"a","zone":"b"}}}' },
    { where: 'inside a list', text: '{"list":[1,{"a":1,"a":2}]}' },
    { where: 'as a whole object', text: '{"google":{"a":1},"google":{"b":2}}' },
    { where: 'under the name __proto__', text: '{"__proto__":1,"__proto__":2}' },
    { where: 'under a number', text: '{"1":"a","1":"b"}' },
  ])('$where is refused', ({ text }) => {
    expect(() => decodeCompactJwt(jwt(text))).toThrow(new Refusal('token_duplicate_member', 'claims'));
    expect(() => decodeCompactJwt(jwt('{}', text))).toThrow(new Refusal('token_duplicate_member', 'header'));
  });

  it.each(['{"\\u0061ud":"a"}', '{"a\\/b":1}', '{"google":{"\\u007aone":"a"}}'])(
    'may hide behind an escape, so that no name is written with one: %s',
    (text) => {
      expect(() => decodeCompactJwt(jwt(text))).toThrow(new Refusal('token_duplicate_member', 'claims'));
    },
  );

  it('is told apart from a name inside a string', () => {
    expect(decodeCompactJwt(jwt('{"a":"{\\"a\\":1,\\"a\\":2}"}')).claims).toEqual({ a: '{"a":1,"a":2}' });
  });
});

describe('deep nesting', () => {
  it('is counted without overflowing the stack', () => {
    const text = `{"a":${'['.repeat(3000)}${']'.repeat(3000)}}`;
    expect(Object.keys(decodeCompactJwt(jwt(text)).claims)).toEqual(['a']);
  });
});
