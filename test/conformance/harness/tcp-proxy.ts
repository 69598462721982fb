/** Carries bytes from an address to a server of this machine, as they are or out of TLS. */

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

export interface TcpProxy {
  readonly port: number;
  readonly close: () => Promise<void>;
}

interface Options {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** @param target HOST:PORT */
export async function startTcpProxy(target: string, { host, port, tls }: Options): Promise<TcpProxy> {
  const { hostname, port: targetPort } = new URL(`http://${target}`);
  const sockets = new Set<Socket>();
  const carry = (client: Socket) => {
    const server = connect(Number(targetPort), hostname);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.once('close', () => sockets.delete(from));
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  };
  const proxy =
    tls === undefined
      ? createServer(carry)
      : createTlsServer({ cert: tls.certificate, key: tls.key, ALPNProtocols: ['http/1.1'] }, carry);
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(port, host, resolve);
  });
  return {
    port: (proxy.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
