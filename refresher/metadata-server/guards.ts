/**
 * What stands between a hostile neighbour and the tokens: every guard of every request, and every limit, in one place.
 *
 * An address on loopback proves nothing about who asks. The guards keep out what a browser, a proxy or a confused
 * server can be made to send; the limits keep whoever is left from using the server up.
 */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { writtenAs } from '../settings/listen-address.ts';
import { sentenceReply, type Reply } from './reply.ts';
import { watchedHeaders, type WatchedHeaders } from './request-headers.ts';
import { authorityOf, splitTarget } from './request-target.ts';

export interface GuardRules {
  readonly allowRemotePeers: boolean;
  /** In lower case, with their port where it is not 80. */
  readonly hosts: ReadonlySet<string>;
  readonly isUnixSocket: () => boolean;
}

export interface Guard {
  readonly name: string;
  readonly reply: Reply;
  readonly refuses: (asked: Guarded, rules: GuardRules) => boolean;
}

/** A request, as far as guards look at it. */
interface Guarded {
  readonly socket: Socket;
  readonly isFromHere: boolean;
  readonly method: string | undefined;
  readonly url: string;
  readonly headerCount: number;
  readonly headers: WatchedHeaders;
}

export const LIMITS = {
  /** Ten thousand connections: beyond these the one that has been idle for longest makes room. */
  connections: 1024,
  /** Pipelining: so many requests of one connection may wait for their answers. */
  requestsPerConnection: 32,
  /** Huge headers: 431. */
  headerBytes: 16 * 1024,
  headers: 100,
  /** Huge targets: 414. The longest in earnest is that of an ID token for somebody's URL. */
  targetLength: 8 * 1024,
  /** Slow headers, or none at all: 408. */
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  timeoutCheckMs: 1_000,
  /** Longer than the pools of most clients, so that it is they who close a connection between two requests. */
  keepAliveMs: 65_000,
  /** Nobody reads the answer. */
  stalledMs: 30_000,
  /** `wait_for_change` requests that are held open; further ones are told to come back. */
  waiters: 256,
  /** Clients of `wait_for_change` without a limit of their own ask again after this. */
  longestWaitSeconds: 3600,
} as const;

/** Those that tests make smaller. */
export type Limits = {
  readonly [Name in Exclude<keyof typeof LIMITS, 'headers' | 'targetLength' | 'longestWaitSeconds'>]: number;
};

/** For probes and scrapers, which cannot all send headers. Neither path tells a secret. */
export const PATHS_WITHOUT_FLAVOR: ReadonlySet<string> = new Set(['/healthz', '/metrics']);

/** By these names every client knows the real metadata server. */
export const METADATA_HOSTS = [
  '169.254.169.254',
  'metadata.google.internal',
  'metadata.google.internal.',
  'metadata',
] as const;

function guard(
  name: string,
  status: number,
  sentence: string,
  refuses: Guard['refuses'],
  headers?: Readonly<Record<string, string>>,
): Guard {
  return { name, reply: sentenceReply(status, sentence, headers), refuses };
}

/** In the order in which they are applied. */
export const GUARDS: readonly Guard[] = [
  // another machine that reaches the port, because it is published or listens on all interfaces
  guard(
    'peer',
    403,
    'Only this machine may ask (--allow-remote lets others).',
    ({ isFromHere }, { allowRemotePeers, isUnixSocket }) =>
      !allowRemotePeers && !isFromHere && !isUnixSocket(),
  ),
  // memory, and whatever reads logs
  guard(
    'target-length',
    414,
    'The target of the request is too long.',
    ({ url }) => url.length > LIMITS.targetLength,
  ),
  // a parser that stops counting would let later headers pass unseen
  guard(
    'header-count',
    431,
    'The request has too many headers.',
    ({ headerCount }) => headerCount > LIMITS.headers,
  ),
  // a server that can be made to POST or PUT somewhere (SSRF)
  guard('method', 405, 'Metadata can only be read.', ({ method }) => method !== 'GET' && method !== 'HEAD', {
    Allow: 'GET, HEAD',
  }),
  // request smuggling: what one parser takes for a body, another takes for the next request
  guard(
    'body',
    400,
    'A request for metadata has no body.',
    ({ headers }) => headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0',
  ),
  // request smuggling again (RFC 9112 §3.2)
  guard(
    'host-count',
    400,
    'A request names exactly one host.',
    ({ headers: { host } }) => host === undefined || host.includes(','),
  ),
  // DNS rebinding: a web page's own name that has come to mean this machine
  guard(
    'host',
    403,
    'The Host header names another server (--accept-host adds a name).',
    (asked, { hosts }) => !namesThisServer(asked, hosts),
  ),
  // a proxy that passes on what others ask
  guard(
    'forwarded',
    403,
    'X-Forwarded-For is refused.',
    ({ headers }) => headers['x-forwarded-for'] !== undefined,
  ),
  // a browser, or a server that fetches any URL (SSRF): neither can be made to send this header
  guard(
    'flavor',
    403,
    'The header "Metadata-Flavor: Google" is missing.',
    ({ headers, url }) =>
      headers['metadata-flavor'] !== 'Google' && !PATHS_WITHOUT_FLAVOR.has(splitTarget(url).path),
  ),
];

/**
 * The guard that refuses the request, if any does.
 *
 * @param isFromHere what `isOwnMachine` says of its connection; asked once for each, because that takes a while
 */
export function refusingGuard(
  request: IncomingMessage,
  isFromHere: boolean,
  rules: GuardRules,
): Guard | undefined {
  const { socket, method, url = '', rawHeaders } = request;
  const headers = watchedHeaders(rawHeaders);
  const asked = { socket, isFromHere, method, url, headerCount: rawHeaders.length / 2, headers };
  for (const one of GUARDS) if (one.refuses(asked, rules)) return one;
  return undefined;
}

/**
 * Loopback, or an address that is this machine's own, as where 169.254.169.254 is put on the loopback interface: who
 * comes from the very address that was called is on the machine that has it.
 */
export function isOwnMachine(socket: Socket): boolean {
  const { remoteAddress: address } = socket;
  if (address === undefined) return false;
  if (address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.')) return true;
  return address === socket.localAddress;
}

function namesThisServer(
  { headers: { host = '' }, url, socket }: Guarded,
  hosts: ReadonlySet<string>,
): boolean {
  // an address is no name that DNS could give another meaning, so the one that was called is always right
  const isKnown = (name: string) =>
    hosts.has(name) ||
    hosts.has(name.toLowerCase()) ||
    name === addressOf(socket.localAddress, socket.localPort);
  const authority = authorityOf(url);
  return isKnown(host) && (authority === undefined || isKnown(authority));
}

function addressOf(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined || port === undefined) return undefined;
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  return hostOf(plain, port);
}

/** As clients write it: without the port where it is the scheme's own. */
export function hostOf(name: string, port: number): string {
  return writtenAs(name, port).replace(/:80$/, '');
}
