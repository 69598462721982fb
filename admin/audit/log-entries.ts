/**
 * JSON values out of the lines of a log: one a line, as functions write them and sinks store them; or one over many lines, as
 * `gcloud logging read --format=json` prints a list. Pure.
 *
 * JSON has no line end within a string, so that a line that is cut off costs no more than itself.
 */

export type LogLine =
  | { readonly kind: 'entry'; readonly line: number; readonly value: unknown }
  /** Begins like JSON and is none. */
  | { readonly kind: 'broken'; readonly line: number };

/** Cloud Logging takes 256 KiB an entry. */
const MAX_ENTRY_LENGTH = 1024 * 1024;

interface Open {
  readonly line: number;
  readonly indent: string;
  text: string;
}

export interface LogReader {
  /** One line without its end; what it completes. */
  readonly push: (text: string) => readonly LogLine[];
  /** What has begun and not ended. */
  readonly end: () => readonly LogLine[];
}

export function createLogReader(): LogReader {
  let line = 0;
  let open: Open | undefined;

  function giveUp(): readonly LogLine[] {
    const given: readonly LogLine[] = open === undefined ? [] : [{ kind: 'broken', line: open.line }];
    open = undefined;
    return given;
  }

  function goOn(text: string, from: Open): readonly LogLine[] {
    if (text === `${from.indent}{`) return [...giveUp(), ...begin(text)];
    from.text += `${text}\n`;
    if (from.text.length > MAX_ENTRY_LENGTH) return giveUp();
    if (text !== `${from.indent}}` && text !== `${from.indent}},`) return [];
    open = undefined;
    return entriesIn(from.text.trim(), from.line);
  }

  function begin(text: string): readonly LogLine[] {
    const trimmed = text.trim();
    if (trimmed === '{') {
      open = { line, indent: text.slice(0, text.indexOf('{')), text: '{\n' };
      return [];
    }
    return /^(?:\{|\[.)/.test(trimmed) ? entriesIn(trimmed, line) : [];
  }

  return {
    push(raw) {
      line += 1;
      const text = raw.replace(/^\uFEFF|\r$/g, '');
      return open === undefined ? begin(text) : goOn(text, open);
    },
    end: giveUp,
  };
}

/** A value, or a list of them; what separates it from the next may be left on. */
function entriesIn(text: string, line: number): readonly LogLine[] {
  try {
    const value: unknown = JSON.parse(text.endsWith(',') ? text.slice(0, -1) : text);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.map((each) => ({ kind: 'entry', line, value: each }));
  } catch {
    return [{ kind: 'broken', line }];
  }
}
