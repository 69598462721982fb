/**
 * Which value would have passed: of the variables in the clause that is false, one after the other is given what the clause
 * compares it with, and the functions' own evaluator is asked again. Pure.
 */

import type { ConditionInput, EvaluateCondition } from '../../shared/grants/condition.ts';
import { candidatesFor, isNamed, VARIABLES, type Value, type Variable } from '../conditions/candidates.ts';
import { supposedPrincipal } from '../documents/supposed-principal.ts';

export interface PassingValue {
  readonly name: Variable;
  readonly value: string;
  /** Of the condition, or of the clause alone where another is false, too. */
  readonly passes: 'condition' | 'clause';
}

/** So that a zone is suggested that looks like one. */
const SHAPES: { readonly [Name in Variable]?: RegExp } = {
  'instance.zone': /^[a-z]+-[a-z]+\d+-[a-z]$/,
  'instance.name': /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/,
  'instance.id': /^\d+$/,
  'instance.projectId': /^[a-z][a-z0-9-]*[a-z0-9]$/,
};

/** `undefined`: no single value was found, which is no proof that there is none. */
export function passingValue(
  clause: string,
  condition: string,
  input: ConditionInput,
  evaluate: EvaluateCondition,
): PassingValue | undefined {
  const { target, scopes, now } = input;
  const subject = { grant: { target, scopes, expiresAt: undefined }, serviceAccount: undefined, now };
  const changes = VARIABLES.filter((name) => isNamed(name, clause)).flatMap((name) =>
    byLikeness(name, candidatesFor(name, clause, subject), clause).map((value) => ({
      name,
      // of it candidates are ages
      value: name === 'instance.createdAt' ? new Date(now.getTime() - Number(value)) : value,
    })),
  );
  const holds = (source: string, changed: ConditionInput) => {
    const result = evaluate(source, changed);
    return 'holds' in result && result.holds;
  };
  for (const [source, passes] of [
    [condition, 'condition'],
    [clause, 'clause'],
  ] as const) {
    const found = changes.find(({ name, value }) => holds(source, withValue(input, name, value)));
    if (found !== undefined) return { name: found.name, value: shown(found.value), passes };
  }
  return undefined;
}

/** Values of the clause's own before others, and those that look right before those that do not. */
function byLikeness(name: Variable, values: readonly Value[], clause: string): readonly Value[] {
  const shape = SHAPES[name];
  const rank = (value: Value) => {
    if (typeof value !== 'string') return 0;
    const literals = Array.from(clause.matchAll(/'([^']*)'|"([^"]*)"/g), ([, a, b]) => a ?? b ?? '');
    return (shape?.test(value) === false ? 2 : 0) + (literals.some((each) => value.includes(each)) ? 0 : 1);
  };
  return values.toSorted((one, other) => rank(one) - rank(other));
}

function withValue(input: ConditionInput, name: Variable, value: Value): ConditionInput {
  const { principal, scopes, now } = input;
  const { instance, serviceAccount, uniqueId } = principal;
  const [owner, field = ''] = name.split('.');
  if (owner === 'request') {
    return {
      ...input,
      now: value instanceof Date ? value : now,
      scopes: Array.isArray(value) ? value : scopes,
    };
  }
  const own = owner === 'instance' ? { ...instance, [field]: value } : instance;
  return {
    ...input,
    principal: supposedPrincipal({
      serviceAccount: name === 'serviceAccount.email' ? String(value) : serviceAccount,
      uniqueId: name === 'serviceAccount.uniqueId' ? String(value) : uniqueId,
      instance: own,
    }),
  };
}

function shown(value: Value): string {
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}
