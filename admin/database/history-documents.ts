/**
 * The documents of the history, to and from what Firestore holds. Pure. What does not fit is no entry: the history is
 * read by people alone, and an older version of this command must not stop at what a newer one wrote.
 */

import * as v from 'valibot';
import type { ApplyRecord, ChangeRecord, HistoryEntry } from './grants-database.ts';

const instant = v.pipe(
  v.unknown(),
  v.transform((value) => (hasToDate(value) ? value.toDate() : value)),
  v.instance(Date),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const maybe = v.pipe(
  v.nullable(v.string()),
  v.transform((text) => text ?? undefined),
);

const apply = v.object({
  id: v.string(),
  state: v.picklist(['running', 'done']),
  by: v.string(),
  commit: maybe,
  startedAt: instant,
  changedAt: instant,
  applied: count,
  of: count,
  planSha256: v.string(),
  goalSha256: v.string(),
  follows: maybe,
  writer: v.string(),
});

const lines = v.array(v.string());
const kill = v.object({ id: v.string(), by: v.string(), at: instant, reason: v.string(), lines });
const change = v.object({
  document: v.string(),
  change: v.picklist(['created', 'changed', 'deleted']),
  lines,
});

function hasToDate(value: unknown): value is { toDate(): unknown } {
  return (
    typeof value === 'object' && value !== null && 'toDate' in value && typeof value.toDate === 'function'
  );
}

function decoded<Schema extends v.GenericSchema>(
  schema: Schema,
  data: unknown,
): v.InferOutput<Schema> | undefined {
  const result = v.safeParse(schema, data);
  return result.success ? result.output : undefined;
}

export function applyRecordOf(data: unknown): ApplyRecord | undefined {
  return decoded(apply, data);
}

/** Firestore has no `undefined`. */
export function storedRecord({
  commit = null,
  follows = null,
  ...rest
}: ApplyRecord | Nullable): Record<string, unknown> {
  return { ...rest, commit, follows };
}

type Nullable = Omit<ApplyRecord, 'commit' | 'follows'> & { commit: string | null; follows: string | null };

export function historyEntryOf(id: string, data: unknown): HistoryEntry | undefined {
  if (id === 'latest') return undefined;
  const applied = decoded(apply, data);
  if (applied !== undefined) return { kind: 'apply', ...applied };
  const stopped = decoded(kill, data);
  return stopped && { kind: 'kill-switch', ...stopped };
}

export function changeRecordOf(data: unknown): ChangeRecord | undefined {
  return decoded(change, data);
}
