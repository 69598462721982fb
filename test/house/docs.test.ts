/**
 * The documents say what the code does: whatever in them can be checked is checked here.
 */

import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseDelegateConfig } from '../../functions/config.ts';
import { OPTIONS } from '../../refresher/settings/options.ts';
import { createAudit } from '../../shared/audit.ts';
import { createCheckAudit } from '../../shared/check-audit.ts';
import { parseCheckRequest } from '../../shared/check-request.ts';
import { parseExchangeRequest } from '../../shared/exchange-request.ts';
import { Fault, FAULTS } from '../../shared/fault.ts';
import { createConditionEvaluator, type ConditionInput } from '../../shared/grants/condition.ts';
import { COVERED_BY_CLOUD_PLATFORM } from '../../shared/grants/effective-scopes.ts';
import { decodeGrant } from '../../shared/grants/grant.ts';
import { KILL_SWITCH_PATH, PRINCIPALS } from '../../shared/grants/grant-store.ts';
import { parseGrantsFile } from '../../shared/grants/grants-file.ts';
import { decodeKillSwitch } from '../../shared/grants/kill-switch.ts';
import { decodePrincipalDocument } from '../../shared/grants/principal-document.ts';
import { parseAudience, parseMember, type Target } from '../../shared/member.ts';
import {
  CHECK_PATH,
  errorResponse,
  MAX_CHECK_TARGETS,
  TOKEN_PATH,
  type CheckDecision,
  type CheckResponse,
  type WireErrorCode,
} from '../../shared/protocol.ts';
import { Refusal, REFUSALS } from '../../shared/refusal.ts';
import { AccessToken } from '../../shared/tokens.ts';
import { authorizedAccessToken } from '../support/domain/authorized.ts';
import { verifiedWorker, workerToken } from '../support/domain/callers.ts';
import { NOW } from '../support/domain/clock.ts';
import { accessTokenRequest } from '../support/domain/questions.ts';
import { AUDIENCES, TRAINER } from '../support/world/world.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const isOurs = (file: string) => !/(?:^|\/)node_modules\//.test(file);
const DOCUMENTS = globSync('**/*.md', { cwd: ROOT, exclude: ['node_modules', 'dist'] }).filter(isOurs);
const SOURCES = globSync('{admin,shared,functions,refresher}/**/*.ts', { cwd: ROOT });

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const matches = (text: string, pattern: RegExp) =>
  Array.from(text.matchAll(pattern), ([, match = '']) => match);
const sorted = (values: Iterable<string>) => [...new Set(values)].toSorted();

/** Those of the functions, of the refresher and of the operator's command. */
const VARIABLES: ReadonlySet<string> = new Set([
  ...matches(read('functions/config.ts'), /'(TOKEN_VENDING_\w+)'/g),
  ...OPTIONS.map(({ variable }) => variable),
  ...matches(read('admin/main.ts'), /'(TOKEN_VENDING_\w+)'/g),
]);

const FENCE = /^```(.*)\n([\s\S]*?)^```$/gm;

/** The contents of the blocks that are marked like this, such as "yaml grants". */
function blocks(text: string, mark: string): string[] {
  return Array.from(text.matchAll(FENCE)).flatMap(([, info, body = '']) => (info === mark ? [body] : []));
}

const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '');
const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '');
const withoutBlocks = (text: string) => text.replace(FENCE, '');

/** Where the links of a text lead, written out or by reference; the definitions stand anywhere in its document. */
function linksOf(text: string, document = text): string[] {
  const definitions = new Map(
    Array.from(document.matchAll(/^\[([^\]]+)\]: (\S+)$/gm), ([, label, target]) => [label, target]),
  );
  const links = text.matchAll(/\]\(([^)\s]+)\)|\[([\w.-]+)\](?![(:])/g);
  return Array.from(links, ([, target, label]) => target ?? definitions.get(label) ?? `[${label}]`);
}

/** The rows of every table; a backtick belongs to its cell, and so does an escaped bar. */
function tableRows(text: string): string[][] {
  const rows = withoutBlocks(text).matchAll(/^\|(.*)\|$/gm);
  return Array.from(rows, ([, row = '']) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
}

/** Rows whose first cell is a name in backticks. */
function namedRows(text: string): { name: string; cells: string[] }[] {
  return tableRows(text).flatMap((cells) => {
    const name = /^`([^`]+)`$/.exec(cells[0] ?? '')?.[1];
    return name === undefined ? [] : [{ name, cells }];
  });
}

interface Section {
  readonly level: number;
  readonly anchor: string;
  readonly text: string;
}

/** From each heading to the next of its level or above. The anchor is GitHub's. */
function sections(text: string): Section[] {
  const headings = Array.from(
    withoutBlocks(text).matchAll(/^(#+) (.*)$/gm),
    ({ index, 1: marks, 2: title }) => ({
      index,
      level: marks?.length ?? 0,
      anchor: (title ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    }),
  );
  return headings.map(({ index, level, anchor }, position) => {
    const next = headings.slice(position + 1).find((heading) => heading.level <= level);
    return { level, anchor, text: withoutBlocks(text).slice(index, next?.index) };
  });
}

function section(text: string, anchor: string): string {
  const found = sections(text).find((candidate) => candidate.anchor === anchor);
  if (found === undefined) throw new Error(`no section #${anchor}`);
  return found.text;
}

const WIRE = { ...REFUSALS, ...FAULTS } as Readonly<Record<string, { status: number; error: WireErrorCode }>>;
const reasonsOf = (fits: (wire: { status: number; error: string }) => boolean) =>
  sorted(Object.keys(WIRE).filter((reason) => fits(WIRE[reason] ?? { status: 0, error: '' })));

describe('docs/troubleshooting.md', () => {
  const text = read('docs/troubleshooting.md');
  const anchorsOf = (within: string, level: number) =>
    sorted(sections(section(text, within)).flatMap((one) => (one.level === level ? [one.anchor] : [])));

  it('begins with every error of the wire, where error_uri points', () => {
    const codes = sorted(Object.values(WIRE).map(({ error }) => error)) as WireErrorCode[];
    expect(anchorsOf('what-the-caller-sees', 3)).toEqual(codes);
    const expected = codes.map((code) => `/docs/troubleshooting.md#${code}`);
    expect(codes.map((code) => /\/docs\/.*/.exec(errorResponse(code).error_uri)?.[0])).toEqual(expected);
  });

  it('explains every reason, and none that does not exist', () => {
    const explained = [...anchorsOf('reasons-of-refusals', 4), ...anchorsOf('reasons-of-faults', 4)];
    expect(explained.toSorted()).toEqual(reasonsOf(() => true));
  });

  it.each([
    ['http', reasonsOf(({ status }) => status > 400 && status < 500), ['body_incomplete']],
    ['who-may-become-whom', reasonsOf(({ error }) => error === 'invalid_target'), ['scope_not_granted']],
    ['faults-that-pass', reasonsOf(({ status }) => status === 503), []],
    ['faults-that-need-an-operator', reasonsOf(({ status }) => status === 500), []],
  ])('puts under #%s what belongs there', (anchor, reasons, others) => {
    expect(anchorsOf(anchor, 4)).toEqual([...reasons, ...others].toSorted());
  });

  it('has every field of an audit line in its table', async () => {
    const fields = new Set<string>();
    const record = createAudit('impersonate', (line) => {
      for (const field of Object.keys(JSON.parse(line) as object)) fields.add(field);
    });
    const request = { ...accessTokenRequest(), subjectToken: workerToken() };
    const minted = { token: new AccessToken('t'), expiresAtMs: 0, reused: false };
    const grant = await authorizedAccessToken();
    const findings = { request, principal: await verifiedWorker(), grant, minted, expiresInSeconds: 1 };
    const rest = { durationMs: 1, upstreamMs: {}, trace: 'projects/p/traces/t' };
    void record({ findings, ...rest });
    void record({ findings: { request }, error: new Refusal('token_expired', 'by 1 s'), ...rest });
    void record({ findings, error: new Fault('iam_denied'), ...rest });

    const [example = ''] = blocks(text, 'json audit');
    const shown = Object.keys(JSON.parse(example) as object);
    const explained = namedRows(section(text, 'the-audit-line')).map(({ name }) => name);
    expect(sorted(explained)).toEqual(sorted(fields));
    expect(shown.filter((field) => !fields.has(field))).toEqual([]);
  });
});

describe('docs/troubleshooting.md, of a check,', () => {
  const text = read('docs/troubleshooting.md');

  it('has every field of its audit line, and those of a decision in it', async () => {
    const fields = new Set<string>();
    const fieldsOfDecision = new Set<string>();
    const record = createCheckAudit('impersonate', (line) => {
      const event = JSON.parse(line) as { decisions?: object[] };
      for (const field of Object.keys(event)) fields.add(field);
      for (const one of event.decisions ?? []) {
        for (const field of Object.keys(one)) fieldsOfDecision.add(field);
      }
    });
    const target = parseMember(`serviceAccount:${TRAINER}`) as Target;
    const { target: _, ...asked } = accessTokenRequest();
    const request = { ...asked, subjectToken: workerToken(), targets: [target] };
    const principal = await verifiedWorker();
    const rest = { durationMs: 1, upstreamMs: {}, trace: 'projects/p/traces/t' };
    const checked = [
      { target, decision: 'yes' },
      { target, decision: 'no', error: new Refusal('no_grant', 'x') },
      { target, decision: 'fault', error: new Fault('document_malformed', { detail: 'x' }) },
    ] as const;
    void record({ findings: { request, principal, checked }, ...rest });
    void record({ findings: { request }, error: new Refusal('token_expired', 'by 1 s'), ...rest });

    const documented = section(text, 'the-audit-line-of-a-check');
    const rows = namedRows(documented);
    expect(sorted(rows.map(({ name }) => name))).toEqual(sorted(fields));
    const { cells = [] } = rows.find(({ name }) => name === 'decisions') ?? {};
    const named = matches(cells[2] ?? '', /`(\w+)`/g).filter((name) => name !== 'granted');
    expect(sorted(named)).toEqual(sorted(fieldsOfDecision));

    const [example = ''] = blocks(text, 'json check audit');
    const shown = JSON.parse(example) as { decisions: { reason: string }[] };
    expect(Object.keys(shown).filter((field) => !fields.has(field))).toEqual([]);
    expect(shown.decisions.filter(({ reason }) => reason !== 'granted' && !(reason in WIRE))).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  const text = read('docs/configuration.md');
  const rows = namedRows(text);
  const good = {
    TOKEN_VENDING_AUDIENCE: 'https://a.example/v1/token',
    GOOGLE_CLOUD_PROJECT: 'acme-vending',
    TOKEN_VENDING_DELEGATION_SIGNERS: 'dwd-signer@acme-vending.iam.gserviceaccount.com',
    TOKEN_VENDING_DELEGATION_SUBJECTS: '@example.com',
    TOKEN_VENDING_DELEGATION_SCOPES: 'https://www.googleapis.com/auth/drive.readonly',
  };

  function complaint(environment: Readonly<Record<string, string>>): string {
    try {
      parseDelegateConfig({ ...good, ...environment });
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  }

  it('has every variable that the functions read, and no other', () => {
    const code = ['functions/config.ts', 'functions/index.ts'].map(read).join('\n');
    const variables = matches(code, /'([A-Z][A-Z0-9]*_[A-Z0-9_]+)'/g);
    expect(sorted(rows.map(({ name }) => name))).toEqual(sorted(variables));
  });

  it('says for each what a deployed function refuses', () => {
    const documented = rows.filter(({ cells }) => /^(?:refused|only below)/.test(cells[3] ?? ''));
    const refused = rows.filter(({ name }) =>
      complaint({ K_SERVICE: 'delegate', [name]: 'https://elsewhere.example' }).includes(
        'a deployed function',
      ),
    );
    expect(refused.length).toBeGreaterThan(5);
    expect(documented).toEqual(refused);
  });

  it('says which are required', () => {
    const required = rows.filter(({ name, cells }) => name.startsWith('TOKEN_') && cells[2] === 'required');
    const missing = Object.keys(good).filter((name) => complaint({ [name]: '' }).includes('is not set'));
    expect(sorted([...required.map(({ name }) => name), 'GOOGLE_CLOUD_PROJECT'])).toEqual(sorted(missing));
  });

  it('has the right defaults', () => {
    const used = JSON.stringify(parseDelegateConfig(good));
    const defaults = rows.flatMap(({ name, cells }) =>
      name.startsWith('TOKEN_') ? matches(cells[2] ?? '', /`(.*)`/g) : [],
    );
    expect(defaults.length).toBeGreaterThanOrEqual(5);
    expect(defaults.filter((value) => !used.includes(value))).toEqual([]);
  });

  const refused = linesOf(blocks(text, 'text refused').join(''));
  const cases = refused.flatMap((line, index) =>
    index % 2 === 0 ? [[line, (refused[index + 1] ?? '').trim()]] : [],
  );

  it.each(cases)('quotes what %s is answered', (assignment = '', message = '') => {
    const [name = '', ...value] = assignment.split('=');
    expect(complaint({ [name]: value.join('=') })).toBe(message);
  });
});

describe('docs/wire.md', () => {
  const text = read('docs/wire.md');

  it('lists the scopes that cloud-platform covers', () => {
    expect(sorted(blocks(text, 'text scopes').flatMap(wordsOf))).toEqual(sorted(COVERED_BY_CLOUD_PLATFORM));
  });

  it('has every parameter, and says which are required and which are refused', () => {
    const rows = namedRows(section(text, 'request'));
    const [, known = ''] = /const PARAMETERS = \[(.*?)\]/s.exec(read('shared/protocol.ts')) ?? [];
    expect(sorted(rows.map(({ name }) => name))).toEqual(sorted(matches(known, /'(\w+)'/g)));

    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'eyJ',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    };
    const named = (word: string) => rows.flatMap(({ name, cells }) => (cells[1] === word ? [name] : []));
    const parse = (changes: Record<string, string>) => () =>
      parseExchangeRequest(new URLSearchParams({ ...form, ...changes }).toString(), 'serviceAccount');
    expect(parse({})).not.toThrow();
    expect(named('required')).toEqual(Object.keys(form));
    for (const name of named('required')) expect(parse({ [name]: '' })).toThrow(`${name}_missing`);
    expect(named('refused')).toEqual(['actor_token', 'actor_token_type']);
    for (const name of named('refused')) expect(parse({ [name]: 'x' })).toThrow('actor_token_unsupported');
  });

  it('has every status with every error that it comes with', () => {
    const documented = tableRows(section(text, 'errors')).flatMap(([status = '', error = '']) =>
      /^\d+$/.test(status) ? [`${status} ${error.replaceAll('`', '')}`] : [],
    );
    expect(sorted(documented)).toEqual(
      sorted(Object.values(WIRE).map(({ status, error }) => `${status} ${error}`)),
    );
  });

  it('has every parameter in which a check differs, and says how', () => {
    const rows = namedRows(section(text, 'check')).filter(({ cells }) => /^[a-z]+$/.test(cells[1] ?? ''));
    expect(rows.map(({ name, cells }) => [name, cells[1]])).toEqual([
      ['audience', 'required'],
      ['grant_type', 'ignored'],
    ]);
    const form = {
      subject_token: 'eyJ',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      audience: `serviceAccount:${TRAINER}`,
    };
    const parse = (changes: Record<string, string>) => () =>
      parseCheckRequest(new URLSearchParams({ ...form, ...changes }).toString(), 'serviceAccount');
    expect(parse({ grant_type: 'anything' })).not.toThrow();
    for (const name of Object.keys(form)) expect(parse({ [name]: '' })).toThrow(`${name}_missing`);
    const most = /one to (\d+) targets/.exec(section(text, 'check'))?.[1];
    expect(Number(most)).toBe(MAX_CHECK_TARGETS);
  });

  it('shows each decision of a check, and nothing else in its answer', () => {
    const [example = ''] = blocks(text, 'json check');
    const { decisions, ...others } = JSON.parse(example) as CheckResponse;
    const every: readonly CheckDecision[] = ['yes', 'no', 'fault'];
    expect(others).toEqual({});
    expect(decisions.map(({ decision }) => decision)).toEqual(every);
    expect(decisions.map(({ target }) => parseAudience(target)?.member)).toEqual(
      decisions.map(({ target }) => target),
    );
    const explained = namedRows(section(text, 'check')).map(({ name }) => name);
    expect(explained).toEqual(expect.arrayContaining([...every]));
  });

  it('names the path of a check', () => {
    expect(section(text, 'check')).toContain(`POST ${CHECK_PATH}`);
  });

  it('quotes an error word for word', () => {
    const answers = blocks(text, 'json answer').map((json) => JSON.parse(json) as Record<string, unknown>);
    expect(answers.filter((answer) => 'error' in answer)).toEqual([errorResponse('invalid_target')]);
  });

  it('has a credential file that a function understands', () => {
    const [file = ''] = blocks(text, 'json adc');
    const adc = JSON.parse(file) as Record<'audience' | 'token_url', string> & {
      credential_source: { url: string };
    };
    expect(parseAudience(adc.audience)?.kind).toBe('user');
    expect(new URL(adc.token_url).pathname).toBe(TOKEN_PATH);
    const asked = new URL(adc.credential_source.url).searchParams;
    expect(Object.fromEntries(asked)).toEqual({ audience: adc.token_url, format: 'full' });
  });
});

describe('docs/grants.md', () => {
  const text = read('docs/grants.md');
  const evaluate = createConditionEvaluator();
  let input: ConditionInput;

  beforeAll(async () => {
    const { target } = await authorizedAccessToken();
    const scopes = ['https://www.googleapis.com/auth/devstorage.read_write'];
    input = { principal: await verifiedWorker(), target, scopes, now: NOW };
  });

  const examples = [...blocks(text, 'yaml grants'), ...blocks(text, 'json grants')];

  it.each(examples.map((example, index) => [index + 1, example] as const))(
    'has a sound grants file in example %i',
    (_, example) => {
      const { principals, killSwitch } = parseGrantsFile(example);
      for (const [id, data] of Object.entries(principals)) {
        const path = `${PRINCIPALS}/${id}`;
        const kind = id.startsWith('instance:') ? 'instance' : 'serviceAccount';
        const { grants } = decodePrincipalDocument(kind, { path, data });
        for (const [member, stored] of Object.entries(grants)) {
          const { condition = 'true' } = decodeGrant(path, member, stored);
          expect(evaluate(condition, input)).toEqual({ holds: true });
        }
      }
      decodeKillSwitch(killSwitch === undefined ? undefined : { path: KILL_SWITCH_PATH, data: killSwitch });
      expect(Object.keys(principals).length + (killSwitch === undefined ? 0 : 1)).toBeGreaterThan(0);
    },
  );

  it('shows every field of its tables in an example', () => {
    const fields = ['a-principals-document', 'kill-switch'].flatMap((anchor) =>
      namedRows(section(text, anchor)),
    );
    expect(fields.length).toBeGreaterThan(12);
    expect(fields.filter(({ name }) => !examples.join('').includes(`${name}:`))).toEqual([]);
  });

  it.each([true, false])('has conditions that are %s', (holds) => {
    const conditions = linesOf(blocks(text, `cel ${holds}`).join(''));
    expect(conditions.length).toBeGreaterThan(3);
    const results = conditions.map((condition) => ({ condition, ...evaluate(condition, input) }));
    expect(results).toEqual(conditions.map((condition) => ({ condition, holds })));
  });

  it('quotes the problem of each condition that has one', () => {
    const lines = linesOf(blocks(text, 'cel problem').join(''));
    const quoted = lines.map((line) => line.split(/\s+\/\/ /));
    expect(quoted.length).toBeGreaterThan(3);
    const results = quoted.map(([condition = '']) => ({ condition, ...evaluate(condition, input) }));
    expect(results).toEqual(quoted.map(([condition, problem]) => ({ condition, problem })));
  });

  it('lists the functions that conditions may use', () => {
    const [, allowed = ''] =
      /const FUNCTIONS = new Set\(\[(.*?)\]\)/s.exec(read('shared/grants/condition.ts')) ?? [];
    expect(sorted(blocks(text, 'text functions').flatMap(wordsOf))).toEqual(
      sorted(matches(allowed, /'(\w+)'/g)),
    );
  });

  it('has every variable of conditions, with its type', () => {
    const rows = namedRows(section(text, 'conditions')).filter(({ name }) => name.includes('.'));
    const wrong = rows.filter(({ name, cells }) => {
      const type = cells[1]?.replaceAll('`', '').replace('timestamp', 'google.protobuf.Timestamp');
      const result = evaluate(`type(${name}) == ${type}`, input);
      return !('holds' in result && result.holds);
    });
    expect(wrong).toEqual([]);
    const code = read('shared/grants/condition.ts');
    const declared = Array.from(
      code.matchAll(/name: '(\w+)',\s*schema: \{(.*?)\}/gs),
      ([, variable = '', fields = '']) => matches(fields, /(\w+): /g).map((field) => `${variable}.${field}`),
    );
    expect(sorted(rows.map(({ name }) => name))).toEqual(sorted(declared.flat()));
  });

  it('has the reasons of a decision in its order, and leaves none out', () => {
    const named = sorted(matches(section(text, 'order-of-the-decision'), /`([a-z_]{8,})`/g)).filter(
      (word) => word in REFUSALS,
    );
    const decided = reasonsOf(({ error }) => error === 'invalid_target' || error === 'invalid_scope');
    expect(named).toEqual(decided.filter((reason) => reason !== 'project_not_allowed'));
  });
});

describe('numbers', () => {
  /** A quantity and the constant that it comes from: "30 s (`UNKNOWN_KID_COOL_DOWN_MS`". */
  const QUOTED = /(\d+)(?: (ms|s|h|KiB|bytes))?(?: at most)? \(`(\w+)`/g;
  const UNITS: Readonly<Record<string, number>> = {
    ms: 1,
    s: 1000,
    h: 3_600_000,
    KiB: 1024,
    bytes: 1,
    '': 1,
  };

  /** In milliseconds, bytes or pieces, by name and file. */
  const declared = new Map<string, number>();
  for (const file of SOURCES) {
    const text = read(file);
    const [, limits = ''] = /^export const LIMITS = \{(.*?)^\}/ms.exec(text) ?? [];
    const values = new Map<string, number>();
    for (const [, name = '', product = ''] of [
      ...text.matchAll(/^(?:export )?const ([A-Z_]+) = ([\w* ]+);$/gm),
      ...limits.matchAll(/^  (\w+): ([\w* ]+),$/gm),
    ]) {
      // another constant of the file may be a factor
      const factors = product.split(' * ').map((factor) => values.get(factor) ?? numberOf(factor));
      const value = factors.reduce((left, right) => left * right, 1);
      if (Number.isNaN(value)) continue;
      values.set(name, value);
      declared.set(`${name} of ${file}`, /seconds$/i.test(name) ? value * 1000 : value);
    }
  }
  const isDuration = (constant: string) => /(?:_MS|Ms|_SECONDS|Seconds) of /.test(constant);

  function numberOf(literal: string): number {
    return /^\d[\d_]*$/.test(literal) ? Number(literal.replaceAll('_', '')) : Number.NaN;
  }

  /** A row, a list item or a paragraph, which has to link to the file that declares what it quotes. */
  const passages = ['admin', 'architecture', 'grants', 'host', 'refresher'].flatMap((name) => {
    const text = withoutBlocks(read(`docs/${name}.md`));
    const parts = text.split(/\n(?=\|)|\n\n|\n(?=\d\. )/);
    return parts.map((passage) => ({ passage, links: linksOf(passage, text) }));
  });
  const quoted = passages.flatMap(({ passage, links }) => {
    const files = links.map((link) => link.replace('../', ''));
    return Array.from(passage.matchAll(QUOTED), ([quote, amount, unit = '', name = '']) => ({
      quote: `${quote})`,
      constant:
        files.map((file) => `${name} of ${file}`).find((candidate) => declared.has(candidate)) ?? name,
      value: Number(amount) * (UNITS[unit] ?? 0),
    }));
  });

  it.each(quoted)('$quote is so', ({ constant, value }) => {
    expect({ [constant]: value }).toEqual({ [constant]: declared.get(constant) });
  });

  it('of all durations in the code stand in a document', () => {
    const durations = [...declared.keys()].filter(isDuration);
    expect(durations.length).toBeGreaterThan(50);
    expect(durations.filter((duration) => !quoted.some(({ constant }) => constant === duration))).toEqual([]);
  });
});

describe('README.md', () => {
  const text = read('README.md');
  const example = blocks(text, 'sh').find((block) => block.includes('grant_type')) ?? '';

  it('asks as the tour can be asked', () => {
    const form = Object.fromEntries(
      Array.from(example.matchAll(/-d (\w+)="?([^\s"]+)"?/g), ([, name, value]) => [name, value]),
    ) as Record<string, string>;
    const [asked = '', exchange = ''] = example.split('\n\n');
    expect(asked).toContain(`audience=${AUDIENCES.impersonate})`);
    expect(form['audience']).toBe(`serviceAccount:${TRAINER}`);
    expect(parseExchangeRequest(new URLSearchParams(form).toString(), 'serviceAccount').target?.email).toBe(
      TRAINER,
    );
    const [, ports = ''] = /const PORTS = \{(.*?)\}/s.exec(read('test/support/tour/company.ts')) ?? [];
    expect(ports).toContain(`worker: ${new URL(/http:\S+/.exec(asked)?.[0] ?? '').port}`);
    expect(ports).toContain(`impersonate: ${new URL(/http:\S+/.exec(exchange)?.[0] ?? '').port}`);
  });
});

describe('docs/decisions', () => {
  const records = readdirSync(join(ROOT, 'docs/decisions')).filter((file) => file !== 'README.md');

  it('has a record for each dependency at run time', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const recorded = records.flatMap((file) =>
      matches(read(`docs/decisions/${file}`), /^Dependency: `(.*)`$/gm),
    );
    expect(sorted(recorded)).toEqual(sorted(Object.keys(dependencies)));
  });

  it('lists each record', () => {
    expect(sorted(linksOf(read('docs/decisions/README.md')))).toEqual(sorted(records));
  });

  it.each(records)('%s tells context, decision and consequences', (file) => {
    const headings = sections(read(`docs/decisions/${file}`)).map(({ anchor }) => anchor);
    expect(headings.slice(1)).toEqual(['context', 'decision', 'consequences']);
  });
});

describe.each(DOCUMENTS)('%s', (file) => {
  const text = read(file);

  it('links to what exists', () => {
    const targets = linksOf(withoutBlocks(text)).filter((target) => !/^[a-z]+:/.test(target));
    const broken = targets.filter((target) => {
      const [path = '', anchor] = target.split('#');
      const linked = path === '' ? file : normalize(join(dirname(file), path));
      if (!existsSync(join(ROOT, linked))) return true;
      if (anchor === undefined || statSync(join(ROOT, linked)).isDirectory()) return anchor !== undefined;
      return !sections(read(linked)).some((one) => one.anchor === anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...matches(text, /npm run ([\w:-]+)/g), ...matches(text, /npm (start|test)\b/g)];
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  it('names variables that exist', () => {
    const named = text.match(/\bTOKEN_VENDING_[A-Z_]*[A-Z]\b/g) ?? [];
    expect(named.filter((variable) => !VARIABLES.has(variable))).toEqual([]);
  });

  it('holds no path of somebody’s machine', () => {
    expect(text).not.toMatch(/(?<![\w.])\/(?:work|root|home|Users|tmp|usr)\//);
  });
});
