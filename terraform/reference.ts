/**
 * `npm run docs:terraform`: writes the tables of variables and outputs of each module into its README.md.
 */

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Its own types would bring those of browsers along, which differ from Node's. */
export const { parse: parseHcl } = createRequire(import.meta.url)('@cdktf/hcl2json') as {
  /** kind → name → the blocks of that name; expressions come as `${…}`. */
  readonly parse: (name: string, text: string) => Promise<Record<string, unknown>>;
};

export interface Variable {
  readonly name: string;
  readonly description: string;
  readonly type: string;
  /** As HCL; `undefined`: there is none, and a value is required. */
  readonly standard: string | undefined;
  readonly validations: number;
}

export interface Output {
  readonly name: string;
  readonly description: string;
}

export interface Module {
  readonly variables: readonly Variable[];
  readonly outputs: readonly Output[];
}

type Attributes = Readonly<Record<string, unknown>>;
type Blocks = Readonly<Record<string, readonly Attributes[]>>;

/** What a module takes and gives, in the order of its files. */
export async function parseModule(folder: string): Promise<Module> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.tf')).toSorted();
  const parsed = await Promise.all(
    files.map(async (name) => parseHcl(name, await readFile(join(folder, name), 'utf8'))),
  );
  const blocks = (kind: string) =>
    parsed.flatMap((file) =>
      Object.entries((file[kind] ?? {}) as Blocks).map(([name, [attributes = {}]]) => ({ name, attributes })),
    );
  return {
    variables: blocks('variable').map(({ name, attributes }) => ({
      name,
      description: oneLine(attributes['description']),
      type: typeOf(attributes['type']),
      standard: 'default' in attributes ? hcl(attributes['default']) : undefined,
      validations: Array.isArray(attributes['validation']) ? attributes['validation'].length : 0,
    })),
    outputs: blocks('output').map(({ name, attributes }) => ({
      name,
      description: oneLine(attributes['description']),
    })),
  };
}

const oneLine = (value: unknown) => (typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : '');

function typeOf(value: unknown): string {
  return typeof value === 'string' ? oneLine(value.replace(/^\$\{([\s\S]*)\}$/, '$1')) : 'any';
}

function hcl(value: unknown): string {
  return value === null ? 'null' : JSON.stringify(value);
}

const cell = (text: string) => text.replaceAll('|', '\\|');
export const code = (text: string) => `\`${cell(text)}\``;

/** Pure. Both tables, between the marks. */
export function renderReference({ variables, outputs }: Module): string {
  const rows = variables.map(
    ({ name, description, type, standard }) =>
      `| ${code(name)} | ${cell(description)} | ${code(type)} | ${standard === undefined ? 'required' : code(standard)} |`,
  );
  return [
    '| variable | meaning | type | default |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '| output | value |',
    '| --- | --- |',
    ...outputs.map(({ name, description }) => `| ${code(name)} | ${cell(description)} |`),
  ].join('\n');
}

/** Pure. The text with its reference as it should be. */
export function withReference(text: string, module: Module): string {
  return withTables(text, 'reference', renderReference(module));
}

/** Pure. The text with `tables` between the marks of that name. */
export function withTables(text: string, name: string, tables: string): string {
  const marked = new RegExp(`(<!-- ${name}: npm run docs:terraform -->\\n)[\\s\\S]*?(<!-- end -->)`);
  if (!marked.test(text)) throw new Error(`the README has no place for it: <!-- ${name}: … -->`);
  return text.replace(marked, (_, start: string, end: string) => `${start}\n${tables}\n\n${end}`);
}

export const DOCUMENTED = ['./', 'modules/worker/', '../bootstrap/'].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
);

if (import.meta.main) {
  for (const folder of DOCUMENTED) {
    const file = join(folder, 'README.md');
    await writeFile(file, withReference(await readFile(file, 'utf8'), await parseModule(folder)));
  }
}
