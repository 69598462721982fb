/**
 * A shell that waits for programs to run, one after the other.
 *
 * To make a process, the kernel copies the page tables of whoever makes it: a daemon of a hundred MiB would be busy for
 * ten milliseconds, in which nobody is answered. The shell has little to copy, and is made once.
 */

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { errorCode } from '../../../shared/unknown.ts';

/** Programs are the host's own, whatever the environment of the daemon says. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const;

/** A program of the kernel's that takes longer hangs. */
const LIMIT_MS = 20_000;

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface ToolShell {
  /** Not before the one before has ended. Rejects where there is no shell any more; then there will be none. */
  readonly run: (words: readonly string[], input: string) => Promise<Ended>;
}

export function startToolShell(): ToolShell {
  const child = spawn('/bin/sh', [], { env: ENVIRONMENT, stdio: 'pipe', detached: true });
  let trouble: string | undefined;
  let whenLost: (() => void) | undefined;
  // before anything else: a process without descriptors left gets no pipes either
  child.once('error', (error) => (trouble = `/bin/sh cannot be started (${String(errorCode(error))})`));
  const { stdin, stdout, stderr } = child;
  // whoever waits for a program keeps this process alive; a shell without work does not
  const parts: readonly object[] = [child, stdin, stdout, stderr];
  const handles = parts.filter(isHandle);
  child.once('close', () => {
    trouble ??= 'the shell that runs it has ended';
    whenLost?.();
  });
  // a shell that ends early does not read
  stdin.on('error', () => undefined);
  stdout.setEncoding('utf8');
  stderr.setEncoding('utf8');

  function giveUp(): void {
    trouble = `it takes longer than ${LIMIT_MS / 1000} s`;
    if (child.pid !== undefined) killGroup(child.pid);
  }

  return {
    async run(words, input) {
      const mark = randomUUID();
      const timer = setTimeout(giveUp, LIMIT_MS);
      for (const handle of handles) handle.ref();
      try {
        const lost = new Promise<never>((_, reject) => {
          whenLost = () => reject(new Error(trouble));
        });
        if (trouble !== undefined) whenLost?.();
        const said = Promise.all([textUntil(stdout, mark), textUntil(stderr, mark)]);
        stdin.write(script(words, input, mark));
        const [[out, code], [err]] = await Promise.race([said, lost]);
        return { code: Number(code), out, err };
      } finally {
        clearTimeout(timer);
        for (const handle of handles) handle.unref();
      }
    },
  };
}

interface Handle {
  ref(): void;
  unref(): void;
}

/** Pipes are sockets, whatever their types say. */
function isHandle(value: object): value is Handle {
  return 'ref' in value && 'unref' in value;
}

/** The shell, and what it runs. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // all of it has ended by itself
  }
}

/** The shell reads words and input as they are, whatever they hold: nobody can guess the mark. */
function script(words: readonly string[], input: string, mark: string): string {
  const command = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  // programs come and go: where they were the last time says nothing
  return `hash -r; ${command} <<'${mark}'
${input}
${mark}
printf '\\n${mark} %d\\n' $?; printf '\\n${mark} \\n' >&2
`;
}

/** What comes before the line of the mark, and what else stands in it. */
function textUntil(stream: NodeJS.ReadableStream, mark: string): Promise<readonly [string, string]> {
  return new Promise((resolve) => {
    let text = '';
    function take(more: string): void {
      text += more;
      const at = text.lastIndexOf(`\n${mark} `);
      if (at === -1 || !text.endsWith('\n')) return;
      stream.off('data', take);
      resolve([text.slice(0, at), text.slice(at + mark.length + 2, -1)]);
    }
    stream.on('data', take);
  });
}
