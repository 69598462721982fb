/**
 * Connections to the metadata server's address out of many network namespaces, from one process: a client in each of
 * five hundred tasks would be more of a load than their requests.
 */

import { openSync, closeSync } from 'node:fs';
import { Socket } from 'node:net';
import koffi from 'koffi';
import type { Libc } from '../../../refresher/host/kernel/libc.ts';
import { overSocket, type KeepAliveConnection } from '../keep-alive-connection.ts';

/** `undefined`: nobody listens there. */
export type ConnectWithin = (namespacePath: string) => KeepAliveConnection | undefined;

const [AF_INET, SOCK_STREAM_CLOEXEC, IPPROTO_TCP, TCP_NODELAY] = [2, 1 | 0o2000000, 6, 1];
const ON = Buffer.from([1, 0, 0, 0]);
/** A `sockaddr_in` of 169.254.169.254:80. */
const METADATA = Buffer.from([AF_INET, 0, 0, 80, 169, 254, 169, 254, 0, 0, 0, 0, 0, 0, 0, 0]);

export function createConnectWithin(libc: Libc): ConnectWithin {
  const library = koffi.load(null);
  const call = (declaration: string) => library.func(declaration) as (...words: unknown[]) => number;
  const socket = call('int socket(int domain, int type, int protocol)');
  const connect = call('int connect(int fd, const void *address, uint32_t length)');
  const setsockopt = call('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)');

  return (namespacePath) => {
    const namespace = openSync(namespacePath, 'r');
    const fd = libc.within(namespace, () => {
      const made = socket(AF_INET, SOCK_STREAM_CLOEXEC, 0);
      setsockopt(made, IPPROTO_TCP, TCP_NODELAY, ON, ON.length);
      // inside one namespace the kernel answers at once
      if (connect(made, METADATA, METADATA.length) === 0) return made;
      closeSync(made);
      return undefined;
    });
    closeSync(namespace);
    return fd === undefined ? undefined : overSocket(new Socket({ fd, readable: true, writable: true }));
  };
}
