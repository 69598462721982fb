import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../../refresher/exit-codes.ts';
import { helpText } from '../../../refresher/settings/help.ts';
import { COMMANDS, isCommandName, OPTIONS } from '../../../refresher/settings/options.ts';

const COMMAND_NAMES = Object.keys(COMMANDS).filter(isCommandName);

describe('help', () => {
  it('names every command, every flag and every variable', () => {
    const text = helpText(undefined);
    for (const name of COMMAND_NAMES) expect(text).toContain(`  ${name} `);
    for (const { flag, variable } of OPTIONS)
      expect(text).toMatch(new RegExp(`^  ${flag} .* ${variable}$`, 'm'));
  });

  it.each(COMMAND_NAMES)('of %s has its flags, and no others', (command) => {
    const text = helpText(command).split('\nFlags, ')[1] ?? '';
    const shown = Array.from(text.matchAll(/^ {2}(--[\w-]+)/gm), ([, flag]) => flag);
    const used = OPTIONS.filter(({ usedBy }) => usedBy.split(' ').includes(command));
    expect(shown.length).toBeGreaterThan(3);
    expect(shown).toEqual(used.map(({ flag }) => flag));
  });

  it.each([undefined, ...COMMAND_NAMES])('of %s fits a terminal and explains the exit codes', (command) => {
    const text = helpText(command);
    expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]);
    for (const code of [64, 69, 77, 78]) {
      expect(Object.values(EXIT_CODES)).toContain(code);
      expect(text).toMatch(new RegExp(`^  ${code}  `, 'm'));
    }
  });
});

describe('an option', () => {
  it('has a flag and a variable that say the same', () => {
    const { flag, variable } = OPTIONS.find(({ name }) => name === 'impersonateAudience') ?? {};
    expect({ flag, variable }).toEqual({
      flag: '--impersonate-audience',
      variable: 'TOKEN_VENDING_IMPERSONATE_AUDIENCE',
    });
  });

  it('is used by commands that exist', () => {
    const used = new Set(OPTIONS.flatMap(({ usedBy }) => usedBy.split(' ')));
    expect([...used].toSorted()).toEqual(COMMAND_NAMES.toSorted());
  });
});
