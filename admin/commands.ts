/**
 * The commands, one table: what is not in it does not exist. A new command is a file under `commands/` and a row here.
 */

import type { Commands } from './command-line/parse-arguments.ts';
import { doctor } from './commands/doctor.ts';
import { explain } from './commands/explain.ts';
import { grantsApply } from './commands/grants-apply.ts';
import { grantsDrift } from './commands/grants-drift.ts';
import { grantsExport } from './commands/grants-export.ts';
import { grantsHistory } from './commands/grants-history.ts';
import { grantsLint } from './commands/grants-lint.ts';
import { grantsPlan } from './commands/grants-plan.ts';
import { kill } from './commands/kill.ts';
import { status } from './commands/status.ts';
import { unkill } from './commands/unkill.ts';

export const COMMANDS: Commands = {
  'grants lint': grantsLint,
  'grants plan': grantsPlan,
  'grants apply': grantsApply,
  'grants export': grantsExport,
  'grants drift': grantsDrift,
  'grants history': grantsHistory,
  explain,
  doctor,
  status,
  kill,
  unkill,
};
