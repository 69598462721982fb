/**
 * One HTTP call over kept-alive connections.
 *
 * Not `fetch`: it ties each call to weak references, which V8 clears only in its long collections. At a thousand calls
 * a second that was half of the functions' memory, and the pauses of its slowest answers.
 */

import * as http from 'node:http';
import * as https from 'node:https';
import type { OutboundRequest } from './outbound.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Rejects where there is no whole answer, or it is too long, and with the signal's reason once it aborts.
 * `fresh` opens a connection of its own: what was kept open may have died meanwhile without a word.
 */
export type Call = (
  request: OutboundRequest,
  how: { readonly signal: AbortSignal; readonly fresh: boolean },
) => Promise<HttpAnswer>;

/** Google's answers are a few KiB; its key set is the longest. */
const MAX_RESPONSE_BYTES = 256 * 1024;

export function createCall(): Call {
  const kept = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };

  return function call({ method, url, headers, body }, { signal, fresh }) {
    return new Promise((resolve, reject) => {
      const target = new URL(url);
      const secure = target.protocol === 'https:';
      const agent = fresh ? false : kept[secure ? 'https:' : 'http:'];
      const request = (secure ? https : http).request(target, { method, headers, agent });

      const settle = (outcome: { answer: HttpAnswer } | { error: unknown }) => {
        signal.removeEventListener('abort', onAbort);
        if ('answer' in outcome) return resolve(outcome.answer);
        reject(outcome.error);
        request.destroy();
      };
      const fail = (error: unknown) => settle({ error });
      const onAbort = () => fail(signal.reason);

      request.on('error', fail);
      request.on('response', (response) => {
        readCapped(response).then((text) => {
          settle({ answer: { status: response.statusCode ?? 0, headers: response.headers, body: text } });
        }, fail);
      });
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      else request.end(body);
    });
  };
}

function readCapped(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > MAX_RESPONSE_BYTES)
        reject(new Error(`the answer is longer than ${MAX_RESPONSE_BYTES} bytes`));
      else chunks.push(chunk);
    });
    response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    response.on('error', reject);
  });
}
