/**
 * Makes a server listen: on a port, or on a Unix socket that only its owner can open.
 */

import type { Server } from 'node:http';
import { connect, type ListenOptions } from 'node:net';
import { errorCode } from '../../shared/unknown.ts';
import { badConfiguration, type Failure } from '../failure.ts';
import { files } from '../files.ts';
import { writtenAs, type ListenAddress } from '../settings/listen-address.ts';

export interface Listening {
  /** `HOST:PORT` with the port that was given or found, or `unix:PATH`. */
  readonly address: string;
}

/** Only the owner may read and write. */
const SOCKET_UMASK = 0o177;

/** Throws a `Failure` that says why nobody can listen there, and what to try. */
export async function listen(server: Server, address: ListenAddress): Promise<Listening> {
  if (address.kind === 'tcp') {
    await bind(server, { host: address.host, port: address.port }, writtenAs(address.host, address.port));
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
    return { address: writtenAs(address.host, port) };
  }
  const { path } = address;
  await removeLeftBehind(path);
  const umask = process.umask(SOCKET_UMASK);
  // the socket is made before this returns, hence under that umask
  const bound = bind(server, { path }, path);
  process.umask(umask);
  await bound;
  return { address: `unix:${path}` };
}

function bind(server: Server, options: ListenOptions, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown) => reject(cannotListen(name, error));
    server.once('error', onError);
    server.listen(options, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

/** A process that was killed leaves its socket, which nobody answers and nobody else can listen on. */
async function removeLeftBehind(path: string): Promise<void> {
  const { lstat, rm } = await files();
  const isSocket = await lstat(path).then(
    (found) => found.isSocket(),
    // where that is a problem, listening there will say why
    () => false,
  );
  if (isSocket && !(await isAnswered(path))) await rm(path, { force: true });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (reason) => resolve(errorCode(reason) !== 'ECONNREFUSED'));
  });
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else is there: choose another --listen address, or port 0',
  EACCES: 'that is not allowed: choose a port above 1023, or a writable directory',
  EADDRNOTAVAIL: 'this machine has no such address: check --listen',
  ENOTFOUND: 'there is no such host: check --listen',
  ENOENT: 'there is no such directory: check --listen',
};

function cannotListen(name: string, cause: unknown): Failure {
  const code = errorCode(cause);
  const hint = typeof code === 'string' ? (HINTS[code] ?? code) : 'the reason is not known';
  return badConfiguration(`cannot listen on ${name}: ${hint}`, cause);
}
