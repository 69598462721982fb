/** Text in a column of a terminal. Pure. */

/**
 * Breaks a line between words. What follows hangs under the first word, or under the second one where two spaces or
 * more set the first apart, as in a table.
 */
export function wrap(line: string, width: number): string[] {
  const head = /^ *(?:\S+ {2,})?/.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = head;
  for (const word of line.slice(head.length).split(' ')) {
    const isFirst = current.length === head.length;
    if (!isFirst && current.length + 1 + word.length > width) {
      lines.push(current);
      current = ' '.repeat(head.length) + word;
    } else {
      current += isFirst ? word : ` ${word}`;
    }
  }
  return [...lines, current];
}

/** A table of names and values; a name without a value is left out. */
export function table(rows: Readonly<Record<string, string | undefined>>, indent = 0): string[] {
  const present = Object.entries(rows).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value }],
  );
  const widest = Math.max(...present.map(({ name }) => name.length));
  return present.map(({ name, value }) => `${' '.repeat(indent)}${name.padEnd(widest)}  ${value}`);
}
