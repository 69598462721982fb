import { describe, expect, it } from 'vitest';

import { parseBoundaryCondition } from './boundary-condition.ts';

const OBJECT = { resourceName: 'projects/_/buckets/b/objects/team-a/x', listPrefix: '' };
const LIST = { resourceName: 'projects/_/buckets/b', listPrefix: 'team-a/' };
const LIST_ATTRIBUTE = `api.getAttribute('storage.googleapis.com/objectListPrefix', '')`;

describe('a boundary condition', () => {
  it.each([
    [`resource.name.startsWith('projects/_/buckets/b/objects/team-a/')`, true],
    [`resource.name.startsWith("projects/_/buckets/b/objects/team-b/")`, false],
    [`resource.name == 'projects/_/buckets/b/objects/team-a/x'`, true],
    [`resource.name != 'projects/_/buckets/b/objects/team-a/x'`, false],
    [`resource.name.endsWith('/x') && resource.name.contains('team')`, true],
    [`false || true && false`, false],
    [`(true || false) && !false`, true],
    [`'it\\'s' == "it's"`, true],
    [`resource.name`, false],
    [`api.getAttribute('iam.googleapis.com/other', 'default') == 'default'`, true],
  ])('%s is %s', (source, expected) => {
    expect(parseBoundaryCondition(source)(OBJECT)).toBe(expected);
  });

  it('sees the prefix of a list request', () => {
    const condition = parseBoundaryCondition(`${LIST_ATTRIBUTE}.startsWith('team-a/')`);
    expect([condition(LIST), condition(OBJECT)]).toEqual([true, false]);
  });

  it('becomes wider when an alternative is injected into it', () => {
    const prefix = `x') || ('1'=='1`;
    const injected = `resource.name.startsWith('projects/_/buckets/b/objects/${prefix}')`;
    expect(parseBoundaryCondition(injected)(OBJECT)).toBe(true);
  });

  it.each([
    '',
    `resource.name.startsWith('x'`,
    `resource.name.startsWith('x')) `,
    `resource.labels == 'x'`,
    `'open`,
    `1 == 1`,
    `true || `,
    `resource.name.matches('x')`,
  ])('refuses %j', (source) => {
    expect(() => parseBoundaryCondition(source)).toThrow(SyntaxError);
  });
});
