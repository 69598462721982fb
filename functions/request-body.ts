/**
 * The body of a request as text: capped, within a deadline, strictly UTF-8.
 */

import type { IncomingMessage } from 'node:http';
import { MAX_BODY_BYTES } from '../shared/protocol.ts';
import { Refusal } from '../shared/refusal.ts';

/**
 * Rejects with a `Refusal`. The request is left open, so that it can still be answered: destroying it, as iterating
 * over it would, takes the connection of the answer along.
 */
export function readBody(request: IncomingMessage, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;

    const stop = () => {
      signal.removeEventListener('abort', onAbort);
      request.off('data', onData).off('end', onEnd).off('close', onGone).pause();
    };
    const refuse = (reason: 'body_too_large' | 'body_incomplete', detail?: string) => {
      stop();
      reject(new Refusal(reason, detail));
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > MAX_BODY_BYTES) refuse('body_too_large');
      else chunks.push(chunk);
    };
    const onEnd = () => {
      stop();
      const text = decode(Buffer.concat(chunks));
      if (text === undefined) reject(new Refusal('body_malformed', 'not UTF-8'));
      else resolve(text);
    };
    const onGone = () => refuse('body_incomplete', 'the caller went away');
    const onAbort = () => refuse('body_incomplete', 'it did not arrive within the deadline');

    request.on('data', onData).on('end', onEnd).on('close', onGone);
    // an error comes before a close; without a listener it would end the process
    request.on('error', () => undefined);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string | undefined {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
}
