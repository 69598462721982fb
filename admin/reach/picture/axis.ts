/**
 * The two sides of the matrix: entries in groups, and which cell each two of them meet in. Pure.
 */

import { EXIT_CODES } from '../../exit-codes.ts';
import { Failure } from '../../failure.ts';
import { isOpen, type Reach, type Reached } from '../way.ts';
import { named } from './names.ts';

export interface Entry {
  readonly key: string;
  readonly label: string;
  readonly group: string;
  /** Everything about it, for a tooltip. */
  readonly title: string;
}

export interface Matrix {
  readonly rows: readonly Entry[];
  readonly columns: readonly Entry[];
  readonly cell: (row: Entry, column: Entry) => Reached | undefined;
  /** What a row, and what a column is. */
  readonly nouns: readonly [row: string, column: string];
}

/** More than that is no picture. */
const MAX_COLUMNS = 150;
const MAX_ROWS = 500;

/** Targets are rows and principals columns; who can become a single target, the other way round. Throws a `Failure`. */
export function matrixOf(all: readonly Reach[]): Matrix {
  const merged = mergedInstances(all);
  const cells = new Map(
    merged.map(({ entry, reached }) => [entry.key, new Map(reached.map((one) => [one.target, one]))]),
  );
  const principals = inGroups(merged.map(({ entry }) => entry));
  const names = new Set(all.flatMap(({ reached }) => reached.map(({ target }) => target)));
  const targets = inGroups([...names].map(targetEntry));
  checkSize(principals.length, targets.length);
  if (targets.length === 1 && principals.length > 1) {
    return {
      rows: principals,
      columns: targets.map((entry) => ({ ...entry, label: named(entry.key).name })),
      cell: (row, column) => cells.get(row.key)?.get(column.key),
      nouns: ['principals', 'targets'],
    };
  }
  return {
    rows: targets,
    columns: principals.map((entry) => ({ ...entry, label: columnLabel(entry) })),
    cell: (row, column) => cells.get(column.key)?.get(row.key),
    nouns: ['targets', 'principals'],
  };
}

/** Whether there is a way in a cell, and not only something stored. */
export function opens(reached: Reached | undefined): boolean {
  return reached !== undefined && isOpen(reached);
}

function checkSize(principals: number, targets: number): void {
  if (principals <= MAX_COLUMNS && targets <= MAX_ROWS) return;
  if (targets === 1 && principals <= MAX_ROWS) return;
  const message = `a picture of ${principals} principals and ${targets} targets would not be readable: choose with --principal or --target, up to ${MAX_COLUMNS} by ${MAX_ROWS}`;
  throw new Failure(EXIT_CODES.badUsage, message);
}

function columnLabel({ key, label }: Entry): string {
  return key.startsWith('instance:') ? (/^\d+$/.test(label) ? `VM ${label}` : label) : named(key).name;
}

function targetEntry(key: string): Entry {
  const { label, group } = named(key);
  return { key, label, group, title: key };
}

interface Merged {
  readonly entry: Entry;
  readonly reached: readonly Reached[];
}

/** VMs of one fleet that can become the same are one entry: a scheduler writes them by the hundred. */
function mergedInstances(all: readonly Reach[]): readonly Merged[] {
  const alike = new Map<string, Reach[]>();
  for (const reach of all) {
    const { principal, serviceAccount = '', reached } = reach;
    const key = principal.startsWith('instance:')
      ? JSON.stringify([named(principal).group, serviceAccount, reached.map(withoutPath)])
      : principal;
    alike.set(key, [...(alike.get(key) ?? []), reach]);
  }
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ entry: principalEntry(first, same), reached: first.reached }];
  });
}

function principalEntry({ principal: key, serviceAccount }: Reach, same: readonly Reach[]): Entry {
  const { label, group } = named(key);
  const fleet =
    serviceAccount === undefined ? 'no known fleet' : named(`serviceAccount:${serviceAccount}`).name;
  return {
    key,
    label: same.length === 1 ? label : `${same.length} VMs of ${fleet}`,
    group,
    title: same.map(({ principal }) => principal).join('\n'),
  };
}

/** Each VM's own document has a path of its own. */
function withoutPath({ target, direct, chain }: Reached): unknown {
  const own = direct?.path.includes('/instance:') === true ? { ...direct, path: '' } : direct;
  return [
    target,
    own,
    chain?.map(({ path, ...step }) => (path.includes('/instance:') ? step : { path, ...step })),
  ];
}

/** `worker-2` before `worker-10`, and the same on every machine. */
const BY_NAME = new Intl.Collator('en', { numeric: true });
const KINDS = ['accounts', 'users', 'VMs'];

/** Service accounts before users before VMs, then by name. */
function inGroups(entries: readonly Entry[]): readonly Entry[] {
  const kind = ({ group }: Entry) => KINDS.indexOf(group.split(' ')[0] ?? '');
  return entries.toSorted(
    (a, b) => kind(a) - kind(b) || BY_NAME.compare(a.group, b.group) || BY_NAME.compare(a.label, b.label),
  );
}
