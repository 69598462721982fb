/**
 * The body of a request as text: capped, within a deadline, strictly UTF-8.
 */

import type { IncomingMessage } from 'node:http';
import { MAX_BODY_BYTES } from '../shared/protocol.ts';
import { Refusal } from '../shared/refusal.ts';

/** Throws a `Refusal`. The request is left open, so that it can still be answered. */
export async function readBody(request: IncomingMessage, signal: AbortSignal): Promise<string> {
  return decode(await collect(request, signal));
}

/** Destroying the request, as iterating over it would, takes the connection of the answer along. */
function collect(request: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;

  const onData = (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) reject(new Refusal('body_too_large'));
    else chunks.push(chunk);
  };
  const onEnd = () => resolve(Buffer.concat(chunks));
  const onGone = () => reject(new Refusal('body_incomplete', 'the caller went away'));
  const onAbort = () => reject(new Refusal('body_incomplete', 'it did not arrive within the deadline'));

  request.on('data', onData).once('end', onEnd).once('close', onGone).once('error', onGone);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => {
    signal.removeEventListener('abort', onAbort);
    request.off('data', onData).off('end', onEnd).off('close', onGone).pause();
  });
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw new Refusal('body_malformed', 'not UTF-8');
  }
}
