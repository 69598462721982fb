import { EXPOSURE_RULES } from './exposure.ts';
import { FUNCTION_RULES } from './functions.ts';
import { OBSERVABILITY_RULES } from './observability.ts';
import { PERMISSION_RULES } from './permissions.ts';
import type { Rule } from './rule.ts';
import { STORE_RULES } from './store.ts';
import { WORKER_RULES } from './workers.ts';

export const RULES: readonly Rule[] = [
  ...PERMISSION_RULES,
  ...EXPOSURE_RULES,
  ...FUNCTION_RULES,
  ...STORE_RULES,
  ...WORKER_RULES,
  ...OBSERVABILITY_RULES,
];
