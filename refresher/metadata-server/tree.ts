/**
 * Metadata as a tree of directories, leaves and endpoints, and finding a node in it.
 */

import type { Reply } from './reply.ts';
import type { Value } from './values.ts';

/** `absent`: there is no such value. `unavailable`: whoever knows it does not answer. */
export type Reading = Value | 'absent' | 'unavailable';

/** A value, read when it is asked for. */
export interface Leaf {
  readonly kind: 'leaf';
  readonly read: () => Reading | Promise<Reading>;
  /** A second spelling, which no listing shows. */
  readonly isAlias?: true;
}

/** Answers by itself; left out of recursion, as the real server leaves out tokens. */
export interface Endpoint {
  readonly kind: 'endpoint';
  /** The query is as it came. */
  readonly answer: (query: string) => Reply | Promise<Reply>;
  /** Where the answer itself fails: each path has statuses that its clients cannot bear. */
  readonly failure: Reply;
  /** Told of each reply that a client gets. */
  readonly count: (status: number) => void;
  /** Whether `wait_for_change` means anything here. */
  readonly changes?: true;
}

export interface Directory {
  readonly kind: 'directory';
  readonly children: ReadonlyMap<string, Node>;
  /** Whether names stay as they are in JSON: `service-accounts` becomes `serviceAccounts`, an attribute's key does not. */
  readonly keepsNames?: true;
  /** Which of the children there are just now, where not all of them have to be. */
  readonly present?: () => Promise<ReadonlySet<string>>;
}

export type Node = Directory | Leaf | Endpoint;

export function directory(
  children: Readonly<Record<string, Node>> | ReadonlyMap<string, Node>,
  more: Omit<Directory, 'kind' | 'children'> = {},
): Directory {
  const map = children instanceof Map ? children : new Map(Object.entries(children));
  return { kind: 'directory', children: map, ...more };
}

export function leaf(read: Leaf['read'], more: Omit<Leaf, 'kind' | 'read'> = {}): Leaf {
  return { kind: 'leaf', read, ...more };
}

export function endpoint(answer: Endpoint['answer'], more: Omit<Endpoint, 'kind' | 'answer'>): Endpoint {
  return { kind: 'endpoint', answer, ...more };
}

/**
 * - `node`: what stands at the path; of a directory, with its slash.
 * - `redirect`: a directory, asked for without its slash.
 */
export type Found =
  | { readonly kind: 'node'; readonly node: Node }
  | { readonly kind: 'redirect' }
  | { readonly kind: 'nothing' };

/** The last segment is empty where the path ends in a slash. */
export function find(root: Directory, segments: readonly string[]): Found {
  const endsInSlash = segments.at(-1) === '';
  const names = endsInSlash ? segments.slice(0, -1) : segments;
  let node: Node | undefined = root;
  for (const name of names) node = node?.kind === 'directory' ? node.children.get(name) : undefined;

  if (node === undefined || (endsInSlash && node.kind !== 'directory')) return { kind: 'nothing' };
  return node.kind === 'directory' && !endsInSlash ? { kind: 'redirect' } : { kind: 'node', node };
}

/** Every endpoint by the path that leads to it from the root, for look-ups that must not take long. */
export function endpointsBelow(node: Node, path = ''): readonly (readonly [string, Endpoint])[] {
  if (node.kind === 'endpoint') return [[path, node]];
  if (node.kind === 'leaf') return [];
  return [...node.children].flatMap(([name, child]) => endpointsBelow(child, `${path}/${name}`));
}
