/**
 * What somebody may have meant who typed something that does not exist. Pure.
 */

/** Not further off than that: a suggestion that is no near miss only confuses. */
const MAX_EDITS = 2;

export function closest(typed: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: editsBetween(typed.slice(0, 40), candidate) }))
    .toSorted((left, right) => left.edits - right.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= MAX_EDITS ? best.candidate : undefined;
}

/** Levenshtein's distance, row by row. */
function editsBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let line = 1; line <= left.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= right.length; column += 1) {
      const swap = (row[column - 1] ?? 0) + (left[line - 1] === right[column - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
