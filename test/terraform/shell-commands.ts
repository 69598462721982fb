/**
 * The commands of a script as lists of words, as far as documents write scripts: quotes, continued lines, comments, pipes, files
 * that are read or written, loops, and commands within commands. Nothing is expanded: `$NAME` stays as it is written.
 */

export type Command = readonly string[];

/** What stands before a command and is none. */
const BEFORE = /^(?:if|then|else|do|while|until|!|sudo|exec|export|\w+=.*)$/s;

/** In the place of what a command within a word prints. */
const PRINTED = 'printed';

/** In this order; what is none of these is a character of a word. */
const PIECES = {
  continued: /\\\n/y,
  comment: /(?<=^|\s)#.*/y,
  single: /'[^']*'/y,
  double: /"(?:\\.|[^"\\])*"/sy,
  nested: /[$<]\((?:[^()]|\([^()]*\))*\)/y,
  redirection: /(?<=^|\s)\d*(?:>>?|<)&?[ \t]*[^\s;|&()<>]+/y,
  end: /[\n;|&()]/y,
  blank: /[ \t]+/y,
  character: /[\s\S]/y,
} as const;

function* piecesOf(script: string): Generator<{ kind: keyof typeof PIECES; text: string }> {
  const kinds = Object.keys(PIECES) as (keyof typeof PIECES)[];
  for (let at = 0; at < script.length;) {
    for (const kind of kinds) {
      PIECES[kind].lastIndex = at;
      const text = PIECES[kind].exec(script)?.[0];
      if (text === undefined) continue;
      yield { kind, text };
      at += text.length;
      break;
    }
  }
}

export function commandsOf(script: string): readonly Command[] {
  const commands: string[][] = [[]];
  const inner: string[] = [];
  let isInWord = false;
  const add = (text: string) => {
    const words = commands.at(-1) ?? [];
    if (isInWord) words.push(`${words.pop() ?? ''}${text}`);
    else words.push(text);
    isInWord = true;
  };
  for (const { kind, text } of piecesOf(script)) {
    if (kind === 'single') add(text.slice(1, -1));
    else if (kind === 'double') {
      inner.push(...(text.match(/\$\((?:[^()]|\([^()]*\))*\)/g) ?? []));
      add(text.slice(1, -1).replaceAll(/\\(["\\$])/g, '$1'));
    } else if (kind === 'nested') {
      inner.push(text);
      add(PRINTED);
    } else if (kind === 'character') add(text);
    else {
      isInWord = false;
      if (kind === 'end') commands.push([]);
    }
  }
  const own = commands.map((words) => words.slice(words.findIndex((word) => !BEFORE.test(word))));
  return [
    ...own.filter((words) => words.length > 0 && !BEFORE.test(words[0] ?? '')),
    ...inner.flatMap((text) => commandsOf(text.slice(2, -1))),
  ];
}
