/**
 * Nothing outlives its gRPC call.
 *
 * Node keeps a closed HTTP/2 stream in memory until V8's next long collection, and with it all that listens to it: the
 * call of the Firestore client that it was for, several times its size. Short collections then copy what nobody needs,
 * twice, while exchanges wait. A stream that was closed has nothing to tell, so nobody stays listening.
 * https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http2
 */

import { subscribe } from 'node:diagnostics_channel';
import type { ClientHttp2Stream } from 'node:http2';

export function releaseFinishedStreams(): void {
  subscribe('http2.client.stream.created', (message) => {
    if (!isStreamCreated(message)) return;
    const { stream } = message;
    // `close` is the last event, and reaches those who listen to it now even so
    stream.once('close', () => stream.removeAllListeners());
  });
}

function isStreamCreated(message: unknown): message is { readonly stream: ClientHttp2Stream } {
  return typeof message === 'object' && message !== null && 'stream' in message;
}
