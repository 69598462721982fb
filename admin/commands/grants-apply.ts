/**
 * `grants apply`: makes the database say what the files say, by exactly the plan that was shown.
 */

import { readFile } from 'node:fs/promises';
import { applyPlan } from '../apply/apply-plan.ts';
import { missingFlags } from '../apply/permission.ts';
import { isGiven, valueOf, type Command, type Context, type Invocation } from '../command-line/command.ts';
import { DATABASE_OPTIONS, databaseAddress } from '../database/database-address.ts';
import type { GrantsDatabase } from '../database/grants-database.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { badUsage, Failure } from '../failure.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import type { Plan } from '../plan/change.ts';
import { parsePlanFile } from '../plan/plan-file.ts';
import { planJson } from '../plan/plan-json.ts';
import { printPlan } from './grants-plan.ts';
import { INSTANCES_OPTION, planFiles, withDatabase } from './planning.ts';

export const grantsApply: Command = {
  summary: 'make the database say what the files say, or carry out the plan of --plan',
  explanation: `Shows the plan and asks. Without a person at the terminal it needs --yes, and a flag for what takes away or widens.
A document that somebody else has changed since the plan stops it; so does an apply that came in between.
Interrupted, run it again: it goes on where it stopped. It never touches the kill switch.`,
  words: { meaning: 'PATH…', least: 0, most: 100 },
  options: {
    plan: { value: 'FILE', help: 'the plan of grants plan --out, instead of paths' },
    yes: { value: '', help: 'do not ask' },
    'allow-deletions': { value: '', help: 'without asking: delete documents, take permissions away' },
    'allow-widenings': { value: '', help: 'without asking: widen permissions that are there' },
    'take-over': { value: '', help: 'replace an apply that was interrupted and wanted something else' },
    ...DATABASE_OPTIONS,
    ...INSTANCES_OPTION,
    ...JSON_OPTION,
  },
  example: 'token-vending grants apply grants.yaml --project acme-vending --yes',

  async run(invocation, context) {
    const path = valueOf(invocation, 'plan');
    if ((path === undefined) === (invocation.words.length === 0)) {
      throw badUsage(
        'grants apply needs paths of grants files, or --plan FILE; token-vending grants apply --help',
      );
    }
    const kept = path === undefined ? undefined : await readPlan(path);
    const address = kept ?? databaseAddress(invocation);
    return withDatabase(address, context, async (database) => {
      const plan = kept ?? (await planFiles(invocation, address, database, context));
      return confirmAndApply(plan, database, invocation, context);
    });
  },
};

async function readPlan(path: string): Promise<Plan> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Failure(
      EXIT_CODES.noFile,
      `${path} cannot be read: make a plan with grants plan --out ${path}`,
      { cause },
    );
  });
  return parsePlanFile(path, text);
}

async function confirmAndApply(
  plan: Plan,
  database: GrantsDatabase,
  invocation: Invocation,
  context: Context,
) {
  const isJson = isGiven(invocation, 'json');
  if (!isJson) await printPlan(plan, context);
  await confirm(plan, invocation, context);
  const { now, unique, operator, progress, print } = context;
  const takesOver = isGiven(invocation, 'take-over');
  const { id, written } = await applyPlan(plan, database, {
    operator,
    unique,
    now,
    takesOver,
    progress: (applied, of) => progress(`${applied} of ${of} changes applied`),
  });
  const applied = { apply: id, written };
  if (isJson) await printJson(context, { ...applied, plan: planJson(plan) });
  else if (plan.changes.length > 0) await print(doneText(id, written));
  return EXIT_CODES.ok;
}

function doneText(id: string, written: number): string {
  const what = written === 0 ? 'This plan has been applied before' : `Applied ${written} changes`;
  return `${what}: token-vending grants history ${id}\n`;
}

/** Throws a `Failure` where nobody allows it. */
async function confirm(plan: Plan, invocation: Invocation, { ask, note }: Context): Promise<void> {
  if (plan.changes.length === 0) return;
  const missing = missingFlags(plan, {
    deletions: isGiven(invocation, 'allow-deletions'),
    widenings: isGiven(invocation, 'allow-widenings'),
  });
  if (isGiven(invocation, 'yes')) {
    if (missing.length === 0) return;
    throw new Failure(EXIT_CODES.notAllowed, `nothing was applied: this plan needs ${missing.join(' and ')}`);
  }
  for (const flag of missing) note(`Without a terminal this would need ${flag}.\n`);
  const answer = await ask(`Apply these ${plan.changes.length} changes? Type yes: `);
  if (answer === 'yes') return;
  const why = answer === undefined ? 'there is nobody to ask here: add --yes' : 'you did not type yes';
  throw new Failure(EXIT_CODES.notAllowed, `nothing was applied: ${why}`);
}
