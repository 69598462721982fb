import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { renderEnvironment } from '../../../refresher/child/render.ts';

const VALUES = { PLAIN: '127.0.0.1:1,a', ODD: `it's $HOME "here" \`x\` \\`, SPACED: 'a b' };
const VARIABLES = { set: VALUES, unset: ['GONE', 'ABSENT'] };
const INHERITED = { GONE: 'something', ABSENT: '' };

describe('variables', () => {
  it('for a shell mean the same to the shell', () => {
    const text = renderEnvironment(VARIABLES, 'sh', INHERITED);
    const script = `${text}\nprintf '%s\\n' "$PLAIN" "$ODD" "$SPACED" "\${GONE-unset}"`;
    const printed = execFileSync('/bin/sh', ['-c', script], { env: { GONE: 'x' }, encoding: 'utf8' });
    expect(printed.split('\n').slice(0, 4)).toEqual([VALUES.PLAIN, VALUES.ODD, VALUES.SPACED, 'unset']);
  });

  it('for a program are JSON, null for those to be removed', () => {
    expect(JSON.parse(renderEnvironment(VARIABLES, 'json', INHERITED))).toEqual({
      ...VALUES,
      GONE: null,
      ABSENT: null,
    });
  });

  it('for docker are lines without quotes', () => {
    expect(renderEnvironment({ set: { A: 'b c', D: "e'f" }, unset: ['GONE'] }, 'docker', INHERITED)).toBe(
      "A=b c\nD=e'f\n",
    );
  });

  it('for github empty what is there and should not be', () => {
    expect(renderEnvironment({ set: { A: 'b' }, unset: ['GONE', 'ABSENT'] }, 'github', INHERITED)).toBe(
      'A=b\nGONE=\n',
    );
  });

  it.each(['docker', 'github'] as const)('for %s cannot begin another variable', (format) => {
    for (const value of ['a\nEVIL=1', 'a\rEVIL=1']) {
      expect(() => renderEnvironment({ set: { A: value }, unset: [] }, format, {})).toThrow(/A would hold/);
    }
  });
});
