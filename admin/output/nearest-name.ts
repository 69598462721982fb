/**
 * "Did you mean …": the name that somebody misspelt, if one is near enough. Pure.
 */

/** So that `scope` finds `scopes` and `lifetime` does not find `uniqueId`. */
const FARTHEST = 3;

export function nearestName(misspelt: string, names: Iterable<string>): string | undefined {
  let nearest: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = isBeginningOf(misspelt, name)
      ? 1
      : distanceOf(misspelt.toLowerCase(), name.toLowerCase());
    const isNear = distance <= Math.min(FARTHEST, Math.ceil(name.length / 2));
    if (isNear && (nearest === undefined || distance < nearest.distance)) nearest = { name, distance };
  }
  return nearest?.name;
}

/** `. Did you mean X?`, or nothing. */
export function didYouMean(misspelt: string, names: Iterable<string>): string {
  const nearest = nearestName(misspelt, names);
  return nearest === undefined ? '' : `: did you mean ${nearest}?`;
}

function isBeginningOf(misspelt: string, name: string): boolean {
  return misspelt.length >= 4 && name.toLowerCase().startsWith(misspelt.toLowerCase());
}

/** Levenshtein's: letters put in, left out or replaced. */
function distanceOf(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > FARTHEST) return FARTHEST + 1;
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let line = 0; line < one.length; line += 1) {
    const next = [line + 1];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (one[line] === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
