import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../refresher/child/environment.ts';
import { EXIT_CODES } from '../../refresher/exit-codes.ts';
import { COMMANDS, LISTS, OPTIONS } from '../../refresher/settings/options.ts';

const text = readFileSync(new URL('../../docs/refresher.md', import.meta.url), 'utf8');

describe('docs/refresher.md', () => {
  it('has the flags and variables of the program, in its order', () => {
    const rows = Array.from(
      text.matchAll(/^\| `(--[\w-]+)` +\| `(\w+)` +\| (.*?) +\|/gm),
      ([, ...cells]) => cells,
    );
    expect(rows.map(([flag, variable]) => ({ flag, variable }))).toEqual(
      OPTIONS.map(({ flag, variable }) => ({ flag, variable })),
    );
    const repeatable = rows.filter(([, , meaning]) => meaning?.includes('repeatable')).map(([flag]) => flag);
    expect(repeatable).toEqual(OPTIONS.filter(({ name }) => LISTS.has(name)).map(({ flag }) => flag));
  });

  it('has a section for each command', () => {
    for (const command of Object.keys(COMMANDS)) expect(text).toContain(`\n## ${command}\n`);
  });

  it('has every exit code', () => {
    const codes = Array.from(text.matchAll(/^\| (\d+) +\|/gm), ([, code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT_CODES));
  });

  it('names every variable that a child gets or loses', () => {
    const facts = { address: 'a:1', cloudSdkConfig: 'c', project: 'p', vmProject: undefined, inherited: {} };
    const { set, unset } = childEnvironment(facts);
    const section = text.slice(text.indexOf('## exec'), text.indexOf('## serve'));
    const named = (name: string) =>
      section.includes(name) || (name.startsWith('CLOUDSDK_AUTH_') && section.includes('`CLOUDSDK_AUTH_…`'));
    expect([...Object.keys(set), ...unset].filter((name) => !named(name))).toEqual([]);
  });
});
