/**
 * `grants drift`: whether the database still has what the files say, for a scheduler.
 */

import { isGiven, type Command } from '../command-line/command.ts';
import { DATABASE_OPTIONS, databaseAddress } from '../database/database-address.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import { planJson } from '../plan/plan-json.ts';
import { printPlan } from './grants-plan.ts';
import { INSTANCES_OPTION, PATHS, planFiles, withDatabase } from './planning.ts';

export const grantsDrift: Command = {
  summary: 'say whether the database has what the files say; exit code 1 where it differs',
  explanation: 'What it prints is what an apply would change back.',
  words: PATHS,
  options: { ...DATABASE_OPTIONS, ...INSTANCES_OPTION, ...JSON_OPTION },
  example: 'token-vending grants drift grants.yaml --project acme-vending',

  async run(invocation, context) {
    const address = databaseAddress(invocation);
    const plan = await withDatabase(address, context, (database) =>
      planFiles(invocation, address, database, context),
    );
    const differs = plan.changes.length > 0;
    if (isGiven(invocation, 'json')) await printJson(context, { differs, ...Object(planJson(plan)) });
    else await printPlan(plan, context);
    return differs ? EXIT_CODES.differs : EXIT_CODES.ok;
  },
};
