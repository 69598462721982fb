import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../../refresher/exit-codes.ts';
import { helpText } from '../../../refresher/settings/help.ts';
import { ALL_OPTIONS, COMMANDS, isCommandName } from '../../../refresher/settings/options.ts';

const COMMAND_NAMES = Object.keys(COMMANDS).filter(isCommandName);

describe('help', () => {
  it('names every command, every flag and every variable', () => {
    const text = helpText(undefined);
    for (const name of COMMAND_NAMES) expect(text).toContain(`refresher ${name}`);
    for (const [, { flag, variable = flag }] of ALL_OPTIONS) {
      expect(text).toContain(`  ${flag}`);
      expect(text).toContain(variable);
    }
  });

  it.each(COMMAND_NAMES)('of %s has its flags, and no others', (command) => {
    const text = helpText(command).split('\nFlags\n')[1] ?? '';
    const shown = Array.from(text.matchAll(/^ {2}(--[\w-]+)/gm), ([, flag]) => flag);
    const used = ALL_OPTIONS.filter(([, { usedBy }]) => usedBy.includes(command));
    expect(shown).toEqual(used.map(([, { flag }]) => flag));
  });

  it.each([undefined, ...COMMAND_NAMES])('of %s fits a terminal and explains the exit codes', (command) => {
    const text = helpText(command);
    expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]);
    for (const code of [69, 77, 78, 64]) {
      expect(Object.values(EXIT_CODES)).toContain(code);
      expect(text).toMatch(new RegExp(`\\b${code} {2}`));
    }
  });

  it('has a variable named as its flag for every option but a command’s own', () => {
    const named = (flag: string) => `TOKEN_VENDING_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`;
    const odd = ALL_OPTIONS.filter(([, { flag, variable }]) => variable !== named(flag));
    expect(odd.map(([, { variable, usedBy }]) => ({ variable, usedBy }))).toEqual([
      { variable: undefined, usedBy: ['env'] },
    ]);
  });
});
