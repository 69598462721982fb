/** Keeps what a metadata server answers to whoever asks for the access token, as it goes out. */

import { createHash } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

export interface Served {
  readonly status: number;
  readonly tokenSha256: string;
  /** What the client is told. */
  readonly expiresInSeconds: number;
  /** What Google knows. */
  readonly trulySeconds: number;
}

export function keepServedTokens(server: Server, trulySeconds: (token: string) => number): readonly Served[] {
  const served: Served[] = [];
  server.prependListener('request', ({ url }: IncomingMessage, response: ServerResponse) => {
    if (!/\/service-accounts\/[^/]+\/token(?:\?|$)/.test(url ?? '')) return;
    const end = response.end.bind(response) as (body: string) => ServerResponse;
    const keepAndEnd = (body: string) => {
      const { access_token: token = '', expires_in: expiresInSeconds = 0 } = JSON.parse(body) as {
        access_token?: string;
        expires_in?: number;
      };
      served.push({
        status: response.statusCode,
        tokenSha256: createHash('sha256').update(token).digest('hex'),
        expiresInSeconds,
        trulySeconds: trulySeconds(token),
      });
      return end(body);
    };
    response.end = keepAndEnd as typeof response.end;
  });
  return served;
}
