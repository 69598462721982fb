/**
 * The helper that runs inside a task's network namespace, for some milliseconds: opens the sockets that listen there,
 * and hands them over to the daemon. Nothing of it stays behind.
 *
 * The daemon starts it as a program of its own, by its text: a runtime that has nothing else to load is there four times
 * as fast. So nothing in here may come from outside the function.
 */

export interface Wanted {
  readonly host: string;
  readonly port: number;
}

/** With each message but the failures comes the listening socket. */
export type HelperMessage =
  | { readonly kind: 'listening'; readonly host: string }
  | { readonly kind: 'failed'; readonly host: string; readonly code: string };

/**
 * Its command line is the daemon's process id, then `HOST PORT` several times. Listens when the daemon says so, and ends when that has what it came for, or has gone.
 */
export async function openListeners(words: readonly string[]): Promise<number> {
  const { createServer } = process.getBuiltinModule('node:net');
  // a crowd of clients that start at once
  const backlog = 1024;
  // a handle that nobody takes any more keeps the end of the channel from being told
  setInterval(() => void (process.ppid !== Number(words[0]) && process.exit(1)), 50);
  const gone = new Promise<void>((resolve) => process.once('disconnect', () => resolve()));
  const told = new Promise<void>((resolve) => process.once('message', () => resolve()));
  await Promise.race([told, gone]);
  for (let at = 1; at < words.length; at += 2) {
    const host = words[at] ?? '';
    const server = createServer();
    const code = await new Promise<string | undefined>((resolve) => {
      server.once('error', (error) => resolve('code' in error ? String(error.code) : 'unknown'));
      server.listen({ host, port: Number(words[at + 1]), backlog, ipv6Only: true }, () => resolve(undefined));
    });
    if (code === undefined) process.send?.({ kind: 'listening', host } satisfies HelperMessage, server);
    else process.send?.({ kind: 'failed', host, code } satisfies HelperMessage);
  }
  await gone;
  return 0;
}

/** What starts it. A single executable is its own runtime, and runs no texts. */
export function helperProgram(program: readonly string[], command: string): readonly string[] {
  const [runtime = '', ...script] = program;
  if (script.length === 0) return [runtime, command];
  return [runtime, '-e', `(${openListeners.toString()})(process.argv.slice(1)).then(process.exit)`, '--'];
}
