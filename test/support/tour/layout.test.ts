import { describe, expect, test } from 'vitest';
import { table, wrap } from './layout.ts';

describe('a line that is too long', () => {
  test('is broken between words, and goes on under the first', () => {
    expect(wrap('  one two three', 10)).toEqual(['  one two', '  three']);
  });

  test('goes on under the second word in a table', () => {
    expect(wrap('  name  one two three', 15)).toEqual(['  name  one two', '        three']);
  });

  test('stays whole where it is one word', () => {
    expect(wrap('  http://127.0.0.1:8180/a', 10)).toEqual(['  http://127.0.0.1:8180/a']);
  });
});

describe('a table', () => {
  test('has its values in one column, and no name without a value', () => {
    expect(table({ a: '1', absent: undefined, long: '2' }, 2)).toEqual(['  a     1', '  long  2']);
  });
});
