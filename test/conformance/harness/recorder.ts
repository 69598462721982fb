/** In front of the refresher: passes every request on and remembers what was asked and how it was answered. */

import { request as ask } from 'node:http';
import { startLoopbackServer } from '../../support/google/loopback-server.ts';

/** `GET /computeMetadata/v1/… 200` */
export type Exchanged = `${string} ${string} ${number}`;

export interface Recorder {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Those since the last call. */
  readonly take: () => Exchanged[];
  readonly close: () => Promise<void>;
}

/** @param target HOST:PORT; requests arrive there under this name, as if there were nothing between */
export async function startRecorder(target: string): Promise<Recorder> {
  let exchanged: Exchanged[] = [];
  const server = await startLoopbackServer((request, response) => {
    const { method = 'GET', url = '/' } = request;
    const headers = { ...request.headers, host: target };
    const passed = ask(`http://${target}`, { method, path: url, headers, agent: false }, (answer) => {
      exchanged.push(`${method} ${url} ${answer.statusCode ?? 0}`);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.once('error', () => response.destroy());
    request.pipe(passed);
  });
  return {
    host: server.host,
    take() {
      const taken = exchanged;
      exchanged = [];
      return taken;
    },
    close: () => server.close(),
  };
}
