/**
 * The system calls that Node does not offer: those that a listener in another network namespace takes, and those
 * for connections that another thread is to close, or that are not worth reading.
 *
 * A thread is in one network namespace at a time, and the sockets and processes that it makes are in it, too. So the
 * daemon's own thread goes there for the length of some calls, which nothing can come in between of, and comes back.
 *
 * https://man7.org/linux/man-pages/man2/setns.2.html
 */

import { closeSync, constants, openSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { getSystemErrorName } from 'node:util';

export interface Libc {
  /** What `act` makes before it returns is in the namespace of the descriptor. Throws what `act` throws, and `SystemCallFailed`. */
  readonly within: <T>(namespaceFd: number, act: () => T) => T;
  /**
   * A descriptor of a socket that listens there, in the namespace where the thread is, and hears only what comes in by
   * that interface, if one is named. Throws `SystemCallFailed`.
   */
  readonly listen: (address: string, port: number, device?: string) => number;
  /** One more descriptor of what the descriptor is of; no program that is run gets it. Throws `SystemCallFailed`. */
  readonly duplicate: (fd: number) => number;
  /** How many bytes the socket has received and nobody has read, as far as they fit; they stay there. Throws `SystemCallFailed`. */
  readonly peek: (fd: number, into: Buffer) => number;
  /** A number that the namespace where the thread is has alone, and that none gets again until the machine restarts. */
  readonly namespaceCookie: () => string;
}

export class SystemCallFailed extends Error {
  override readonly name = 'SystemCallFailed';
  /** `EADDRINUSE` and the like. */
  readonly code: string;

  constructor(call: string, code: string) {
    super(`${call} failed (${code})`);
    this.code = code;
  }
}

/** What the kernel said; `undefined` where something else is the matter. */
export function systemCallCode(error: unknown): string | undefined {
  return error instanceof SystemCallFailed ? error.code : undefined;
}

// Linux, x86-64 and arm64: include/uapi/linux/sched.h, include/linux/socket.h, asm-generic/socket.h, linux/in6.h, uapi/linux/fcntl.h
const CLONE_NEWNET = 0x40000000;
const [AF_INET, AF_INET6, SOCK_STREAM] = [2, 10, 1];
const [SOCK_CLOEXEC, SOCK_NONBLOCK] = [0o2000000, 0o4000];
const [SOL_SOCKET, SO_REUSEADDR, SO_RCVBUF, SO_BINDTODEVICE, SO_NETNS_COOKIE] = [1, 2, 8, 25, 71];
const [IPPROTO_IPV6, IPV6_V6ONLY] = [41, 26];
const F_DUPFD_CLOEXEC = 1030;
const [MSG_PEEK, MSG_DONTWAIT] = [2, 0x40];

/** A crowd of clients that start at once. */
export const BACKLOG = 1024;
const ON = Buffer.from([1, 0, 0, 0]);
/** A few requests: whoever sends thousands at once is found out before the daemon has parsed them. */
const RECEIVE_BUFFER = Buffer.from(Uint32Array.of(2_048).buffer);

/** Rejects where koffi is not there, or is made for another kind of machine. */
export async function loadLibc(): Promise<Libc> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const call = (declaration: string) => library.func(declaration) as (...words: unknown[]) => number;
  const setns = call('int setns(int fd, int nstype)');
  const socket = call('int socket(int domain, int type, int protocol)');
  const inetPton = call('int inet_pton(int family, const char *text, void *address)');
  const bind = call('int bind(int fd, const void *address, uint32_t length)');
  const listen = call('int listen(int fd, int backlog)');
  const setsockopt = call('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)');
  const getsockopt = call(
    'int getsockopt(int fd, int level, int name, void *value, _Inout_ uint32_t *length)',
  );
  const recv = call('long recv(int fd, void *buffer, size_t length, int flags)');
  const fcntl = call('int fcntl(int fd, int command, int lowest)');
  const home = openSync('/proc/self/ns/net', constants.O_RDONLY);

  function succeed(name: string, result: number): number {
    if (result >= 0) return result;
    throw new SystemCallFailed(name, getSystemErrorName(-koffi.errno()));
  }

  /** A `sockaddr_in` or a `sockaddr_in6`. */
  function socketAddress(family: number, address: string, port: number): Buffer {
    const [length, at] = family === AF_INET6 ? [28, 8] : [16, 4];
    const encoded = Buffer.alloc(length);
    encoded.writeUInt16LE(family, 0);
    encoded.writeUInt16BE(port, 2);
    if (inetPton(family, address, encoded.subarray(at)) !== 1) {
      throw new SystemCallFailed('inet_pton', 'EINVAL');
    }
    return encoded;
  }

  /** `make` is given a fresh socket, which is closed where it throws. */
  function withSocket<T>(family: number, make: (fd: number) => T): { readonly fd: number; readonly made: T } {
    const fd = succeed('socket', socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    try {
      return { fd, made: make(fd) };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  return {
    within(namespaceFd, act) {
      succeed('setns', setns(namespaceFd, CLONE_NEWNET));
      try {
        return act();
      } finally {
        // whatever else this process did in there would be done as one of its tasks
        if (setns(home, CLONE_NEWNET) !== 0) process.abort();
      }
    },

    listen(address, port, device) {
      const family = isIPv6(address) ? AF_INET6 : AF_INET;
      const where = socketAddress(family, address, port);
      return withSocket(family, (fd) => {
        succeed('setsockopt', setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, ON, ON.length));
        if (family === AF_INET6) {
          succeed('setsockopt', setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, ON, ON.length));
        }
        succeed('setsockopt', setsockopt(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER, RECEIVE_BUFFER.length));
        if (device !== undefined) {
          const name = Buffer.from(`${device}\0`);
          succeed('setsockopt', setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length));
        }
        succeed('bind', bind(fd, where, where.length));
        succeed('listen', listen(fd, BACKLOG));
      }).fd;
    },

    duplicate: (fd) => succeed('fcntl', fcntl(fd, F_DUPFD_CLOEXEC, 0)),

    peek(fd, into) {
      const length = recv(fd, into, into.length, MSG_PEEK | MSG_DONTWAIT);
      if (length < 0 && koffi.errno() === koffi.os.errno['EAGAIN']) return 0;
      return succeed('recv', length);
    },

    namespaceCookie() {
      const cookie = Buffer.alloc(8);
      const { fd } = withSocket(AF_INET, (opened) => {
        const length = [cookie.length];
        succeed('getsockopt', getsockopt(opened, SOL_SOCKET, SO_NETNS_COOKIE, cookie, length));
      });
      closeSync(fd);
      return String(cookie.readBigUInt64LE());
    },
  };
}
