import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { minifyTree, syntaxTree } from '../../refresher/bundle.ts';
import { shorten } from '../../refresher/shorter-code.ts';

/** With its names and line breaks as they are. */
async function shortened(code: string): Promise<string> {
  const program = await syntaxTree(code, 'cjs');
  shorten(program);
  const { code: text = '' } = await minifyTree(program, {
    parse: { spidermonkey: true },
    compress: false,
    mangle: false,
    format: { beautify: true },
  });
  return text;
}

describe('shorter code', () => {
  it.each([
    {
      what: 'a function that is called before it is declared',
      code: 'result = f(1); function f(a) { return a + 1; }',
    },
    {
      what: 'functions that call each other',
      code: 'function even(n) { return n === 0 || odd(n - 1); } function odd(n) { return n !== 0 && even(n - 1); } result = even(4);',
    },
    {
      what: 'a function that uses what is declared after it',
      code: 'function f() { return late + other; } const late = 2, other = late * 3; result = f();',
    },
    { what: 'a function with a this of its own', code: 'function F() { this.a = 1; } result = new F();' },
    {
      what: 'a function that counts what it is given',
      code: 'function f() { return arguments.length; } result = f(1, 2);',
    },
    { what: 'a generator', code: 'function* f() { yield 1; yield 2; } result = [...f()];' },
    {
      what: 'functions of a block that runs several times',
      code: 'const fs = []; for (const i of [1, 2]) { fs.push(f); function f() { return i; } } result = fs.map((f) => f());',
    },
    {
      what: 'a function within one',
      code: 'function f(a) { let n = 0; function add() { n += a; } add(); add(); return n; } result = f(3);',
    },
    {
      what: 'default values and rests',
      code: 'function f({ a = 1 }, ...rest) { return [a, rest]; } result = f({}, 2, 3);',
    },
    {
      what: 'names of members that are texts as well',
      code: 'const o = { kind: "kind", "a b": "a b", ["k" + 1]: "kind" }; result = [o["a b"], o.kind, o];',
    },
    {
      what: 'classes',
      code: 'class A { "a b" = "a b"; static "a b"() { return "a b"; } get kind() { return "a b"; } } result = [new A(), A["a b"](), new A().kind];',
    },
    {
      what: 'tests of a type',
      code: 'result = [1, "string"].map((v) => typeof v === "string" ? "string" : "number");',
    },
    {
      what: 'a switch over texts',
      code: 'function f(k) { switch (k) { case "granted": return "refused"; case "refused": return "granted"; } } result = [f("granted"), f("refused"), f("x")];',
    },
    {
      what: 'functions of the language',
      code: 'const o = { a: 1 }; result = [Object.keys(o), Object.keys([1]), Math.max(1, 2), Math.max(3, 4), Array.from("ab"), Array.from("c"), JSON.stringify(o), JSON.stringify(1)];',
    },
    {
      what: 'a directive',
      code: '"use strict"; result = (function () { return this === undefined ? "use strict" : ""; })();',
    },
  ])('does the same: $what', async ({ code }) => {
    const resultOf = (text: string): unknown => runInNewContext(`var result;${text};JSON.stringify(result)`);
    const inOneScope = code.startsWith('"use strict"');
    const whole = inOneScope ? `(() => { ${code} })()` : code;
    expect(resultOf(await shortened(whole))).toEqual(resultOf(whole));
    expect(resultOf(whole)).toBeDefined();
  });

  it('writes a text that stands several times once', async () => {
    const text = await shortened('a("application/json"); b("application/json"); c("once");');
    expect(text.match(/application\/json/g)).toHaveLength(1);
    expect(text).toContain('c("once")');
  });

  it('names a function of the language once', async () => {
    const text = await shortened(
      'a(Object.entries(b)); c(Object.entries(d)); e(Object.keys(f)); g.entries(); h.entries();',
    );
    expect(text.match(/Object\.entries/g)).toHaveLength(1);
    expect(text).toContain('e(Object.keys(f))');
    expect(text).toContain('h.entries()');
  });

  it('leaves names of members, modules and types of values as they stand', async () => {
    const text = await shortened(
      'o = { "a b": 1 }; p["a b"] = 2; import("node:fs"); import("node:fs"); typeof v === "string" || typeof w === "string";',
    );
    expect(text).not.toContain('repeatedText');
  });

  it('has no declared function left that may be an arrow', async () => {
    const text = await shortened('f(); function f(a) { return a; } async function g() { await f(); } g();');
    expect(text).not.toContain('function');
    expect(text).toContain('async');
  });
});
