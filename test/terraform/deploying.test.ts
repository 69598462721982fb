/** docs/deploying.md: what it shows is planned, what it counts is counted, and what it names is there. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDelayMs } from '../../refresher/tokens/schedule.ts';
import { parseModule } from '../../terraform/reference.ts';
import { asFlags, CHOICES, DEPLOYMENTS } from './deployments.ts';
import { block, ofType, planOf, type Plan, type Values } from './plan.ts';
import { formatCheck, IS_SKIPPED, NEEDS } from './program.ts';
import { RULES } from './rules/all.ts';
import { commandsOf, type Command } from './shell-commands.ts';
import { createWorkplace, ROOT, type Workplace } from './workplace.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const page = read('docs/deploying.md');

const blocks = (mark: string) =>
  Array.from(
    page.matchAll(new RegExp(`^ *\`\`\`${mark}\\n([\\s\\S]*?)^ *\`\`\`$`, 'gm')),
    ([, body = '']) => body,
  );
const scripts = blocks('sh');
const commands = scripts.flatMap((script) => commandsOf(script));
const [ownRoot = ''] = blocks('hcl root');
const prose = page.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
const inCode = Array.from(prose.matchAll(/`([^`]+)`/g), ([, code = '']) => code);

/** Where the root of one's own is, beside what it names. */
const OWN_ROOT = 'deployments/production';
const MINIMAL = 'terraform/examples/minimal';

interface TerraformCommand {
  readonly shown: string;
  readonly folder: string;
  readonly subcommand: string;
  readonly flags: readonly string[];
  readonly names: readonly string[];
}

function terraformCommand(command: Command): TerraformCommand {
  const [chdir] = command.filter((word) => word.startsWith('-chdir='));
  const words = command.slice(1).filter((word) => word !== chdir);
  const variables = words.flatMap((word, index) =>
    word === '-var' ? [`-var=${words[index + 1] ?? ''}`] : [],
  );
  const plain = words.filter((word, index) => word !== '-var' && words[index - 1] !== '-var');
  return {
    shown: command.join(' '),
    folder: chdir?.slice('-chdir='.length) ?? '',
    subcommand: plain[0] ?? '',
    flags: [...variables, ...plain.filter((word) => word.startsWith('-'))],
    names: plain.slice(1).filter((word) => !word.startsWith('-')),
  };
}

const terraformCommands = commands.filter(([program]) => program === 'terraform').map(terraformCommand);
const withSubcommand = (...names: string[]) =>
  terraformCommands.filter(({ subcommand }) => names.includes(subcommand));

describe.skipIf(IS_SKIPPED)(`docs/deploying.md, planned${NEEDS}`, () => {
  let workplace: Workplace;
  const plans = {} as Record<string, Plan>;

  beforeAll(async () => {
    workplace = createWorkplace();
    const file = (name: string) => workplace.path(join(OWN_ROOT, name));
    mkdirSync(dirname(file('main.tf')), { recursive: true });
    writeFileSync(file('main.tf'), ownRoot);
    // nobody's bucket is asked
    writeFileSync(file('backend_override.tf'), 'terraform {\n  backend "local" {}\n}\n');
    plans[OWN_ROOT] = await planOf(workplace, OWN_ROOT, []);
    for (const { folder, variables } of [DEPLOYMENTS.minimal, DEPLOYMENTS.production]) {
      plans[folder] = await planOf(workplace, folder, asFlags(variables));
    }
  });
  afterAll(() => workplace.remove());

  it('has a root of one’s own in its form', async () => {
    expect(await formatCheck(workplace.path(OWN_ROOT))).toEqual({ code: 0, output: '' });
  });

  it.each(RULES.map((rule) => [rule.sentence, rule] as const))('of its root: %s', (_, { violations }) => {
    expect(violations(plans[OWN_ROOT] as Plan, CHOICES.standard)).toEqual([]);
  });

  it.each(withSubcommand('plan', 'apply', 'destroy').map((one) => [one.shown, one] as const))(
    'can plan `%s`',
    async (_, { folder, flags }) => {
      const variables = flags.filter((flag) => !flag.startsWith('-out='));
      const given = folder === MINIMAL ? asFlags(DEPLOYMENTS.minimal.variables) : [];
      // what changes nothing about a plan was planned above
      plans[[folder, ...variables].join(' ')] ??= await planOf(workplace, folder, [...given, ...variables]);
      expect(plans[folder]?.resources.length).toBeGreaterThan(60);
    },
  );

  it('starts in folders that it speaks of', () => {
    const folders = withSubcommand('init').map(({ folder }) => folder);
    expect(new Set(folders)).toEqual(new Set([MINIMAL, OWN_ROOT]));
  });

  it.each(withSubcommand('output').map((one) => [one.shown, one] as const))(
    'finds what `%s` prints',
    (_, { folder, names }) => {
      expect(Object.keys(plans[folder]?.outputs ?? {})).toEqual(expect.arrayContaining([...names]));
      expect(names).toHaveLength(1);
    },
  );

  it('finds what it leaves behind', () => {
    const addresses = matches(page, /terraform state rm '([^']+)'/g);
    expect(addresses.length).toBeGreaterThan(0);
    const known = new Set(
      Object.values(plans).flatMap(({ resources }) => resources.map(({ address }) => address)),
    );
    expect(addresses.filter((address) => !known.has(address))).toEqual([]);
  });

  const row = (title: string) => {
    const [, ...cells] =
      /^\|(.*)\|$/
        .exec(page.split('\n').find((line) => line.startsWith(`| ${title} `)) ?? '')?.[1]
        ?.split('|') ?? [];
    return cells.slice(0, 2).map(Number);
  };
  const counted = (count: (plan: Plan) => number) =>
    [DEPLOYMENTS.minimal, DEPLOYMENTS.production].map(({ folder }) => count(plans[folder] as Plan));
  const functionsOf = (plan: Plan) =>
    ofType(plan, 'google_cloudfunctions2_function').map(({ values }) => block(values, 'service_config'));

  it.each([
    [
      'idle instances of functions',
      (plan: Plan) => sum(functionsOf(plan).map((config) => Number(config['min_instance_count']))),
    ],
    [
      'probers, e2-micro',
      (plan: Plan) => ofType(plan, 'google_compute_region_instance_group_manager').length,
    ],
    [
      'conditions of alerts',
      (plan: Plan) =>
        sum(
          ofType(plan, 'google_monitoring_alert_policy').map(
            ({ values }) => (values['conditions'] as Values[]).length,
          ),
        ),
    ],
  ] as const)('counts its %s', (title, count) => {
    expect(row(title)).toEqual(counted(count));
  });

  it('prices an idle instance of the size that it has', () => {
    const [, processors, gibibytes, price] = /\((\d) \+ ([\d.]+)\) × ([\d.]+) a second/.exec(page) ?? [];
    for (const config of functionsOf(plans[MINIMAL] as Plan)) {
      expect([config['available_cpu'], config['available_memory']]).toEqual([
        processors,
        `${Number(gibibytes) * 1024}Mi`,
      ]);
    }
    const each = (Number(processors) + Number(gibibytes)) * Number(price) * SECONDS_A_MONTH;
    expect(prose).toContain(`| ${each.toFixed(2)}: `);
  });
});

const SECONDS_A_MONTH = (365 * 24 * 3600) / 12;
const sum = (numbers: readonly number[]) => numbers.reduce((left, right) => left + right, 0);
const matches = (text: string, pattern: RegExp) =>
  Array.from(text.matchAll(pattern), ([, match = '']) => match);
const rounded = (dollars: number) => Number(dollars.toFixed(2));

describe('docs/deploying.md', () => {
  it('counts what the checks of a worker VM cost', () => {
    const [paragraph = ''] = /^A worker VM whose[\s\S]*?\n\n/m.exec(prose) ?? [];
    const [rounds, documents, dollars, ofHundred, forRequests] = (
      paragraph.match(/[\d,.]*\d{3,}|\d+\.\d+/g) ?? []
    ).map((number) => Number(number.replaceAll(',', '')));
    const expected = (SECONDS_A_MONTH * 1000) / checkDelayMs(() => 0.5);
    const price = (expected * 3 * 0.06) / 100_000;
    expect([rounds, documents, dollars, ofHundred, forRequests]).toEqual([
      Math.round(expected),
      Math.round(expected * 3),
      rounded(price),
      rounded(price * 100),
      rounded((expected * 100 * 0.4) / 1e6),
    ]);
  });

  it('sets every variable that the minimal example wants, once', async () => {
    const { variables } = await parseModule(join(ROOT, MINIMAL));
    const wanted = variables.filter(({ standard }) => standard === undefined).map(({ name }) => name);
    expect(matches(scripts.join('\n'), /^export TF_VAR_(\w+)=/gm).toSorted()).toEqual(wanted.toSorted());
  });

  it('applies what it planned', () => {
    const [planned] = withSubcommand('plan').flatMap(({ flags }) => flags);
    const files = withSubcommand('apply').flatMap(({ names }) => names);
    expect(files.map((file) => `-out=${file}`)).toEqual([planned]);
  });

  it('names variables, outputs and their parts as the modules do', async () => {
    const folders = ['terraform', 'terraform/modules/worker', MINIMAL];
    const modules = await Promise.all(folders.map((folder) => parseModule(join(ROOT, folder))));
    const declared = modules.flatMap(({ variables, outputs }) => [
      ...[...variables, ...outputs].map(({ name }) => name),
      ...variables.flatMap(({ type }) => type.match(/\w+/g) ?? []),
    ]);
    const parts = [read('terraform/outputs.tf'), ownRoot].flatMap((text) => matches(text, /(\w+)\s+=/g));
    const explained = matches(read('docs/troubleshooting.md'), /`(\w+)`/g);
    const known = new Set([...declared, ...parts, ...explained]);
    const named = inCode.flatMap((code) => [
      ...matches(code, /^([a-z]+(?:_[a-z]+)+)$/g),
      ...matches(code, /^([a-z_]+) = /g),
    ]);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names files and folders that are there', () => {
    const named = [...inCode, ...commands.flat()].filter((word) =>
      /^(?:terraform|refresher|docs)\/|^(?:bootstrap|cloudbuild)(?:\/|\.yaml$)/.test(word),
    );
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
