/**
 * `grants plan`: what an apply would change, and what that means for whom.
 */

import { writeFile } from 'node:fs/promises';
import { isGiven, valueOf, type Command, type Context } from '../command-line/command.ts';
import { DATABASE_OPTIONS, databaseAddress } from '../database/database-address.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import type { Plan } from '../plan/change.ts';
import { planFileText } from '../plan/plan-file.ts';
import { planJson } from '../plan/plan-json.ts';
import { planText } from '../plan/render-plan.ts';
import { INSTANCES_OPTION, PATHS, planFiles, withDatabase } from './planning.ts';

export const grantsPlan: Command = {
  summary: 'show what an apply would change: who gains, who loses, what widens',
  explanation: `Reads files and database, and writes nothing but the file of --out, which grants apply --plan takes.

  +  gains a target        !! widens: more scopes, a longer life, fewer conditions
  -  loses a target        ~  narrows, or changes otherwise`,
  words: PATHS,
  options: {
    ...DATABASE_OPTIONS,
    ...INSTANCES_OPTION,
    out: { value: 'FILE', help: 'keep the plan in this file, for grants apply --plan' },
    ...JSON_OPTION,
  },
  example: 'token-vending grants plan grants.yaml --project acme-vending',

  async run(invocation, context) {
    const address = databaseAddress(invocation);
    const plan = await withDatabase(address, context, (database) =>
      planFiles(invocation, address, database, context),
    );
    const out = valueOf(invocation, 'out');
    if (out !== undefined) await writeFile(out, planFileText(plan), { mode: 0o600 });
    await (isGiven(invocation, 'json') ? printJson(context, planJson(plan)) : printPlan(plan, context));
    return EXIT_CODES.ok;
  },
};

export async function printPlan(plan: Plan, { print, colours }: Context): Promise<void> {
  let pending = '';
  for (const text of planText(plan, colours)) {
    pending += text;
    if (pending.length < 65_536) continue;
    await print(pending);
    pending = '';
  }
  await print(pending);
}
