// What each fault does on the wire.
import type { ServerResponse } from 'node:http';

import type { Fault } from './faults.ts';
import { outage } from './google-error.ts';
import { oauthErrorReply, oauthOutage } from './oauth-error.ts';
import { htmlReply, jsonReply, textReply, type GoogleReply } from './reply.ts';
import type { Route } from './routes.ts';

const CHUNK = Buffer.alloc(64 * 1024, 'x');
const SENTENCE = 'That’s an error.';

/** Answers `response` as the fault says; `usual` computes the answer that it spoils. */
export async function applyFault(
  fault: Fault,
  route: Route,
  response: ServerResponse,
  usual: () => Promise<GoogleReply>,
): Promise<void> {
  switch (fault.kind) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'latency':
      if (await staysOpen(response, fault.ms)) sendReply(response, await usual());
      return;
    case 'status':
      sendReply(response, statusReply(fault, route));
      return;
    case 'oauthError':
      sendReply(response, oauthErrorReply(fault.status, fault.error, fault.error_description));
      return;
    case 'html':
      sendReply(response, htmlReply(fault.status, SENTENCE));
      return;
    case 'body':
      sendReply(response, textReply(fault.status, fault.body, fault.contentType ?? 'application/json'));
      return;
    case 'noAccessToken':
      sendReply(response, jsonReply(200, { id_token: 'eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl' }));
      return;
    case 'truncatedJson':
      sendReply(response, firstHalf(await usual()));
      return;
    case 'bodyOfBytes':
      flood(response, fault.bytes);
      return;
    case 'slowBody':
      drip(response, await usual(), fault.everyMs);
  }
}

export function sendReply(response: ServerResponse, { status, headers, body }: GoogleReply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function statusReply(
  { status, body, headers }: Extract<Fault, { kind: 'status' }>,
  route: Route,
): GoogleReply {
  const reply = typeof body === 'string' ? textReply(status, body, 'text/plain') : jsonReply(status, body);
  const plain = body === undefined ? defaultReply(status, route) : reply;
  return { ...plain, headers: { ...plain.headers, ...headers } };
}

/** The route's own shape of an error. */
function defaultReply(status: number, route: Route): GoogleReply {
  if (route === 'oauthToken' || route === 'sts') return oauthOutage(status);
  if (route === 'metadata' || route === 'jwks') return htmlReply(status, SENTENCE);
  return outage(status);
}

function firstHalf({ status, headers, body }: GoogleReply): GoogleReply {
  const bytes = Buffer.from(body);
  return { status, headers, body: bytes.subarray(0, bytes.length / 2) };
}

/** Waits `ms`; false when the client went away meanwhile. */
function staysOpen(response: ServerResponse, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      response.off('close', gone);
      resolve(true);
    }, ms);
    response.once('close', gone);
  });
}

function drip(
  response: ServerResponse,
  { status, headers, body }: GoogleReply,
  everyMs: number | undefined,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.write(bytes.subarray(0, 1));
  if (everyMs === undefined) return;
  let sent = 1;
  const timer = setInterval(() => {
    response.write(bytes.subarray(sent, sent + 1));
    sent += 1;
    if (sent >= bytes.length) response.end();
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}

function flood(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes });
  let left = bytes;
  const pour = (): void => {
    while (left > 0) {
      const chunk = CHUNK.subarray(0, left);
      left -= chunk.length;
      if (!response.write(chunk)) {
        response.once('drain', pour);
        return;
      }
    }
    response.end();
  };
  pour();
}
