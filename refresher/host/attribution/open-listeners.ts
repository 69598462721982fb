/**
 * The helper that runs inside a task's network namespace, for some milliseconds: opens the sockets that listen there,
 * and hands them over to the daemon. Nothing of it stays behind.
 */

import { createServer, type Server } from 'node:net';
import { errorCode } from '../../../shared/unknown.ts';

/** Words of the helper's command line: `HOST PORT`, several times. */
export interface Wanted {
  readonly host: string;
  readonly port: number;
}

/** With each message but the failures comes the listening socket. */
export type HelperMessage =
  | { readonly kind: 'listening'; readonly host: string }
  | { readonly kind: 'failed'; readonly host: string; readonly code: string };

/** A crowd of clients that start at once. */
const BACKLOG = 1_024;

export function parseWanted(words: readonly string[]): readonly Wanted[] {
  return words.flatMap((host, at) => (at % 2 === 0 ? [{ host, port: Number(words[at + 1]) }] : []));
}

/** Ends when the daemon has what it came for, or has gone. */
export async function openListeners(words: readonly string[]): Promise<number> {
  const gone = new Promise<void>((resolve) => process.once('disconnect', () => resolve()));
  // what it is told to begin, `ip` and `nft` have done their part
  await new Promise<void>((resolve) => {
    process.once('message', () => resolve());
    process.once('disconnect', () => resolve());
  });
  for (const { host, port } of parseWanted(words)) {
    const server = createServer();
    const code = await listenAt(server, host, port);
    if (code === undefined) process.send?.({ kind: 'listening', host } satisfies HelperMessage, server);
    else process.send?.({ kind: 'failed', host, code } satisfies HelperMessage);
  }
  await gone;
  return 0;
}

/** The code of what went wrong. */
function listenAt(server: Server, host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(String(errorCode(error))));
    server.listen({ host, port, backlog: BACKLOG, ipv6Only: true }, () => resolve(undefined));
  });
}
