/**
 * Looks for a caller for which a condition holds, and for one for which it does not, by asking the functions' own evaluator
 * about callers that are made of what the condition itself names. Pure.
 *
 * Finding none is no proof, so a finding is a warning. Each variable takes the values that its clause compares it with,
 * values beside them, and a few of its own; all combinations are tried, up to a bound.
 */

import type { ConditionInput, EvaluateCondition } from '../../shared/grants/condition.ts';
import type { Grant } from '../../shared/grants/grant.ts';
import { candidatesFor, isNamed, VARIABLES, type Value, type Variable } from '../conditions/candidates.ts';
import { supposedPrincipal, type Supposed } from '../documents/supposed-principal.ts';
import type { LintedDocument } from './rule.ts';

export interface Probe {
  readonly holds: boolean;
  readonly fails: boolean;
  /** Of some caller; the evaluator's words. */
  readonly problem: string | undefined;
  /** Not all combinations were tried. */
  readonly isPartial: boolean;
}

const MAX_COMBINATIONS = 6000;

export function probeCondition(
  source: string,
  grant: Grant,
  document: LintedDocument,
  evaluate: EvaluateCondition,
  now: Date,
): Probe {
  const serviceAccount =
    document.kind === 'serviceAccount' ? document.id.slice('serviceAccount:'.length) : undefined;
  const named = VARIABLES.filter((variable) => isNamed(variable, source));
  const choices = named.map((variable) => candidatesFor(variable, source, { grant, serviceAccount, now }));
  const total = choices.reduce((product, { length }) => product * length, 1);
  const tried = Math.min(total, MAX_COMBINATIONS);
  let holds = false;
  let fails = false;
  let problem: string | undefined;
  for (let index = 0; index < tried; index += 1) {
    // spread over all of them where not all are tried
    const at = total <= tried ? index : Math.floor((index * total) / tried) + (index % 7);
    const values = combination(choices, at % total);
    const result = evaluate(
      source,
      inputOf(new Map(named.map((variable, i) => [variable, values[i]])), { grant, document, now }),
    );
    if ('problem' in result) problem ??= result.problem;
    else if (result.holds) holds = true;
    else fails = true;
    if (holds && fails) break;
  }
  return { holds, fails, problem, isPartial: tried < total };
}

function combination(choices: readonly (readonly Value[])[], index: number): readonly (Value | undefined)[] {
  let rest = index;
  return choices.map((values) => {
    const value = values[rest % values.length];
    rest = Math.floor(rest / values.length);
    return value;
  });
}

interface Subject {
  readonly grant: Grant;
  readonly document: LintedDocument;
  readonly now: Date;
}

const ANY: Supposed = {
  serviceAccount: 'any@any-project.iam.gserviceaccount.com',
  uniqueId: '100000000000000000001',
  instance: {
    id: '1234567890123456789',
    name: 'any',
    zone: 'us-central1-a',
    projectId: 'any-project',
    projectNumber: 123456789012,
    createdAt: new Date(0),
    confidential: false,
  },
};

function inputOf(
  values: ReadonlyMap<Variable, Value | undefined>,
  { grant, document, now }: Subject,
): ConditionInput {
  const text = (variable: Variable, other: string) => {
    const value = values.get(variable);
    return typeof value === 'string' ? value : other;
  };
  const time = values.get('request.time');
  const at = time instanceof Date ? time : now;
  const age = values.get('instance.createdAt');
  const zone = text('instance.zone', ANY.instance.zone);
  const number = values.get('instance.projectNumber');
  const [, ownNumber, ownId] = document.kind === 'instance' ? document.id.split(':') : [];
  const scopes = values.get('request.scopes');
  const ownEmail =
    document.kind === 'serviceAccount' ? document.id.slice('serviceAccount:'.length) : ANY.serviceAccount;
  const principal = supposedPrincipal({
    serviceAccount: text('serviceAccount.email', ownEmail),
    uniqueId: document.envelope.uniqueId ?? text('serviceAccount.uniqueId', ANY.uniqueId),
    instance: {
      id: ownId ?? text('instance.id', ANY.instance.id),
      name: text('instance.name', ANY.instance.name),
      zone,
      projectId: text('instance.projectId', ANY.instance.projectId),
      projectNumber: Number(ownNumber ?? (typeof number === 'number' ? number : ANY.instance.projectNumber)),
      createdAt: new Date(at.getTime() - (typeof age === 'number' ? age : 0)),
      confidential: values.get('instance.confidential') === true,
    },
  });
  return { principal, target: grant.target, scopes: Array.isArray(scopes) ? scopes : grant.scopes, now: at };
}
