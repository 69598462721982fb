import { Environment } from '@marcbachmann/cel-js';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createConditionEvaluator,
  type ConditionInput,
  type ConditionResult,
} from '../../../shared/grants/condition.ts';
import type { Principal } from '../../../shared/identity/principal.ts';
import type { Target } from '../../../shared/member.ts';
import { verifiedWorker } from '../../support/domain/callers.ts';
import { NOW } from '../../support/domain/clock.ts';
import { ALICE, ALICE_MEMBER, DRIVE } from '../../support/domain/questions.ts';

const TARGET: Target = { kind: 'user', email: ALICE, member: ALICE_MEMBER };

let worker: Principal;
beforeAll(async () => {
  worker = await verifiedWorker();
});

const evaluate = createConditionEvaluator();

function check(source: string, changes: Partial<ConditionInput> = {}): ConditionResult {
  return evaluate(source, { principal: worker, target: TARGET, scopes: [DRIVE], now: NOW, ...changes });
}

describe('a condition sees', () => {
  it.each([
    `instance.id == '2875949485074006138'`,
    `instance.name == 'worker-1'`,
    `instance.zone == 'us-central1-a'`,
    `instance.region == 'us-central1'`,
    `instance.projectId == 'acme-workers'`,
    'instance.projectNumber == 326694433618',
    `instance.createdAt == timestamp('2026-02-28T09:00:00Z')`,
    'instance.confidential == false',
    `serviceAccount.email == 'worker@acme-workers.iam.gserviceaccount.com'`,
    `serviceAccount.uniqueId == '109422233875895820585'`,
    `request.time == timestamp('2026-03-01T12:00:00Z')`,
    `request.scopes == ['https://www.googleapis.com/auth/drive.readonly']`,
    `request.target == 'user:alice@example.com'`,
  ])('%s', (source) => {
    expect(check(source)).toEqual({ holds: true });
  });

  it('no scopes where none are effective', () => {
    expect(check('size(request.scopes) == 0', { scopes: [] })).toEqual({ holds: true });
  });

  it('each exchange anew, compiled once as it is', async () => {
    const source = `instance.zone.startsWith('us-central1-') && request.time < timestamp('2026-03-02T00:00:00Z')`;
    const abroad = await verifiedWorker({ zone: 'europe-west1-b' });
    expect(check(source)).toEqual({ holds: true });
    expect(check(source, { principal: abroad })).toEqual({ holds: false });
    expect(check(source, { now: new Date('2026-03-02T00:00:00Z') })).toEqual({ holds: false });
    expect(check(source)).toEqual({ holds: true });
  });
});

describe('a condition may use', () => {
  it.each([
    'true && !false || false',
    'instance.confidential ? false : true',
    `'${DRIVE}' in request.scopes`,
    `request.scopes[0].endsWith('.readonly')`,
    `instance.name.startsWith('w') && instance.name.endsWith('1') && instance.name.contains('-')`,
    `instance.name.indexOf('r') == 2 && instance.name.lastIndexOf('r') == 5`,
    `instance.name.substring(0, 6) == 'worker' && instance.name.upperAscii() == 'WORKER-1'`,
    `' A '.trim().lowerAscii() == 'a'`,
    `size(instance.name) == 8 && instance.name.size() == 8`,
    'type(instance.projectNumber) == int',
    `int('1') == 1 && uint('1') == 1u && double('1.5') == 1.5 && string(1) == '1' && bool('true')`,
    `bytes('a') == b'a' && dyn(1) == 1`,
    `request.time - instance.createdAt < duration('48h')`,
    'request.time.getFullYear() == 2026 && request.time.getMonth() == 2 && request.time.getDate() == 1',
    'request.time.getDayOfWeek() == 0 && request.time.getDayOfMonth() == 0 && request.time.getDayOfYear() == 59',
    `request.time.getHours('America/New_York') == 7 && request.time.getMinutes() == 0`,
    'request.time.getSeconds() == 0 && request.time.getMilliseconds() == 0',
    'true // with a comment',
  ])('%s', (source) => {
    expect(check(source)).toEqual({ holds: true });
  });
});

describe('a condition may not use', () => {
  it.each([
    { source: `instance.name.matches('worker-.*')`, name: 'matches' },
    { source: `matches(instance.name, 'worker-.*')`, name: 'matches' },
    { source: `request.scopes.exists(scope, scope == 'x')`, name: 'exists' },
    { source: `request.scopes.exists_one(scope, scope == 'x')`, name: 'exists_one' },
    { source: `request.scopes.all(scope, scope == 'x')`, name: 'all' },
    { source: 'request.scopes.map(scope, scope) == []', name: 'map' },
    { source: 'request.scopes.map(scope, true, scope) == []', name: 'map' },
    { source: 'request.scopes.filter(scope, true) == []', name: 'filter' },
    { source: 'cel.bind(x, instance.name, x + x == x)', name: 'bind' },
    { source: `instance.name.split('') == []`, name: 'split' },
    { source: `request.scopes.join(instance.name) == ''`, name: 'join' },
    { source: `instance.name.replace('', instance.name) == ''`, name: 'replace' },
    { source: `'%s'.format([instance.name]) == ''`, name: 'format' },
    // it would take a misspelt field for an absent one
    { source: '!has(instance.confidental)', name: 'has' },
    { source: 'unheardOf(instance.name)', name: 'unheardOf' },
    { source: 'instance.name.unheardOf()', name: 'unheardOf' },
  ])('$source', ({ source, name }) => {
    expect(check(source)).toEqual({ problem: `uses ${name}(), which conditions may not` });
  });

  const LOOP = 'request.scopes.map(s, s)';
  it.each([
    `!(${LOOP} == [])`,
    `-size(${LOOP}) == 1`,
    `true || ${LOOP} == []`,
    `true ? ${LOOP} == [] : true`,
    `[[${LOOP}]].size() == 1`,
    `{'a': ${LOOP}}.size() == 1`,
    `{${LOOP}[0]: 1}.size() == 1`,
    `request.scopes[${LOOP}.size()] == ''`,
    `dyn(${LOOP}) == []`,
    `instance.name.startsWith(${LOOP}[0])`,
    `dyn(request.scopes).map(s, s) == []`,
  ])('a loop, as deep as in %s', (source) => {
    expect(check(source)).toEqual({ problem: 'uses map(), which conditions may not' });
  });

  it('any function of the library that is not among these', () => {
    const allowed =
      `bool bytes contains double duration dyn endsWith getDate getDayOfMonth getDayOfWeek getDayOfYear
      getFullYear getHours getMilliseconds getMinutes getMonth getSeconds indexOf int lastIndexOf lowerAscii size
      startsWith string substring timestamp trim type uint upperAscii`.split(/\s+/);
    const { functions } = new Environment().getDefinitions();
    const names = [...new Set(functions.map(({ name }) => name))];
    const passed = names.filter((name) => {
      const asFunction = check(`${name}(1)`);
      const asMethod = check(`instance.name.${name}(1)`);
      const refusal = { problem: `uses ${name}(), which conditions may not` };
      return JSON.stringify([asFunction, asMethod]) !== JSON.stringify([refusal, refusal]);
    });
    expect(passed.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(allowed.length);
  });
});

describe('a condition is bounded', () => {
  it.each([
    { what: 'nodes', source: `${Array(300).fill('1').join('+')} == 300`, limit: 'maxAstNodes (256)' },
    { what: 'depth', source: `${'('.repeat(33)}true${')'.repeat(33)}`, limit: 'maxDepth (32)' },
    {
      what: 'list items',
      source: `size([${Array(129).fill('1').join(',')}]) == 129`,
      limit: 'maxListElements (128)',
    },
    {
      what: 'map entries',
      source: `size({${Array.from({ length: 33 }, (_, key) => `${key}:1`).join(',')}}) == 33`,
      limit: 'maxMapEntries (32)',
    },
    { what: 'arguments', source: 'size(1, 2, 3, 4, 5) == 1', limit: 'maxCallArguments (4)' },
  ])('in its $what', ({ source, limit }) => {
    expect(source.length).toBeLessThanOrEqual(1024);
    expect(check(source)).toEqual({ problem: `Exceeded ${limit}` });
  });

  it('in the length of the text it can make: no more than its own and that of its variables', () => {
    const longest = `size(${Array(62).fill('instance.name').join('+')})`;
    expect(longest.length).toBeLessThan(1024);
    expect(check(`${longest} == ${62 * 8}`)).toEqual({ holds: true });
    expect(check(`size(instance.name * 1000) == 8000`)).toEqual({
      problem: 'no such overload: string * int',
    });
  });
});

describe('a condition is a problem', () => {
  it.each([
    { what: 'is empty', source: '', problem: 'Unexpected token: EOF' },
    { what: 'is blank', source: '  ', problem: 'Unexpected token: EOF' },
    { what: 'is half an expression', source: 'true &&', problem: 'Unexpected token: EOF' },
    { what: 'has an unknown variable', source: 'vm.zone == "a"', problem: 'Unknown variable: vm' },
    { what: 'has an unknown field', source: 'instance.label == "a"', problem: 'No such key: label' },
    {
      what: 'has one behind a short circuit',
      source: 'true || instance.label == "a"',
      problem: 'No such key: label',
    },
    {
      what: 'reaches for a prototype',
      source: 'instance.constructor == "a"',
      problem: 'No such key: constructor',
    },
    { what: 'mixes types', source: 'instance.id == 1', problem: 'no such overload: string == int' },
    {
      what: 'compares with null',
      source: 'instance.name == null',
      problem: 'no such overload: string == null',
    },
    { what: 'is an int', source: 'instance.projectNumber', problem: 'is of type int, not bool' },
    { what: 'is a string', source: '"true"', problem: 'is of type string, not bool' },
    { what: 'is a map', source: 'instance', problem: 'is of type $instance, not bool' },
    { what: 'turns out to be no bool', source: 'dyn(instance.name)', problem: 'did not evaluate to a bool' },
    { what: 'divides by zero', source: '1 / 0 == 1', problem: 'division by zero' },
    {
      what: 'looks past the end of a list',
      source: 'request.scopes[1] == "a"',
      problem: 'No such key: index out of bounds, index 1 >= size 1',
    },
    {
      what: 'cannot convert',
      source: 'int(instance.name) == 1',
      problem: 'int() type error: cannot convert to int',
    },
    {
      what: 'is no instant',
      source: 'timestamp("soon") == request.time',
      problem: 'timestamp() requires a string in ISO 8601 format',
    },
    {
      what: 'cannot decide either side',
      source: 'int(instance.name) == 1 || instance.confidential',
      problem: 'int() type error: cannot convert to int',
    },
  ])('where it $what', ({ source, problem }) => {
    expect(check(source)).toEqual({ problem });
  });

  it('which is told in one line', () => {
    expect(check('true &&\n\n instance.label ==\n "a"')).toEqual({ problem: 'No such key: label' });
  });

  it('each time, not only the first', () => {
    expect(check('vm.zone == "a"')).toEqual(check('vm.zone == "a"'));
    expect(check('instance.projectNumber')).toEqual({ problem: 'is of type int, not bool' });
    expect(check('instance.projectNumber')).toEqual({ problem: 'is of type int, not bool' });
  });

  it('has(), which is false of a misspelt field instead of saying so', () => {
    expect(check('!has(instance.confidental)')).toHaveProperty('problem');
  });
});

describe('compiled conditions', () => {
  it('are more than fit into memory, and evaluate all the same', () => {
    for (let index = 0; index < 1100; index += 1) {
      expect(check(`instance.projectNumber == ${index}`)).toEqual({ holds: false });
    }
    expect(check('instance.projectNumber == 326694433618')).toEqual({ holds: true });
  });
});
