import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../refresher/child/environment.ts';
import { EXIT_CODES } from '../../refresher/exit-codes.ts';
import { COMMANDS, LISTS, OPTIONS, type OptionName } from '../../refresher/settings/options.ts';
import { parseAdc, parseEnv, parseExec, parseServing } from '../../refresher/settings/settings.ts';
import { withVariables } from '../../refresher/settings/values.ts';
import { swapDelayMs } from '../../refresher/tokens/schedule.ts';
import { outcomeOf, unusable } from '../../refresher/vending/outcome.ts';
import { parseAudience } from '../../shared/member.ts';
import { errorResponse, TOKEN_TYPES } from '../../shared/protocol.ts';
import { HOUR, MINUTE, SECOND } from '../support/domain/clock.ts';

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
    const section = text.slice(text.indexOf('## Exit codes'));
    const codes = Array.from(section.matchAll(/^\| (\d+) +\|/gm), ([, code]) => Number(code));
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

  it('names no flag and no variable that does not exist', () => {
    const ofDocker = ['--rm', '--network', '--env-file', '--from'];
    const flags = Array.from(text.matchAll(/(?<![\w-])--[a-z][\w-]+/g), ([flag]) => flag);
    const known = [...OPTIONS.map(({ flag }) => flag), '--help', ...ofDocker];
    expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);

    const variables = Array.from(text.matchAll(/\bTOKEN_VENDING_[A-Z_]+/g), ([variable]) => variable);
    const others = ['TOKEN_VENDING_AUDIENCE'];
    const all = [...OPTIONS.map(({ variable }) => variable), ...others];
    expect(variables.filter((variable) => !all.includes(variable))).toEqual([]);
  });

  it('has the right defaults', () => {
    const values = withVariables(
      {},
      {
        TOKEN_VENDING_TARGET: 'user:alice@example.com',
        TOKEN_VENDING_DELEGATE_URL: 'https://delegate.example',
      },
    );
    const { listen, metadataHost, functions, ...serving } = parseServing(values);
    expect(defaultOf('listen')).toBe(`\`${Object.values(listen).slice(1).join(':')}\``);
    expect(defaultOf('metadataHost')).toBe(
      `\`${metadataHost}\`; \`adc\` writes \`${parseAdc(values).metadataHost}\``,
    );
    expect(defaultOf('wait')).toBe(`\`${parseExec(values).waitSeconds}\``);
    expect(defaultOf('format')).toBe(`\`${parseEnv(values).format}\``);
    expect(defaultOf('delegateAudience')).toBe('its URL and `/v1/token`');
    expect(functions.delegate?.audience).toBe('https://delegate.example/v1/token');
    expect(serving).toMatchObject({ isMetered: false, allowRemotePeers: false, tokenFile: undefined });
  });

  function defaultOf(name: OptionName): string | undefined {
    const { flag } = OPTIONS.find((option) => option.name === name) ?? {};
    const row = text.split('\n').find((line) => line.startsWith(`| \`${flag}\``));
    return row?.split('|').at(-2)?.trim();
  }

  it('says how long a removed grant can go unnoticed', () => {
    const rows = Array.from(
      text.matchAll(/^\| (\d+)[^|]* \| ([\d.]+) (minutes|hours) +\|$/gm),
      ([, life, amount, unit]) => [Number(life), Number(amount) * (unit === 'hours' ? HOUR : MINUTE)],
    );
    expect(rows).toHaveLength(3);
    for (const [life = 0, limit] of rows) expect(swapDelayMs(life * SECOND, () => 0)).toBeCloseTo(limit ?? 0);
  });

  it('quotes what the refresher says', () => {
    const target = parseAudience('user:alice@example.com');
    if (target === undefined) throw new Error('no such target');
    const asked = { target, tokenType: TOKEN_TYPES.accessToken, url: 'https://f.example' } as const;
    const answered = (status: number, error?: string) => {
      const header = (name: string) => (name === 'content-type' ? 'application/json' : undefined);
      return { status, header, body: JSON.stringify({ error }) };
    };
    const answer = (status: number, error?: string) =>
      JSON.stringify(outcomeOf(answered(status, error), asked));
    const said = [
      errorResponse('invalid_target').error_description,
      ...[200, 401, 403].map((status) => answer(status)),
      answer(400, 'invalid_request'),
      unusable(answered(404), 'delegate', 'https://f.example', 'check').sentence,
      readFileSync(new URL('../../refresher/tokens/account-log.ts', import.meta.url), 'utf8'),
      readFileSync(new URL('../../refresher/vending/metadata-client.ts', import.meta.url), 'utf8'),
    ].join('\n');
    const section = text.slice(text.indexOf('## Troubleshooting'));
    const bold = Array.from(section.matchAll(/^\*\*(.*?)\*\*/gm), ([, words = '']) => words);
    const quotes = bold.flatMap((words) =>
      Array.from(words.matchAll(/`([^`]+)`/g), ([, quote = '']) => quote),
    );
    expect(quotes.length).toBeGreaterThanOrEqual(5);
    const pieces = quotes.flatMap((quote) => quote.split('…').map((piece) => piece.trim()));
    expect(pieces.filter((piece) => !said.includes(piece))).toEqual([]);
  });
});
