/**
 * Stands between a refresher and a server, passes on what goes to and fro, and remembers every token in it. It can also
 * answer itself, with what it has just heard.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLoopbackServer, type LoopbackServer } from '../support/google/loopback-server.ts';

const TOKENS = /ya29\.[\w.-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/** Answers in the server's place; `token` came with the request, or was heard before. */
export type Forgery = (response: ServerResponse, token: string) => void;

export async function startWiretap(
  upstream: string,
  heard: Set<string>,
  forgery?: Forgery,
): Promise<LoopbackServer> {
  const listen = (text: string): string[] => {
    const tokens = [...text.matchAll(TOKENS)].map(([token]) => token);
    for (const token of tokens) heard.add(token);
    return tokens;
  };

  async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString();
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => name !== 'host' && name !== 'connection'),
    ) as Record<string, string>;
    const [token] = listen(`${body} ${JSON.stringify(headers)}`);
    if (forgery !== undefined) {
      forgery(response, token ?? [...heard][0] ?? '');
      return;
    }
    const { method = 'GET', url = '/' } = request;
    const answer = await fetch(`${upstream}${url}`, { method, headers, ...(body !== '' && { body }) });
    const text = await answer.text();
    listen(text);
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(text);
  }

  return startLoopbackServer((request, response) => {
    passOn(request, response).catch(() => response.destroy());
  });
}
