import { describe, expect, it } from 'vitest';
import { commandsOf } from './shell-commands.ts';

describe('the commands of a script', () => {
  it.each([
    ['on lines', 'a b\nc', [['a', 'b'], ['c']]],
    ['in quotes, as one word', `a 'b c' "d \\"e\\""f`, [['a', 'b c', 'd "e"f']]],
    ['on a line that goes on', 'a \\\n  b', [['a', 'b']]],
    ['without what is said about them', '# first\na b # then', [['a', 'b']]],
    ['with a mark that begins no comment', 'a b#c', [['a', 'b#c']]],
    ['one after the other', 'a | b && c; d', [['a'], ['b'], ['c'], ['d']]],
    ['without the files that they read and write', 'a <b > "$C" 2>&1 d 2> /e | f >>g', [['a', 'd'], ['f']]],
    ['in a loop', 'for x in 1 2; do\n  a "$x"\ndone', [['for', 'x', 'in', '1', '2'], ['a', '$x'], ['done']]],
    ['with variables of their own', 'export A=1 B=$(c d)', [['c', 'd']]],
    ['within a word of another', `a "x $(b c)" <(d)`, [['a', 'x $(b c)', 'printed'], ['b', 'c'], ['d']]],
    [
      'within brackets',
      "a $(b 'c(d)')",
      [
        ['a', 'printed'],
        ['b', 'c(d)'],
      ],
    ],
    ['of which there are none', '\n# nothing\n', []],
  ])('are found %s', (_, script, commands) => {
    expect(commandsOf(script)).toEqual(commands);
  });
});
