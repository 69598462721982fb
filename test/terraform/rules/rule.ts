/** What has to be true of every plan. */

import type { Plan } from '../plan.ts';

/** What a deployment chose that is not the default, and that shows. */
export interface Choices {
  readonly edge: 'iam' | 'function';
  readonly ingress: 'internal' | 'all';
  readonly isProtected: boolean;
}

export interface Rule {
  readonly sentence: string;
  /** Addresses, each with what is wrong; none where nothing is. */
  readonly violations: (plan: Plan, choices: Choices) => readonly string[];
}
