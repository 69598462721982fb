/**
 * Says the same in fewer characters, where neither esbuild nor terser may tell that it is the same: for the bundle, on its
 * syntax tree, before terser makes it small.
 *
 * - A declared function becomes an arrow in a constant, unless it has a `this` of its own. It moves to the top of its
 *   block, from where declarations count, but behind plain values, which terser then still writes out where they are used.
 * - What stands several times becomes a constant: a text, or a function of the language such as `Object.entries`, which needs
 *   no `this`. Where that is no shorter for a text, terser puts it back.
 *
 * https://github.com/estree/estree
 */

/** A node of ESTree. */
export interface SyntaxNode {
  type: string;
  [field: string]: unknown;
}

/** Changes the tree of a program. */
export function shorten(program: SyntaxNode): void {
  for (const node of nodesIn(program)) {
    if (Array.isArray(node['body'])) node['body'] = withArrows(node['body'].filter(isNode));
  }
  const constants = [...shared(textsIn(program), 'Text'), ...shared(functionsIn(program), 'Function')];
  const statements = [...constants, ...childrenOf(program)];
  // what esbuild has made of the constants of modules, too: nobody checks at each use whether it is there yet
  for (const statement of statements) if (statement['kind'] === 'const') statement['kind'] = 'var';
  program['body'] = statements;
}

function withArrows(statements: readonly SyntaxNode[]): readonly SyntaxNode[] {
  const arrows = statements.filter(mayBeArrow);
  const others = statements.filter((statement) => !arrows.includes(statement));
  const rest = others.filter((statement) => !isPlain(statement));
  return [...others.filter(isPlain), ...arrows.map(asArrow), ...rest];
}

function mayBeArrow(statement: SyntaxNode): boolean {
  if (statement.type !== 'FunctionDeclaration' || statement['generator'] === true) return false;
  const within = [...nodesIn(statement)];
  return within.every(({ type, name }) => type !== 'ThisExpression' && name !== 'arguments');
}

function asArrow({ id, params, body, async }: SyntaxNode): SyntaxNode {
  return constant(id, { type: 'ArrowFunctionExpression', params, body, async, expression: false });
}

/** Directives, imports, and declarations whose values need nothing that stands elsewhere. */
function isPlain(statement: SyntaxNode): boolean {
  if (statement['directive'] !== undefined || statement.type === 'ImportDeclaration') return true;
  if (statement.type !== 'VariableDeclaration') return false;
  return childrenOf(statement).every(({ init }) => init === null || (isNode(init) && isValue(init)));
}

const MADE_OF_VALUES = [
  'ArrayExpression',
  'BinaryExpression',
  'ObjectExpression',
  'Property',
  'UnaryExpression',
];

function isValue(node: SyntaxNode): boolean {
  if (node.type === 'Literal') return true;
  if (!MADE_OF_VALUES.includes(node.type) || node['computed'] === true) return false;
  return childrenOf(node, FIXED[node.type]).every(isValue);
}

/** Replaces equal nodes by names, and returns what declares these. */
function shared(nodes: readonly SyntaxNode[], kind: string): readonly SyntaxNode[] {
  const groups = Map.groupBy(nodes, (node) =>
    JSON.stringify(node, ['type', 'value', 'object', 'property', 'name']),
  );
  const repeated = [...groups.values()].filter((equal) => equal.length > 1);
  return repeated.map((equal, at) => {
    const name = `repeated${kind}${at}`;
    const value: SyntaxNode = { type: '', ...equal[0] };
    for (const node of equal) Object.assign(node, { type: 'Identifier', name, value: undefined });
    return constant({ type: 'Identifier', name }, value);
  });
}

/** What a text may not be replaced in: names of members, and where modules come from. */
const FIXED: Readonly<Record<string, string>> = {
  ImportDeclaration: 'source',
  ImportExpression: 'source',
  MemberExpression: 'property',
  MethodDefinition: 'key',
  Property: 'key',
  PropertyDefinition: 'key',
};

function textsIn(node: SyntaxNode): readonly SyntaxNode[] {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? [node] : [];
  // a directive is no text, and engines know `typeof value === 'string'` as it stands
  if (node['directive'] !== undefined || childrenOf(node).some(({ operator }) => operator === 'typeof'))
    return [];
  return childrenOf(node, FIXED[node.type]).flatMap(textsIn);
}

const NAMESPACES = ['Array', 'JSON', 'Math', 'Number', 'Object'];

function functionsIn(program: SyntaxNode): readonly SyntaxNode[] {
  return [...nodesIn(program)].filter(
    ({ type, object, computed }) =>
      type === 'MemberExpression' &&
      computed !== true &&
      isNode(object) &&
      NAMESPACES.includes(String(object['name'])),
  );
}

function constant(id: unknown, init: SyntaxNode): SyntaxNode {
  const declarations = [{ type: 'VariableDeclarator', id, init }];
  return { type: 'VariableDeclaration', kind: 'const', declarations };
}

/** The node and all below it, as they are when each one's turn comes. */
function* nodesIn(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesIn(child);
}

/** But for those in the field `except`. */
function childrenOf(node: SyntaxNode, except?: string): readonly SyntaxNode[] {
  const fields = Object.keys(node).filter((field) => field !== except);
  return fields.flatMap((field) => [node[field]].flat().filter(isNode));
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
