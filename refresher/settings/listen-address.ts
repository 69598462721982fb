/**
 * Where the metadata server listens: `HOST:PORT`, `[IPv6]:PORT` or `unix:PATH`. Pure.
 */

import { unfit, type Given } from './values.ts';

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export const DEFAULT_LISTEN_ADDRESS: ListenAddress = { kind: 'tcp', host: '127.0.0.1', port: 8174 };

const MEANING = 'HOST:PORT, or unix: and a path of at most 107 bytes';
const TCP = /^(?:\[([\da-f:.]+)\]|([a-z\d](?:[a-z\d.-]*[a-z\d])?)):(\d{1,5})$/i;
const MAX_PORT = 65_535;
/** `sun_path` of unix(7), with its terminating zero. */
const MAX_UNIX_PATH_BYTES = 107;

export function parseListenAddress(given: Given | undefined): ListenAddress {
  if (given === undefined) return DEFAULT_LISTEN_ADDRESS;
  return given.value.startsWith('unix:') ? parseUnix(given) : parseTcp(given);
}

function parseUnix(given: Given): ListenAddress {
  const path = given.value.slice('unix:'.length);
  if (path === '' || Buffer.byteLength(path) > MAX_UNIX_PATH_BYTES) throw unfit(given, MEANING);
  return { kind: 'unix', path };
}

function parseTcp(given: Given): ListenAddress {
  const [matched, ipv6, name, digits] = TCP.exec(given.value) ?? [];
  const port = Number(digits);
  if (matched === undefined || port > MAX_PORT) throw unfit(given, MEANING);
  return { kind: 'tcp', host: ipv6 ?? name ?? '', port };
}

/** Where clients on this machine find what listens there: an address of all interfaces is no destination. */
export function clientAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return writtenAs(reachable, port);
}

/** `[IPv6]:PORT` or `HOST:PORT`. */
export function writtenAs(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
