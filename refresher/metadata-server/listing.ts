/**
 * What a directory looks like: its names one a line, or everything below it.
 */

import { contents, type Reply } from './reply.ts';
import type { Directory, Endpoint, Leaf, Node } from './tree.ts';
import { jsonOf, lines, textOf, valueReply, type Value } from './values.ts';

/** Names, those of directories with a slash, which gcloud and gsutil look for. */
export async function listingReply(node: Directory, form: 'text' | 'json'): Promise<Reply> {
  const children = await childrenOf(node);
  return valueReply(
    lines(children.map(([name, { kind }]) => (kind === 'directory' ? `${name}/` : name))),
    form,
  );
}

/** All values below; as text, each in a line of its own behind its path. */
export async function recursiveReply(node: Directory, form: 'text' | 'json'): Promise<Reply> {
  return form === 'json'
    ? contents('application/json', (await jsonBelow(node)) ?? '')
    : contents('application/text', await linesBelow(node, ''));
}

async function jsonBelow(node: Node): Promise<string | undefined> {
  if (node.kind !== 'directory') {
    const value = await valueOf(node);
    return value && jsonOf(value);
  }
  const members = (await childrenOf(node)).map(async ([name, child]) => {
    const json = await jsonBelow(child);
    return json === undefined ? [] : `${JSON.stringify(node.keepsNames ? name : camelCase(name))}:${json}`;
  });
  return `{${(await Promise.all(members)).flat().join(',')}}`;
}

async function linesBelow(node: Node, path: string): Promise<string> {
  if (node.kind !== 'directory') {
    const value = await valueOf(node);
    return value === undefined ? '' : textLines(path, value);
  }
  const below = (await childrenOf(node)).map(([name, child]) =>
    linesBelow(child, path === '' ? name : `${path}/${name}`),
  );
  return (await Promise.all(below)).join('');
}

function textLines(path: string, value: Value): string {
  const values = value.kind === 'lines' ? value.lines : [textOf(value)];
  return values.map((line) => `${path} ${line}\n`).join('');
}

/** What cannot be read just now is left out of a recursion, as what is not there. */
async function valueOf(node: Leaf | Endpoint): Promise<Value | undefined> {
  const reading = node.kind === 'leaf' ? await node.read() : 'absent';
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
