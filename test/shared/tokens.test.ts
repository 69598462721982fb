import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AccessToken, Assertion, IdentityToken, IdToken } from '../../shared/tokens.ts';

const SECRET = 'ya29.c.b0Aaekm1K-secret';

const KINDS = [
  { Kind: AccessToken, redaction: '[access token redacted]' },
  { Kind: IdToken, redaction: '[ID token redacted]' },
  { Kind: IdentityToken, redaction: '[identity token redacted]' },
  { Kind: Assertion, redaction: '[assertion redacted]' },
];

type Token = AccessToken | IdToken | IdentityToken | Assertion;

/** Every way to make text of a value that we could think of. */
const PRINTERS: readonly { readonly how: string; readonly print: (token: Token) => string }[] = [
  { how: 'a template string', print: (token) => `Bearer ${token as unknown as string}` },
  { how: 'String()', print: (token) => String(token) },
  { how: 'joining a list', print: (token) => [token].join(' ') },
  { how: 'JSON', print: (token) => JSON.stringify({ token }) },
  { how: 'inspect', print: (token) => inspect({ token }) },
  { how: 'inspect of hidden properties', print: (token) => inspect(token, { showHidden: true, depth: 9 }) },
  { how: 'format', print: (token) => format('%s %o %O %j', token, token, token, token) },
  { how: 'the cause of an error', print: (token) => inspect(new Error('failed', { cause: token })) },
  { how: 'a property of an error', print: (token) => inspect(Object.assign(new Error('failed'), { token })) },
  { how: 'a console', print: printToConsole },
];

/** Ways past the redaction, which still do not reach the value. */
const PEEPHOLES: typeof PRINTERS = [
  {
    how: 'inspect without our own text',
    print: (token) => inspect(token, { customInspect: false, showHidden: true }),
  },
  { how: 'a copy of its properties', print: (token) => JSON.stringify(Object.assign({}, token)) },
  { how: 'all property names and values', print: (token) => JSON.stringify(Object.entries(token)) },
  { how: 'a structured clone', print: (token) => inspect(structuredClone(token)) },
];

function printToConsole(token: Token): string {
  const stream = new PassThrough({ encoding: 'utf8' });
  const printer = new Console({ stdout: stream });
  printer.log('%s', token, { token });
  printer.dir(token);
  printer.table([token]);
  return String(stream.read());
}

describe.each(KINDS)('$redaction', ({ Kind, redaction }) => {
  it('gives the token to whoever says reveal()', () => {
    expect(new Kind(SECRET).reveal()).toBe(SECRET);
  });

  it('tells how long the token is', () => {
    expect(new Kind(SECRET)).toHaveLength(SECRET.length);
  });

  it.each(PRINTERS)('is all that $how shows', ({ print }) => {
    const printed = print(new Kind(SECRET));
    expect(printed).toContain(redaction);
    expect(printed).not.toContain(SECRET);
  });

  it.each(PEEPHOLES)('hides the token from $how', ({ print }) => {
    expect(print(new Kind(SECRET))).not.toContain(SECRET);
  });
});
