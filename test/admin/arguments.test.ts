import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../admin/command-line/parse-arguments.ts';
import { COMMANDS } from '../../admin/commands.ts';

const parse = (line: string, environment = {}) => parseArguments(line.split(' '), environment, COMMANDS);

describe('the command line', () => {
  it.each([
    ['grant plan', 'there is no command "grant plan": did you mean grants plan?'],
    ['grants', 'there is no command "grants"'],
    ['expalin', 'there is no command "expalin": did you mean explain?'],
    ['grants plan a --projct x', 'grants plan has no flag --projct: did you mean --project?'],
    ['grants plan a -x', 'grants plan has no flag -x'],
    ['grants plan', 'grants plan needs PATH…'],
    ['status now', 'status takes flags alone: what is now?'],
    ['grants plan a --project', '--project needs a value: --project ID'],
    ['grants plan a --project=', '--project needs a value: --project ID'],
    ['grants plan a --json=yes', '--json takes no value'],
    ['grants plan a --project x --project y', '--project is given twice'],
  ])('%s is refused', (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });

  it('takes a flag before its variable, and a variable where there is no flag', () => {
    const environment = { GOOGLE_CLOUD_PROJECT: 'from-variable', TOKEN_VENDING_DATABASE: ' ' };
    expect(parse('status --project flag', environment)).toMatchObject({
      invocation: { values: { project: ['flag'] } },
    });
    expect(parse('status', environment)).toMatchObject({
      invocation: { values: { project: ['from-variable'] } },
    });
    expect(parse('status', environment)).not.toHaveProperty('invocation.values.database');
  });

  it('quotes nothing that may be a token', () => {
    const token = `eyJ${'a1B2'.repeat(20)}`;
    for (const line of [token, `explain x ${token}`, `explain --${token}`]) {
      expect(() => parse(line)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining(token) as string }) as Error,
      );
    }
  });
});
