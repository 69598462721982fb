// The metadata server's tree of values: paths, listings, recursion, encodings.
// https://cloud.google.com/compute/docs/metadata/querying-metadata
import { htmlReply, textReply, type GoogleReply, type GoogleRequest } from './reply.ts';

/** A leaf answers for itself; a value is text (one string), lines (a list) or a number of the JSON form. */
export type MetadataNode = Directory | Value | Endpoint;
export type Directory = { readonly kind: 'directory'; readonly children: ReadonlyMap<string, MetadataNode> };
export type Value = { readonly kind: 'value'; readonly json: string | number | readonly string[] };
/** Computed for each request; left out of recursion, as `token` and `identity` are. */
export type Endpoint = { readonly kind: 'endpoint'; answer(request: GoogleRequest): Promise<GoogleReply> };

export function directory(children: Record<string, MetadataNode>): Directory {
  return { kind: 'directory', children: new Map(Object.entries(children)) };
}

export function value(json: Value['json']): Value {
  return { kind: 'value', json };
}

export function endpoint(answer: Endpoint['answer']): Endpoint {
  return { kind: 'endpoint', answer };
}

/** Answers a GET of `path` (decoded, starting with `/`) below `root`. */
export function answerFromTree(
  root: Directory,
  path: string,
  request: GoogleRequest,
): GoogleReply | Promise<GoogleReply> {
  let node: MetadataNode | undefined = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    node = node?.kind === 'directory' ? node.children.get(name) : undefined;
  }
  if (node === undefined) return htmlReply(404, 'The requested URL was not found on this server.');
  if (node.kind === 'endpoint') return node.answer(request);
  if (node.kind === 'value') return answerValue(node, request);
  // Clients of several languages ask without the slash and follow the redirect.
  if (!path.endsWith('/')) return redirect(request);
  if (request.query.get('recursive') === 'true') return jsonText(toJson(node));
  return text(
    [...node.children].map(([name, child]) => `${name}${child.kind === 'directory' ? '/' : ''}\n`).join(''),
  );
}

function answerValue({ json: plain }: Value, request: GoogleRequest): GoogleReply {
  if (request.query.get('alt') === 'json' || request.query.get('recursive') === 'true')
    return jsonText(plain);
  return text(typeof plain === 'object' ? plain.map((line) => `${line}\n`).join('') : String(plain));
}

function toJson(node: Directory): object {
  const members: [string, unknown][] = [];
  for (const [name, child] of node.children) {
    if (child.kind === 'directory') members.push([camelCase(name), toJson(child)]);
    if (child.kind === 'value') members.push([camelCase(name), child.json]);
  }
  return Object.fromEntries(members);
}

/** `service-accounts` becomes `serviceAccounts`; an account's e-mail stays. */
function camelCase(name: string): string {
  return name.includes('@') ? name : name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function redirect(request: GoogleRequest): GoogleReply {
  const query = request.query.size > 0 ? `?${request.query.toString()}` : '';
  const location = `http://${request.headers.host ?? 'metadata.google.internal'}${request.path}/${query}`;
  return htmlReply(301, 'The document has moved.', { location });
}

function text(body: string): GoogleReply {
  return textReply(200, body, 'application/text');
}

function jsonText(plain: unknown): GoogleReply {
  return textReply(200, JSON.stringify(plain), 'application/json');
}
