/**
 * A plan in a file, for the apply that comes after somebody has read it. Pure.
 */

import * as v from 'valibot';
import { createHash } from 'node:crypto';
import { parseJson } from '../../shared/unknown.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Change, Plan } from './change.ts';
import { compareDocuments } from './compare-documents.ts';

const FORMAT = 'token-vending plan 1';

const optionalText = v.optional(v.string());
const change = v.strictObject({
  id: v.string(),
  before: v.optional(v.strictObject({ text: v.string(), version: v.string() })),
  after: optionalText,
});
const file = v.strictObject({
  format: v.literal(FORMAT),
  projectId: v.string(),
  databaseId: v.string(),
  madeAt: v.pipe(
    v.string(),
    v.isoTimestamp(),
    v.transform((text) => new Date(text)),
  ),
  latest: optionalText,
  goalSha256: v.string(),
  commit: optionalText,
  unchanged: v.number(),
  left: v.number(),
  changes: v.array(change),
});

/** In an order of its own, because a plan is known by its text. */
export function planFileText(plan: Plan): string {
  const { projectId, databaseId, madeAt, latest, goalSha256, commit, unchanged, left } = plan;
  const changes = plan.changes.map(({ id, before, after }) => ({
    id,
    before: before && { text: before.text, version: before.version },
    after,
  }));
  const head = { format: FORMAT, projectId, databaseId, madeAt, latest, goalSha256, commit, unchanged, left };
  return `${JSON.stringify({ ...head, changes }, null, 1)}\n`;
}

/** Throws a `Failure`. What the changes mean is worked out anew: a file says what is written, not what to think of it. */
export function parsePlanFile(path: string, text: string): Plan {
  const parsed = v.safeParse(file, parseJson(text));
  if (!parsed.success) {
    const message = `${path} is no plan of this version: make one with grants plan --out ${path}`;
    throw new Failure(EXIT_CODES.badFile, message);
  }
  const { format: _, changes, latest, commit, ...rest } = parsed.output;
  return { ...rest, latest, commit, changes: changes.map(changeOf) };
}

function changeOf({ id, before, after }: v.InferOutput<typeof change>): Change {
  const kind = before === undefined ? 'created' : after === undefined ? 'deleted' : 'changed';
  return { id, kind, before, after, consequences: compareDocuments(before?.text, after) };
}

/** Tells a plan from every other, whether or not it has been in a file. */
export function planSha256(plan: Plan): string {
  return createHash('sha256').update(planFileText(plan)).digest('hex');
}
