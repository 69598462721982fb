/**
 * Text that may be logged, made of text that may not.
 *
 * Messages of libraries and of Google's servers quote what they were given. Words of a sentence are short, and the
 * names that an operator has to see whole (addresses, scopes, document ids) are in lower case; whatever runs longer
 * than a word and is not may be a token or a piece of one, and is left out.
 */

const MAX_TEXT_LENGTH = 300;
const MAX_CAUSES = 5;
const MAX_FRAMES = 6;

export function loggableText(text: string): string {
  return text
    .replace(/[^\x20-\x7e]/g, '?')
    .replace(/[\w.~+/=-]{40,}/g, (run) => (/[A-Z]/.test(run) ? '[…]' : run))
    .slice(0, MAX_TEXT_LENGTH);
}

/** An error and what caused it, outermost first: names, codes and messages. */
export function loggableCauses(error: unknown): readonly string[] {
  const causes: string[] = [];
  let current = error;
  while (current instanceof Error && causes.length < MAX_CAUSES) {
    const code = 'code' in current ? ` (${String(current.code)})` : '';
    causes.push(loggableText(`${current.name}${code}: ${current.message}`));
    current = current.cause;
  }
  return causes;
}

/** `at serve (file:///workspace/index.js:12:34)`, the name being absent for anonymous functions. */
const FRAME =
  /^ {4}at (?:async |new )?(?:([\w.$<>]{1,39}) \()?[^\s()]*?\b([\w-]{1,39}\.\w{1,4}):(\d{1,7}):(\d{1,7})\)?$/;

/** Where a bug is: function, file and line of the innermost frames. A message may hold lines that only look like one. */
export function loggableFrames(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const frames = (error.stack ?? '').split('\n').flatMap((line) => {
    const [matched, name = '(anonymous)', file, row, column] = FRAME.exec(line) ?? [];
    return matched === undefined ? [] : [`at ${name} ${file}:${row}:${column}`];
  });
  return frames.slice(0, MAX_FRAMES);
}
