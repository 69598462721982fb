// The availability condition of a credential access boundary, a small part of CEL:
// https://cloud.google.com/iam/docs/downscoping-short-lived-credentials#components
// Understood: string literals, true, false, ==, !=, !, &&, ||, parentheses, resource.name, api.getAttribute(name,
// default), startsWith, endsWith, contains. It really evaluates, so that an expression into which somebody injected
// a wider alternative really is wider.

export interface BoundaryRequest {
  /** `projects/_/buckets/B` or `projects/_/buckets/B/objects/NAME`. */
  readonly resourceName: string;
  /** Prefix of a list request, else ''. */
  readonly listPrefix: string;
}

/** Throws a SyntaxError where the expression is none. */
export function parseBoundaryCondition(source: string): (request: BoundaryRequest) => boolean {
  const tokens = tokenize(source);
  let position = 0;
  const expression = parseOr();
  if (position !== tokens.length) throw new SyntaxError(`unexpected "${tokens[position]}"`);
  return (request) => expression(request) === true;

  function parseOr(): Expression {
    let left = parseAnd();
    while (accept('||')) {
      const [a, b] = [left, parseAnd()];
      left = (request) => a(request) === true || b(request) === true;
    }
    return left;
  }

  function parseAnd(): Expression {
    let left = parseEquality();
    while (accept('&&')) {
      const [a, b] = [left, parseEquality()];
      left = (request) => a(request) === true && b(request) === true;
    }
    return left;
  }

  function parseEquality(): Expression {
    const left = parseUnary();
    if (accept('==')) return equality(left, parseUnary(), true);
    if (accept('!=')) return equality(left, parseUnary(), false);
    return left;
  }

  function parseUnary(): Expression {
    if (!accept('!')) return parseCalls(parsePrimary());
    const operand = parseUnary();
    return (request) => operand(request) === false;
  }

  function parsePrimary(): Expression {
    if (accept('(')) {
      const inner = parseOr();
      expect(')');
      return inner;
    }
    const token = tokens[position];
    position += 1;
    if (token === 'true' || token === 'false') return () => token === 'true';
    if (token === 'resource.name') return ({ resourceName }) => resourceName;
    if (token === 'api.getAttribute') return parseAttribute();
    if (token !== undefined && isLiteral(token)) return () => unquote(token);
    throw new SyntaxError(`unexpected "${token}"`);
  }

  function parseAttribute(): Expression {
    expect('(');
    const name = parseOr();
    expect(',');
    const fallback = parseOr();
    expect(')');
    return (request) =>
      name(request) === 'storage.googleapis.com/objectListPrefix' ? request.listPrefix : fallback(request);
  }

  function parseCalls(receiver: Expression): Expression {
    const test = STRING_TESTS[tokens[position] ?? ''];
    if (test === undefined) return receiver;
    position += 1;
    expect('(');
    const argument = parseOr();
    expect(')');
    return (request) => test(String(receiver(request)), String(argument(request)));
  }

  function accept(token: string): boolean {
    const found = tokens[position] === token;
    if (found) position += 1;
    return found;
  }

  function expect(token: string): void {
    if (!accept(token)) throw new SyntaxError(`expected "${token}", found "${tokens[position]}"`);
  }
}

type Expression = (request: BoundaryRequest) => string | boolean;

const STRING_TESTS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  '.startsWith': (text, part) => text.startsWith(part),
  '.endsWith': (text, part) => text.endsWith(part),
  '.contains': (text, part) => text.includes(part),
};

const TOKEN =
  /\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\|\||&&|==|!=|[!(),]|\.\w+|[a-zA-Z]+(?:\.(?:name|getAttribute))?)/y;

function tokenize(source: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const text = source.trimEnd();
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw new SyntaxError(`unreadable condition at ${at}`);
    tokens.push(token);
  }
  return tokens;
}

function equality(left: Expression, right: Expression, equal: boolean): Expression {
  return (request) => (left(request) === right(request)) === equal;
}

function isLiteral(token: string): boolean {
  return token.startsWith("'") || token.startsWith('"');
}

function unquote(literal: string): string {
  return literal.slice(1, -1).replace(/\\(.)/g, '$1');
}
