/**
 * Conditions that do not work, that decide nothing, or that let more through than they seem to.
 */

import type { EvaluateCondition } from '../../../shared/grants/condition.ts';
import { probeCondition, type Probe } from '../probe-condition.ts';
import { ofEachGrant, type LintedDocument, type Rule, type RuleFinding } from '../rule.ts';
import type { Grant } from '../../../shared/grants/grant.ts';

type Conclude = (probe: Probe) => string | undefined;

export function conditionRules(evaluate: EvaluateCondition): readonly Rule[] {
  const probed = (code: string, severity: Rule['severity'], conclude: Conclude): Rule => ({
    code,
    severity,
    check: ofEachGrant(function* check(grant, document, { now }) {
      const reason = reasonFor(grant, document, now, conclude);
      if (reason !== undefined) yield { keys: ['condition'], reason };
    }),
  });

  function reasonFor(
    grant: Grant,
    document: LintedDocument,
    now: Date,
    conclude: Conclude,
  ): string | undefined {
    return grant.condition === undefined
      ? undefined
      : conclude(probeCondition(grant.condition, grant, document, evaluate, now));
  }

  return [
    probed('condition-invalid', 'error', ({ holds, fails, problem }) =>
      holds || fails ? undefined : problem,
    ),
    probed('condition-may-fail', 'warning', ({ holds, fails, problem }) =>
      (holds || fails) && problem !== undefined ? `it fails for some callers: ${problem}` : undefined,
    ),
    probed('condition-never-true', 'warning', ({ holds, fails, problem, isPartial }) =>
      fails && !holds && problem === undefined && !isPartial
        ? 'no caller was found for which it is true'
        : undefined,
    ),
    probed('condition-always-true', 'warning', ({ holds, fails, problem, isPartial }) =>
      holds && !fails && problem === undefined && !isPartial
        ? 'no caller was found for which it is false'
        : undefined,
    ),
    { code: 'condition-open-prefix', severity: 'warning', check: ofEachGrant(openPrefixes) },
  ];
}

/** `startsWith('us-central1')` also lets `us-central10-a` through. */
function* openPrefixes({ condition = '' }: Grant): Generator<Omit<RuleFinding, 'id'>> {
  for (const [, prefix = ''] of condition.matchAll(/\.startsWith\(\s*['"]([^'"]*)['"]\s*\)/g)) {
    if (/[-.:/@_]$/.test(prefix)) continue;
    yield {
      keys: ['condition'],
      reason: `the prefix '${prefix}' ends without its delimiter: ${prefix}0 begins with it, too`,
    };
  }
}
