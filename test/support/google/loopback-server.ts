import { createServer, type RequestListener } from 'node:http';

export interface LoopbackServer {
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  readonly url: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Stops at once: whatever hangs is cut off. May be called again. */
  readonly close: () => Promise<void>;
}

/** Listens on a free port of the loopback address only. */
export async function startLoopbackServer(listener: RequestListener): Promise<LoopbackServer> {
  // Connections stay open between requests for longer than any client's own idle time, so that no test meets a
  // connection that closes just as it is used again.
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP port');
  const host = `127.0.0.1:${address.port}`;
  return {
    url: `http://${host}`,
    host,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
