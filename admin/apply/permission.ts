/**
 * Whether a plan may be applied without a person at the terminal: what takes away and what widens has to be allowed by
 * name. Pure.
 */

import { count, type Plan } from '../plan/change.ts';

export interface Allowed {
  readonly deletions: boolean;
  readonly widenings: boolean;
}

/** The flags that are missing, each with the reason; none: it may be. */
export function missingFlags({ changes }: Plan, allowed: Allowed): readonly string[] {
  const deleted = changes.filter(({ kind }) => kind === 'deleted').length;
  const lost = count(changes, 'loses');
  const widened = count(changes, 'widens');
  return [
    ...((deleted > 0 || lost > 0) && !allowed.deletions
      ? [`--allow-deletions (${deleted} documents are deleted, ${lost} permissions lost)`]
      : []),
    ...(widened > 0 && !allowed.widenings ? [`--allow-widenings (${widened} permissions widen)`] : []),
  ];
}
