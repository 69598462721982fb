/**
 * Which clause of a condition is false: the parts between `&&` at its top, each put to the functions' own evaluator. Pure.
 */

import type { ConditionInput, EvaluateCondition } from '../../shared/grants/condition.ts';

export interface FalseClause {
  readonly text: string;
  /** The variables in it, as they are. */
  readonly values: readonly (readonly [name: string, value: string])[];
}

export function firstFalseClause(
  condition: string,
  input: ConditionInput,
  evaluate: EvaluateCondition,
): FalseClause | undefined {
  const text = clausesOf(condition).find((clause) => {
    const result = evaluate(clause, input);
    return 'holds' in result && !result.holds;
  });
  return text === undefined ? undefined : { text, values: valuesIn(text, input) };
}

/** Not within brackets or texts; a condition with `||` or `? :` at its top is one clause, as `&&` binds tighter. */
export function clausesOf(condition: string): readonly string[] {
  const ends: number[] = [];
  let depth = 0;
  let quote = '';
  let isWhole = false;
  for (let at = 0; at < condition.length; at += 1) {
    const character = condition[at] ?? '';
    if (quote !== '') {
      if (character === '\\') at += 1;
      else if (character === quote) quote = '';
    } else if (character === "'" || character === '"') quote = character;
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    else if (depth === 0 && (character === '?' || condition.startsWith('||', at))) isWhole = true;
    else if (depth === 0 && condition.startsWith('&&', at)) ends.push(at);
  }
  if (isWhole) return [condition.trim()];
  const starts = [0, ...ends.map((end) => end + 2)];
  return starts.map((start, index) => condition.slice(start, ends[index]).trim());
}

function valuesIn(clause: string, { principal, target, scopes, now }: ConditionInput): FalseClause['values'] {
  const { instance, serviceAccount, uniqueId } = principal;
  const all: readonly (readonly [string, unknown])[] = [
    ...Object.entries(instance).map(([name, value]) => [`instance.${name}`, value] as const),
    ['serviceAccount.email', serviceAccount],
    ['serviceAccount.uniqueId', uniqueId],
    ['request.time', now],
    ['request.scopes', scopes],
    ['request.target', target.member],
  ];
  const named = all.filter(([name]) => new RegExp(`\\b${name.replace('.', '\\.')}\\b`).test(clause));
  return named.map(([name, value]) => [
    name,
    value instanceof Date ? value.toISOString() : JSON.stringify(value),
  ]);
}
