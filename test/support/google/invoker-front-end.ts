// What stands before a Cloud Run service or a function that is not open to everybody.
// https://cloud.google.com/run/docs/authenticating/service-to-service
// https://cloud.google.com/run/docs/troubleshooting#signature-removed
import { randomBytes } from 'node:crypto';
import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';

import { sendReply } from './apply-fault.ts';
import type { GoogleClock } from './google-clock.ts';
import type { GoogleKeys } from './google-keys.ts';
import { decodeJwt, isSignedBy } from './jwt.ts';
import { startLoopbackServer } from './loopback-server.ts';
import { htmlReply, type GoogleReply } from './reply.ts';

export interface FrontEndOptions {
  /** Origin of the service behind: `http://127.0.0.1:PORT`. */
  upstream: string;
  /** Audiences that the platform accepts: the service's URLs and its custom audiences. */
  audiences: readonly string[];
  /** E-mails of those with roles/run.invoker. */
  invokers: readonly string[];
}

export interface FrontEnd {
  readonly url: string;
  /** Requests that were let through. */
  readonly forwarded: () => number;
  readonly close: () => Promise<void>;
}

export interface FrontEndDeps {
  clock: GoogleClock;
  keys: GoogleKeys;
}

/** When both are there, only the first is looked at, and the other passes untouched. */
const TOKEN_HEADERS = ['x-serverless-authorization', 'authorization'] as const;
const LOOPBACK = new Set(['127.0.0.1', 'localhost']);
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade']);

export async function startInvokerFrontEnd(deps: FrontEndDeps, options: FrontEndOptions): Promise<FrontEnd> {
  const { hostname, port } = new URL(options.upstream);
  // Tokens that a test trusts the kit with never leave the machine.
  if (!LOOPBACK.has(hostname))
    throw new Error(`upstream "${options.upstream}" is not on the loopback address`);
  const agent = new Agent({ keepAlive: true });
  let forwarded = 0;
  const server = await startLoopbackServer((request, response) => {
    const name = TOKEN_HEADERS.find((header) => request.headers[header] !== undefined);
    if (name === undefined) return sendReply(response, forbidden());
    const token = /^Bearer +(\S+)$/i.exec(String(request.headers[name]))?.[1] ?? '';
    const refusal = refuse(token, deps, options);
    if (refusal !== undefined) return sendReply(response, refusal);
    forwarded += 1;
    return forward(request, response, { ...request.headers, [name]: `Bearer ${withoutSignature(token)}` });
  });
  return {
    url: server.url,
    forwarded: () => forwarded,
    async close() {
      agent.destroy();
      await server.close();
    },
  };

  function forward(request: IncomingMessage, response: ServerResponse, sent: IncomingHttpHeaders): void {
    const headers = { ...withoutHopByHop(sent), ...platformHeaders(request) };
    const upstream = httpRequest({
      hostname,
      port,
      path: request.url,
      method: request.method,
      agent,
      headers,
    });
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer.headers));
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    upstream.on('error', () => {
      if (response.headersSent) response.destroy();
      else sendReply(response, htmlReply(503, 'Service Unavailable'));
    });
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }
}

/** The error page for this token; undefined when it lets its bearer in. */
function refuse(
  token: string,
  { clock, keys }: FrontEndDeps,
  options: FrontEndOptions,
): GoogleReply | undefined {
  const jwt = decodeJwt(token);
  const key = keys.served.find(({ kid }) => kid === jwt?.header['kid']);
  if (jwt === undefined || key === undefined || !isSignedBy(jwt, key.publicKey)) return unauthorized();
  const { iss, aud, exp, email, email_verified: verified } = jwt.claims;
  if (iss !== 'https://accounts.google.com' || typeof exp !== 'number' || exp <= clock.nowSeconds())
    return unauthorized();
  if (typeof aud !== 'string' || !options.audiences.includes(aud)) return unauthorized();
  if (typeof email !== 'string' || verified !== true) return unauthorized();
  return options.invokers.includes(email) ? undefined : forbidden(NOT_AN_INVOKER);
}

function unauthorized(): GoogleReply {
  return htmlReply(401, 'Your client does not have permission to the requested URL.', {
    'www-authenticate':
      'Bearer error="invalid_token" error_description="The access token could not be verified"',
  });
}

const NOT_AN_INVOKER =
  'Bearer error="insufficient_scope" error_description="The access token is not authorized"';

function forbidden(challenge?: string): GoogleReply {
  const headers = challenge === undefined ? undefined : { 'www-authenticate': challenge };
  return htmlReply(403, 'Your client does not have permission to get this URL from this server.', headers);
}

function withoutSignature(token: string): string {
  return `${token.slice(0, token.lastIndexOf('.'))}.SIGNATURE_REMOVED_BY_GOOGLE`;
}

function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

/** What the platform adds; the client's own entries of X-Forwarded-For stay in front, believable to nobody. */
function platformHeaders({ headers, socket }: IncomingMessage): Record<string, string> {
  const before = headers['x-forwarded-for'];
  return {
    'x-forwarded-for': [...(before === undefined ? [] : [before]), socket.remoteAddress ?? ''].join(','),
    'x-forwarded-proto': 'https',
    'x-cloud-trace-context': String(
      headers['x-cloud-trace-context'] ?? `${randomBytes(16).toString('hex')}/1;o=0`,
    ),
  };
}
