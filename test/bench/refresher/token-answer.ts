/**
 * A client library's request for a token, and the answer to it: what the baseline has to send as well.
 */

import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

const PATH = '/computeMetadata/v1/instance/service-accounts/default/token';

/** As Go's client writes it. */
function headersAt(port: number): Readonly<Record<string, string>> {
  return {
    Host: `127.0.0.1:${port}`,
    'User-Agent': 'gcloud-golang/0.1',
    'Metadata-Flavor': 'Google',
    'Accept-Encoding': 'gzip',
  };
}

export function tokenRequest(port: number): Buffer {
  const lines = Object.entries(headersAt(port)).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`GET ${PATH} HTTP/1.1\r\n${lines.join('')}\r\n`);
}

export interface TokenAnswer {
  /** All of them. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export async function askForToken(port: number): Promise<TokenAnswer> {
  const agent = { host: '127.0.0.1', port, path: PATH, headers: headersAt(port) };
  const sent = request({ ...agent, headers: { ...agent.headers, Connection: 'keep-alive' } });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const body = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`the server answered ${answer.statusCode}: ${body}`);
  return { rawHeaders: answer.rawHeaders, body };
}

/** Made by the server by itself. */
const NOT_ITS_OWN = ['date', 'connection', 'keep-alive'];

/** Those that the program itself has set. */
export function ownHeaders({ rawHeaders }: TokenAnswer): Readonly<Record<string, string>> {
  const entries = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ''] as const] : [],
  );
  return Object.fromEntries(entries.filter(([name]) => !NOT_ITS_OWN.includes(name.toLowerCase())));
}

/** Throws unless both are the same to the byte, but for the time. */
export function assertSameBytes(ours: TokenAnswer, baseline: TokenAnswer): void {
  const [one, other] = [ours, baseline].map(({ rawHeaders, body }) =>
    JSON.stringify({ rawHeaders, body })
      .replace(/"Date","[^"]+"/i, '')
      .replace(/expires_in\\":\d+/, ''),
  );
  if (one !== other) throw new Error(`the baseline sends something else:\n${one}\n${other}`);
}
