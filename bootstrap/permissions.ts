/**
 * `npm run docs:terraform`: writes into README.md by what each kind of resource is planned and applied.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { code, parseHcl, withTables } from '../terraform/reference.ts';

const FOLDER = new URL('./', import.meta.url);
export const README = fileURLToPath(new URL('README.md', FOLDER));

/** Kind of resource → permissions, or roles, that it takes. */
export type ByKind = Readonly<Record<string, readonly string[]>>;

interface OutsideRole {
  readonly kinds: readonly string[];
  readonly permissions: readonly string[];
}

/** The tables of the files that give permissions. */
export interface Permissions {
  /** In the project of the functions. */
  readonly plan: ByKind;
  readonly apply: ByKind;
  /** In other projects, and in the organization. */
  readonly planOutside: ByKind;
  readonly applyOutside: ByKind;
}

export async function readPermissions(): Promise<Permissions> {
  const plan = await localsOf('plan_permissions.tf');
  const apply = await localsOf('apply_permissions.tf');
  const outside = (await localsOf('outside.tf'))['outside_permissions'] as Record<string, OutsideRole>;
  const outsideOf = (who: string) =>
    merged(
      Object.entries(outside)
        .filter(([name]) => name.startsWith(who))
        .map(([, { kinds, permissions }]) => Object.fromEntries(kinds.map((kind) => [kind, permissions]))),
    );
  return {
    plan: merged([plan['plan_permissions'] as ByKind, byKind(plan['plan_roles'] as ByKind)]),
    apply: merged([
      apply['apply_permissions'] as ByKind,
      byKind(apply['apply_roles'] as ByKind),
      byKind(apply['apply_limited'] as ByKind),
    ]),
    planOutside: outsideOf('plan_'),
    applyOutside: outsideOf('apply_'),
  };
}

/** What the `locals` of a file say, as far as they are written out. */
async function localsOf(file: string): Promise<Readonly<Record<string, unknown>>> {
  const { locals } = await parseHcl(file, await readFile(new URL(file, FOLDER), 'utf8'));
  return Object.assign({}, ...(locals as object[])) as Record<string, unknown>;
}

/** Role → kinds, turned round. */
const byKind = (roles: ByKind): ByKind =>
  merged(Object.entries(roles).flatMap(([role, kinds]) => kinds.map((kind) => ({ [kind]: [role] }))));

function merged(parts: readonly ByKind[]): ByKind {
  const all: Record<string, readonly string[]> = {};
  for (const [kind, names] of parts.flatMap((part) => Object.entries(part)))
    all[kind] = [...new Set([...(all[kind] ?? []), ...names])];
  return all;
}

/** Pure. Two tables: in the project of the functions, and outside. */
export function renderPermissions({ plan, apply, planOutside, applyOutside }: Permissions): string {
  return [
    'In the project of the functions:',
    '',
    ...tableOf(plan, apply),
    '',
    'In the organization, in projects that have targets, in that of the network, and on keys:',
    '',
    ...tableOf(planOutside, applyOutside),
  ].join('\n');
}

const cellOf = (names: readonly string[] = []) => names.map(code).join(', ') || '–';

function tableOf(plan: ByKind, apply: ByKind): readonly string[] {
  const kinds = [...new Set([...Object.keys(plan), ...Object.keys(apply)])].toSorted();
  return [
    '| what | a plan reads it by | an apply makes it by |',
    '| --- | --- | --- |',
    ...kinds.map((kind) => `| ${code(kind)} | ${cellOf(plan[kind])} | ${cellOf(apply[kind])} |`),
  ];
}

if (import.meta.main) {
  const text = await readFile(README, 'utf8');
  await writeFile(README, withTables(text, 'permissions', renderPermissions(await readPermissions())));
}
