import * as fc from '../../support/properties.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { createConditionEvaluator, type ConditionInput } from '../../../shared/grants/condition.ts';
import { verifiedWorker } from '../../support/domain/callers.ts';
import { NOW } from '../../support/domain/clock.ts';

let input: ConditionInput;
beforeAll(async () => {
  const target = { kind: 'user', email: 'alice@example.com', member: 'user:alice@example.com' } as const;
  input = { principal: await verifiedWorker(), target, scopes: ['openid', 'email'], now: NOW };
});

const name = fc.constantFrom(
  'instance',
  'instance.zone',
  'instance.projectNumber',
  'instance.confidential',
  'instance.createdAt',
  'serviceAccount.email',
  'request',
  'request.scopes',
  'request.time',
  'request.target',
  'x',
  '__proto__',
  'constructor',
);
const literal = fc.constantFrom(
  'true',
  'false',
  '0',
  '1',
  '1.5',
  '-1',
  "'us'",
  "''",
  'null',
  '[]',
  '{}',
  "b'a'",
  '1u',
);
const operator = fc.constantFrom(
  '==',
  '!=',
  '<',
  '&&',
  '||',
  '+',
  '-',
  '*',
  '/',
  '%',
  'in',
  '?',
  ':',
  '.',
  ',',
);
const call = fc.constantFrom(
  'size(',
  'has(',
  'string(',
  'int(',
  'timestamp(',
  'duration(',
  'dyn(',
  'type(',
  '.startsWith(',
  '.contains(',
  '.substring(',
  '.indexOf(',
  '.getHours(',
  '.matches(',
  '.exists(',
  '.all(',
  '.map(',
  '.filter(',
  '.join(',
  '.split(',
  '.replace(',
  '.format(',
  'cel.bind(',
);
const bracket = fc.constantFrom('(', ')', '[', ']', '{', '}', ')', ')');
const part = fc.oneof(name, literal, operator, call, bracket, fc.string({ unit: 'binary', maxLength: 2 }));

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    name,
    literal,
    fc.tuple(tie('expression'), operator, tie('expression')).map((parts) => parts.join(' ')),
    fc.tuple(call, tie('expression')).map(([before, inner]) => `${before}${inner})`),
    fc
      .tuple(tie('expression'), call, tie('expression'))
      .map(([left, before, inner]) => `${left}${before}${inner})`),
    tie('expression').map((inner) => `!(${inner})`),
  ),
}));

describe('a condition', () => {
  it('holds, does not hold or has a problem, whatever it says, and throws nothing', () => {
    const evaluate = createConditionEvaluator();
    const source = fc.oneof(
      expression,
      fc.array(part, { maxLength: 12 }).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(source, (text) => {
        const result = evaluate(text, input);
        expect('holds' in result ? typeof result.holds : typeof result.problem).toMatch(
          /^(?:boolean|string)$/,
        );
      }),
      { numRuns: 1500 },
    );
  });

  it('says the same each time it is asked the same', () => {
    const evaluate = createConditionEvaluator();
    fc.assert(
      fc.property(expression, (text) => {
        const first = evaluate(text, input);
        expect(evaluate(text, input)).toEqual(first);
        expect(createConditionEvaluator()(text, input)).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });

  it('never holds where it loops, matches a pattern or is no bool', () => {
    const evaluate = createConditionEvaluator();
    const forbidden = fc.constantFrom(
      "instance.zone.matches('.*')",
      "request.scopes.exists(scope, scope != '')",
      'request.scopes.all(scope, true)',
      'size(request.scopes.map(scope, scope)) > 0',
      'size(request.scopes.filter(scope, true)) > 0',
      'instance.zone',
      '1',
      'request',
      'null',
    );
    const around = fc.constantFrom(
      '@',
      '(@)',
      '@ && true',
      'true && @',
      'true ? @ : true',
      '!!(@)',
      '[@][0]',
    );
    fc.assert(
      fc.property(forbidden, fc.array(around, { maxLength: 3 }), (text, wrappers) => {
        const source = wrappers.reduce<string>((inner, wrapper) => wrapper.replace('@', () => inner), text);
        expect(evaluate(source, input)).not.toHaveProperty('holds');
      }),
      { numRuns: 300 },
    );
  });
});
