/**
 * Beside a condition that does not hold: which part of it is false, and what the values in that part are. Pure.
 */

import { parseAudience } from '../../shared/member.ts';
import { listOfTexts } from '../documents/list-of-texts.ts';
import { firstFalseClause } from './clauses.ts';
import type { Situation } from './hints.ts';

export function conditionHints(
  grant: Readonly<Record<string, unknown>>,
  { principal, wanted, evaluateCondition, now }: Situation,
): readonly string[] {
  const { condition } = grant;
  const target = parseAudience(wanted.audience ?? '');
  if (typeof condition !== 'string' || target === undefined) return [];
  const scopes = wanted.isIdToken ? [] : listOfTexts(grant['scopes']);
  const clause = firstFalseClause(condition, { principal, target, scopes, now }, evaluateCondition);
  return [
    `the condition is ${condition}`,
    ...(clause === undefined
      ? []
      : [`false is ${clause.text}`, ...clause.values.map(([name, value]) => `${name} is ${value}`)]),
  ];
}
