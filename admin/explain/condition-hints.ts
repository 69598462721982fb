/**
 * Beside a condition that does not hold: which part of it is false, and what the values in that part are, and which would
 * have passed. Pure.
 */

import { parseAudience } from '../../shared/member.ts';
import { listOfTexts } from '../documents/list-of-texts.ts';
import { firstFalseClause } from './clauses.ts';
import type { Situation } from './hints.ts';
import { passingValue, type PassingValue } from './passing-value.ts';

export function conditionHints(
  grant: Readonly<Record<string, unknown>>,
  { principal, wanted, evaluateCondition, now }: Situation,
): readonly string[] {
  const { condition } = grant;
  const target = parseAudience(wanted.audience ?? '');
  if (typeof condition !== 'string' || target === undefined) return [];
  const scopes = wanted.isIdToken ? [] : listOfTexts(grant['scopes']);
  const input = { principal, target, scopes, now };
  const clause = firstFalseClause(condition, input, evaluateCondition);
  if (clause === undefined) return [`the condition is ${condition}`];
  const passing = passingValue(clause.text, condition, input, evaluateCondition);
  return [
    `the condition is ${condition}`,
    `false is ${clause.text}`,
    ...clause.values.map(([name, value]) => `${name} is ${value}`),
    ...(passing === undefined ? [] : [passingLine(passing)]),
  ];
}

function passingLine({ name, value, passes }: PassingValue): string {
  const what = passes === 'condition' ? 'it' : 'that part';
  return `with ${name} ${value}, for one, ${what} would pass`;
}
