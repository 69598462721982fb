/**
 * Vector files: families of attacks, each with what it must be answered and with controls that must be granted, so that
 * no family can pass by refusing everything. Read strictly: a misspelt field would be a row that attacks nothing.
 */

import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { parse } from 'yaml';
import { FAULTS, type FaultReason } from '../../shared/fault.ts';
import { REFUSALS, type RefusalReason } from '../../shared/refusal.ts';

export interface Expected {
  readonly reason: RefusalReason | FaultReason;
  readonly status: number;
  readonly error: string;
}

export interface Vector<Recipe> {
  readonly family: string;
  readonly name: string;
  /** Whom it would fool. */
  readonly attacks: string;
  readonly recipe: Recipe;
  /** `undefined`: a control, which is granted. */
  readonly expected: Expected | undefined;
  /** It is about a single second: a process whose clock runs may see it on the other side. */
  readonly needsFixedClock: boolean;
}

const reasons = Object.keys({ ...REFUSALS, ...FAULTS }) as (RefusalReason | FaultReason)[];
const row = { name: v.string(), needsFixedClock: v.optional(v.boolean(), false) };
const answer = v.strictObject({ status: v.number(), error: v.string() });

interface Row {
  readonly name: string;
  readonly needsFixedClock: boolean;
}

/** The rest of a row is its recipe. */
const family = v.strictObject({
  family: v.string(),
  attacks: v.string(),
  answer,
  controls: v.pipe(v.array(v.looseObject(row)), v.minLength(1)),
  rows: v.pipe(
    v.array(v.looseObject({ ...row, reason: v.picklist(reasons), answer: v.optional(answer) })),
    v.minLength(1),
  ),
});

/** @param recipe the fields of a row that say how it is built, each of them optional */
export function loadVectors<const Fields extends v.ObjectEntries>(
  file: string,
  recipe: Fields,
): readonly Vector<v.InferOutput<v.StrictObjectSchema<Fields, undefined>>>[] {
  const recipeSchema = v.strictObject(recipe);
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  const families = v.parse(v.array(family), parse(text));
  const vectors = families.flatMap(({ rows, controls, ...common }) => [
    ...controls.map((control) => toVector(common, control, undefined)),
    ...rows.map((attack) =>
      toVector(common, attack, { ...(attack.answer ?? common.answer), reason: attack.reason }),
    ),
  ]);
  const names = vectors.map((vector) => `${vector.family}: ${vector.name}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${file} has two rows named "${twice}"`);
  return vectors;

  function toVector(
    { family: familyName, attacks }: { readonly family: string; readonly attacks: string },
    { name, needsFixedClock, ...fields }: Row,
    expected: Expected | undefined,
  ) {
    const own = Object.entries(fields).filter(([field]) => field !== 'reason' && field !== 'answer');
    const parsed = v.safeParse(recipeSchema, Object.fromEntries(own));
    if (!parsed.success) throw new Error(`${file}, ${familyName}, "${name}": ${parsed.issues[0].message}`);
    return { family: familyName, name, attacks, recipe: parsed.output, expected, needsFixedClock };
  }
}
