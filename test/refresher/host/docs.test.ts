import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hostHelpText } from '../../../refresher/host/host-help.ts';
import { HOST_OPTIONS, TASK_OPTIONS } from '../../../refresher/host/settings/host-options.ts';
import { TASK_ERRORS } from '../../../refresher/host/task-error.ts';

const text = readFileSync(new URL('../../../docs/host.md', import.meta.url), 'utf8');

describe('docs/host.md', () => {
  it('has every error, with its status and its exit code', () => {
    const rows = Array.from(
      text.matchAll(/^\| `(\w+)` +\| (\d+) +\| (\d+) +\|/gm),
      ([, code, status, exit]) => [code, { status: Number(status), exitCode: Number(exit) }],
    );
    expect(Object.fromEntries(rows)).toEqual(TASK_ERRORS);
  });

  it('names every way to say what a task is', () => {
    for (const claim of ['pid', 'netns', 'cgroup', 'address']) expect(text).toContain(`\`--${claim}\``);
  });
});

describe('help', () => {
  it.each([
    ['host', HOST_OPTIONS],
    ['task', TASK_OPTIONS],
  ] as const)('of %s names every flag and every exit code, and fits a terminal', (command, options) => {
    const help = hostHelpText(command);
    for (const flag of Object.keys(options)) expect(help).toMatch(new RegExp(`^  --${flag}\\b`, 'm'));
    for (const { exitCode } of Object.values(TASK_ERRORS))
      expect(help).toMatch(new RegExp(`\\b${exitCode}  `));
    expect(help.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });
});
