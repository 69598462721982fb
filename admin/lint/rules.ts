/**
 * The rules, one table. Each has a row in docs/admin.md that says what to do.
 */

import type { EvaluateCondition } from '../../shared/grants/condition.ts';
import type { Rule } from './rule.ts';
import { administratorTarget } from './rules/administrator-target.ts';
import { broadUserScope } from './rules/broad-user-scope.ts';
import { conditionRules } from './rules/condition.ts';
import { expiryPast } from './rules/expiry-past.ts';
import { grantShadowed } from './rules/grant-shadowed.ts';
import { lifetimeNotExtended, lifetimeUnknown } from './rules/lifetime.ts';
import { callerOutside, userOutside } from './rules/outside.ts';
import { pinMissing } from './rules/pin-missing.ts';
import { scopeRedundant } from './rules/scope-redundant.ts';

export function lintRules(evaluate: EvaluateCondition): readonly Rule[] {
  return [
    pinMissing,
    expiryPast,
    administratorTarget,
    broadUserScope,
    lifetimeNotExtended,
    lifetimeUnknown,
    grantShadowed,
    scopeRedundant,
    callerOutside,
    userOutside,
    ...conditionRules(evaluate),
  ];
}
