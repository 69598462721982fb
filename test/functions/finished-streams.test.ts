import { once } from 'node:events';
import { connect, createServer, type ClientHttp2Session, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseFinishedStreams } from '../../functions/finished-streams.ts';

describe('an HTTP/2 stream of a client', () => {
  let server: Http2Server;
  let session: ClientHttp2Session;

  beforeAll(async () => {
    releaseFinishedStreams();
    server = createServer((request, response) => {
      if (request.url === '/broken') response.stream.close(2);
      else response.end('an answer');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  afterAll(() => {
    session.destroy();
    server.close();
  });

  async function eventsOf(path: string) {
    const stream = session.request({ ':path': path });
    const seen: string[] = [];
    for (const name of ['response', 'data', 'end', 'error', 'close']) stream.on(name, () => seen.push(name));
    await new Promise((resolve) => stream.on('close', resolve));
    return { stream, seen };
  }

  it('is heard to its end by everybody who listens', async () => {
    const { seen } = await eventsOf('/');
    expect(seen).toEqual(['response', 'data', 'end', 'close']);
  });

  it('is heard to break, and breaks nothing else afterwards', async () => {
    const { stream, seen } = await eventsOf('/broken');
    expect(seen).toEqual(['error', 'close']);
    stream.destroy(new Error('too late'));
    stream.close();
    expect((await eventsOf('/')).seen).toContain('data');
  });

  it('holds nobody who listened, once it is closed', async () => {
    for (const path of ['/', '/broken']) {
      const { stream } = await eventsOf(path);
      expect(stream.eventNames()).toEqual([]);
    }
  });
});
