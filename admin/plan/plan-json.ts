/**
 * A plan for programs. Pure.
 */

import { count, type Plan } from './change.ts';

export function planJson({
  projectId,
  databaseId,
  madeAt,
  goalSha256,
  commit,
  changes,
  unchanged,
  left,
}: Plan): unknown {
  return {
    projectId,
    databaseId,
    madeAt,
    goalSha256,
    commit,
    summary: {
      documents: { changed: changes.length, unchanged, left },
      gains: count(changes, 'gains'),
      losses: count(changes, 'loses'),
      widenings: count(changes, 'widens'),
      narrowings: count(changes, 'narrows'),
    },
    changes: changes.map(({ id, kind, consequences }) => ({ principal: id, change: kind, consequences })),
  };
}
