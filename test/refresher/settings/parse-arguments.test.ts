import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../refresher/settings/parse-arguments.ts';
import { failureOf } from './failures.ts';

const words = (line: string) => line.split(' ').filter((word) => word !== '');
const parse = (line: string) => parseArguments(words(line));

describe('a command line', () => {
  it('is a command and its flags, in both spellings and in any order', () => {
    const flags = {
      target: [{ value: 'user:a@example.com', source: '--target' }],
      wait: [{ value: '5', source: '--wait' }],
      metrics: [{ value: 'true', source: '--metrics' }],
    };
    const expected = { kind: 'command', command: 'serve', flags, child: [] };
    expect(parse('serve --target user:a@example.com --wait=5 --metrics')).toEqual(expected);
    expect(parse('--metrics --wait 5 serve --target=user:a@example.com')).toEqual(expected);
  });

  it('repeats a list, and keeps what stands after the first equals sign', () => {
    const { flags } = parse('token --target a --target b --delegate-audience=x=y') as {
      flags: Record<string, unknown>;
    };
    expect(flags['target']).toEqual([
      { value: 'a', source: '--target' },
      { value: 'b', source: '--target' },
    ]);
    expect(flags['delegateAudience']).toEqual([{ value: 'x=y', source: '--delegate-audience' }]);
  });

  it.each([
    ['exec -- env -i --help --target x', ['env', '-i', '--help', '--target', 'x']],
    ['exec env -i --help -- x', ['env', '-i', '--help', '--', 'x']],
    ['exec --wait 3 -- -- x', ['--', 'x']],
    ['exec --metrics python -c pass', ['python', '-c', 'pass']],
  ])('%s leaves the child’s own words alone', (line, child) => {
    expect(parse(line)).toMatchObject({ kind: 'command', command: 'exec', child });
  });

  it.each(['--help', '-h', 'help', 'serve --listen x --help', 'help exec', 'exec --help -- x'])(
    '%s asks for help',
    (line) => expect(parse(line).kind).toBe('help'),
  );

  it('asks for the help of one command', () => {
    expect(parse('exec --help')).toEqual({ kind: 'help', command: 'exec' });
    expect(parse('help adc')).toEqual({ kind: 'help', command: 'adc' });
    expect(parse('--help')).toEqual({ kind: 'help', command: undefined });
  });

  it('asks for the version', () => expect(parse('--version')).toEqual({ kind: 'version' }));

  it('takes every flag at every command', () => {
    expect(parse('adc --listen 127.0.0.1:1 --wait 3 --token-file x --format sh').kind).toBe('command');
  });
});

describe('is bad usage:', () => {
  it.each([
    ['', /no command given: see refresher --help/],
    ['serv', /unknown command serv: it has to be one of serve, exec, token, env, adc/],
    ['constructor', /unknown command constructor:/],
    ['serve --traget x', /unknown flag --traget: see refresher --help/],
    ['serve -x', /unknown flag -x/],
    ['serve --target', /--target needs a value: --target MEMBER/],
    ['serve --target --metrics', /--target needs a value/],
    ['serve --target=', /--target needs a value/],
    ['serve --listen a --listen b', /--listen is given twice/],
    ['serve --metrics --metrics', /--metrics is given twice/],
    ['serve now', /serve takes flags alone: see refresher --help/],
    ['serve -- sleep 1', /serve takes flags alone/],
    ['exec', /exec needs a command: refresher exec -- COMMAND/],
    ['exec --', /exec needs a command: refresher exec -- COMMAND/],
    ['exec --metrics', /exec needs a command: refresher exec -- COMMAND/],
  ])('%s', (line, message) => {
    expect(failureOf(() => parse(line))).toEqual({ exitCode: 64, message: expect.stringMatching(message) });
  });

  it('an empty word as the child', () => {
    expect(failureOf(() => parseArguments(['exec', '--', ''])).exitCode).toBe(64);
  });

  it('a token in the place of a flag or a command, which is not repeated', () => {
    const token = `ya29.${'AbC9'.repeat(40)}`;
    expect(failureOf(() => parseArguments(['token', `--${token}`])).message).not.toContain(token);
    expect(failureOf(() => parseArguments([token])).message).not.toContain(token);
  });
});
