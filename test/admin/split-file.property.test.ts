/**
 * A file that is read in pieces says what it says as a whole.
 */

import * as fc from '../support/properties.ts';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { placeOf, valueOfYaml } from '../../admin/files/yaml-text.ts';
import { splitFile } from '../../admin/files/split-file.ts';

const scalar = fc.constantFrom(
  'a',
  "'it''s: # no comment'",
  '"x\\ny"',
  '1',
  'a && b',
  '[a, b]',
  '{ a: b }',
  '|\n      two\n       lines\n',
  '>-\n      folded\n\n      text',
  '"over\n      lines"',
  '',
  '# comment',
);
const key = fc.constantFrom(
  'serviceAccount:a@p.iam.gserviceaccount.com',
  'instance:1:2',
  "'quoted: key'",
  '"double"',
  'principals',
);
const blank = fc.constantFrom('', '\n', '  # comment\n', '# at the left\n', '      # far in\n', '   \n');
const entry = fc
  .tuple(
    blank,
    key,
    fc.integer({ min: 1, max: 9 }),
    fc.uniqueArray(fc.tuple(fc.constantFrom('b', 'c', 'principals'), scalar), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(
    ([before, name, number, fields]) =>
      `${before}  ${name.replace(/(['"]?)$/, `${number}$1`)}:\n${fields.map(([field, value]) => `    ${field}: ${value}\n`).join('')}`,
  );
const top = fc.constantFrom('', '# head\n', "scopeSets:\n  a: ['x']\n", 'organization: { projects: [a] }\n');
const file = fc
  .tuple(
    top,
    fc.uniqueArray(entry, {
      maxLength: 5,
      selector: (text) => /\S+:\n/.exec(text.replace(/#.*\n/g, ''))?.[0],
    }),
    top,
  )
  .map(([head, entries, tail]) => `${head}principals:\n${entries.join('')}${tail === head ? '' : tail}`);

describe('a file in pieces', () => {
  it('is the file, value by value and line by line', () => {
    let pieces = 0;
    fc.assert(
      fc.property(file, (text) => {
        const split = splitFile('f', text);
        fc.pre(split !== undefined);
        const whole = parse(text) as { principals: Record<string, unknown> | null };
        const values = split.principals.map((yaml) => valueOfYaml(yaml));
        const joined = Object.assign(
          {},
          ...values.map((one) => ('value' in one ? one.value : { broken: one.problems })),
        ) as object;
        expect(joined).toEqual(whole.principals ?? {});
        const rest = valueOfYaml(split.rest);
        expect(rest).toEqual({ value: { ...whole, principals: null } });
        const lines = text.split('\n');
        for (const [index, yaml] of split.principals.entries()) {
          const [id = ''] = Object.keys((values[index] as { value: object }).value);
          const { line, source } = placeOf(yaml, [id]);
          expect(lines[line - 1]?.trimEnd()).toBe(source);
        }
        pieces += split.principals.length;
      }),
      { numRuns: 500 },
    );
    expect(pieces).toBeGreaterThan(300);
  });

  it.each([
    ['an anchor', 'principals:\n  a: &x 1\n  b: *x\n'],
    ['a merge key', 'principals:\n  a:\n    <<: *x\n'],
    ['several documents', 'principals:\n  a: 1\n---\nb: 1\n'],
    ['tabs', 'principals:\n  a:\n\tb: 1\n'],
    ['a list', 'principals:\n  - a\n'],
    ['flow style', 'principals: { a: 1 }\n'],
    ['a key that stands further left', 'principals:\n    a: 1\n  b: 1\n'],
    ['a complex key', 'principals:\n  ? a\n  : 1\n'],
    ['no principals', 'controls: {}\n'],
    ['a comment that an editor shows as a grantee', 'principals:\n  a: 1 #\u2028  b: 1\n'],
    ['a line that ends in the way of long ago', 'principals:\n  a: 1 #\r  b: 1\n'],
  ])('is not made where there is %s', (_, text) => {
    expect(splitFile('f', text)).toBeUndefined();
  });
});
