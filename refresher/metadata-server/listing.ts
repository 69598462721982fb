/**
 * What a directory looks like: its names one a line, or everything below it.
 */

import { contents, type Reply } from './reply.ts';
import type { Directory, Leaf, Node } from './tree.ts';
import { jsonOf, textOf, type Value } from './values.ts';

/** Names, those of directories with a slash, which gcloud and gsutil look for. */
export async function listingReply(node: Directory, form: 'text' | 'json'): Promise<Reply> {
  const names = (await childrenOf(node)).map(([name, { kind }]) =>
    kind === 'directory' ? `${name}/` : name,
  );
  if (form === 'json') return contents('application/json', JSON.stringify(names));
  return contents('application/text', names.map((name) => `${name}\n`).join(''));
}

/** All values below; as text, each in a line of its own behind its path. */
export async function recursiveReply(node: Directory, form: 'text' | 'json'): Promise<Reply> {
  if (form === 'json') return contents('application/json', await directoryJson(node));
  const entries = await valuesBelow(node, '');
  return contents('application/text', entries.map(([path, value]) => textLines(path, value)).join(''));
}

async function directoryJson(node: Directory): Promise<string> {
  const members = await Promise.all(
    (await childrenOf(node)).map(async ([name, child]) => {
      const json = await nodeJson(child);
      return json === undefined
        ? []
        : [`${JSON.stringify(node.keepsNames ? name : camelCase(name))}:${json}`];
    }),
  );
  return `{${members.flat().join(',')}}`;
}

async function nodeJson(node: Node): Promise<string | undefined> {
  if (node.kind === 'directory') return directoryJson(node);
  const value = node.kind === 'leaf' ? await valueOf(node) : undefined;
  return value && jsonOf(value);
}

async function valuesBelow(node: Node, path: string): Promise<readonly (readonly [string, Value])[]> {
  if (node.kind === 'endpoint') return [];
  if (node.kind === 'leaf') {
    const value = await valueOf(node);
    return value === undefined ? [] : [[path, value]];
  }
  const children = await childrenOf(node);
  const below = children.map(([name, child]) => valuesBelow(child, path === '' ? name : `${path}/${name}`));
  return (await Promise.all(below)).flat();
}

function textLines(path: string, value: Value): string {
  const values = value.kind === 'lines' ? value.lines : [textOf(value)];
  return values.map((line) => `${path} ${line}\n`).join('');
}

/** What cannot be read just now is left out of a recursion, as what is not there. */
async function valueOf({ read }: Leaf): Promise<Value | undefined> {
  const reading = await read();
  return typeof reading === 'string' ? undefined : reading;
}

async function childrenOf({ children, present }: Directory): Promise<readonly (readonly [string, Node])[]> {
  const names = await present?.();
  return [...children].filter(
    ([name, child]) => !(child.kind === 'leaf' && child.isAlias) && (names?.has(name) ?? true),
  );
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
