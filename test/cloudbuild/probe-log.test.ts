/** Reading what probers wrote, from a Cloud Logging and a metadata server on this machine. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReadEntries } from '../../cloudbuild/probe-log.ts';
import { entryOf } from '../../probe/report.ts';

const APPLIED_AT = '2026-11-02T10:00:00Z';
const GRANTED = { result: 'as_expected', sentence: 'a token' } as const;
const written = entryOf({ projectId: 'acme-vending', region: 'us-central1' }, 'granted', GRANTED);

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

let handle: Handler;
let server: Server;
let origin: string;

beforeEach(async () => {
  server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const read = () => createReadEntries('acme-vending', APPLIED_AT, { logging: origin, metadata: origin })();

/** A token for who asks as Google's libraries do; then what the log says. */
function serve(log: Handler, tokenStatus = 200): void {
  handle = (request, response) => {
    if (request.url !== '/computeMetadata/v1/instance/service-accounts/default/token')
      return log(request, response);
    const status = request.headers['metadata-flavor'] === 'Google' ? tokenStatus : 403;
    response.writeHead(status).end('{"access_token":"ya29.of-the-build","token_type":"Bearer"}');
  };
}

const answer = (status: number, body: unknown): Handler => {
  return (_, response) => void response.writeHead(status).end(JSON.stringify(body));
};

describe('the log of probers', () => {
  it('is read page by page, since the apply, as the account of the build', async () => {
    const asked: unknown[] = [];
    serve(async (request, response) => {
      const body = JSON.parse(await text(request)) as { readonly pageToken?: string };
      asked.push({ ...body, by: request.headers.authorization });
      const page =
        body.pageToken === undefined ? { entries: [written], nextPageToken: 'two' } : { entries: [written] };
      response.end(JSON.stringify(page));
    });
    const { region, probe, result, message } = written.jsonPayload;
    expect(await read()).toEqual([1, 2].map(() => ({ region, probe, result, message })));
    const common = {
      resourceNames: ['projects/acme-vending'],
      filter: `logName="${written.logName}" AND timestamp>="${APPLIED_AT}"`,
      orderBy: 'timestamp asc',
      pageSize: 1000,
      by: 'Bearer ya29.of-the-build',
    };
    expect(asked).toEqual([common, { ...common, pageToken: 'two' }]);
  });

  it('may be empty', async () => {
    serve(answer(200, {}));
    expect(await read()).toEqual([]);
  });

  it.each([429, 500, 503])('comes another time where Google answers %i', async (status) => {
    serve(answer(status, { error: { status: 'UNAVAILABLE' } }));
    expect(await read()).toBeUndefined();
  });

  it('comes another time where the metadata server has no token', async () => {
    serve(answer(200, {}), 503);
    expect(await read()).toBeUndefined();
  });

  it('comes another time where the connection breaks', async () => {
    serve((request) => void request.socket.destroy());
    expect(await read()).toBeUndefined();
  });

  it('is not waited for where the account may not read it: it says which permission that takes', async () => {
    serve(answer(403, { error: { status: 'PERMISSION_DENIED' } }));
    await expect(read()).rejects.toThrow('logging.logEntries.list');
  });

  it('is not believed where an entry is none of a prober', async () => {
    serve(answer(200, { entries: [{ textPayload: 'granted in us-central1: all is well' }] }));
    await expect(read()).rejects.toThrow('none of the prober');
  });
});
