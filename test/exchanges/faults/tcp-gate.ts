/**
 * A way to a server that can be shut, below HTTP: for connections that are refused and for those that fall silent, as
 * when a firewall forgets them or a machine dies without a word.
 */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../../support/processes/free-port.ts';

export interface TcpGate {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Ends all connections and refuses new ones. */
  readonly shut: () => Promise<void>;
  /** Accepts connections again, at the same address. */
  readonly open: () => Promise<void>;
  /** The connections of this moment stay open, and nothing passes any more; new ones are as before. */
  readonly silence: () => void;
}

interface Passage {
  readonly inner: Socket;
  readonly outer: Socket;
}

/** `target` is `127.0.0.1:PORT`, or a URL there. */
export async function startTcpGate(target: string): Promise<TcpGate> {
  const { hostname, port: targetPort } = new URL(target.includes('://') ? target : `http://${target}`);
  const port = await freePort();
  const passages = new Set<Passage>();

  const server = createServer((outer) => {
    const inner = connect(Number(targetPort), hostname);
    const passage = { inner, outer };
    passages.add(passage);
    outer.pipe(inner).pipe(outer);
    // broken connections are what this is for
    outer.on('error', () => inner.destroy());
    inner.on('error', () => outer.destroy());
    outer.once('close', () => {
      inner.destroy();
      passages.delete(passage);
    });
  });
  const open = async () => {
    if (server.listening) return;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await open();

  return {
    host: `127.0.0.1:${port}`,
    open,
    shut: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const { outer } of passages) outer.destroy();
      await closed;
    },
    silence: () => {
      for (const { inner, outer } of passages) {
        outer.unpipe(inner);
        inner.unpipe(outer);
        // taken and dropped, as packets are
        outer.resume();
        inner.resume();
      }
    },
  };
}
