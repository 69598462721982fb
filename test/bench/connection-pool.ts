/**
 * Kept-alive connections to one port, as many as there are requests at one moment.
 */

import { openConnection, type HttpAnswer, type KeepAliveConnection } from './keep-alive-connection.ts';

export interface ConnectionPool {
  readonly send: (request: Uint8Array) => Promise<HttpAnswer>;
  readonly close: () => void;
}

export function createConnectionPool(port: number): ConnectionPool {
  const idle: KeepAliveConnection[] = [];

  async function take(): Promise<KeepAliveConnection> {
    // the one used last is the least likely to be closed by the server
    const connection = idle.pop();
    if (connection === undefined) return openConnection(port);
    return connection.isOpen() ? connection : take();
  }

  return {
    async send(request) {
      const connection = await take();
      const answer = await connection.send(request);
      idle.push(connection);
      return answer;
    },
    close: () => idle.forEach((connection) => connection.close()),
  };
}
