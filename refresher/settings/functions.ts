/**
 * The functions: where they are, and which audience they expect. Pure.
 */

import type { Target } from '../../shared/member.ts';
import { TOKEN_PATH } from '../../shared/protocol.ts';
import { badConfiguration } from '../failure.ts';
import { FUNCTION_OF } from '../vending/function-of.ts';
import type { FunctionAddress } from '../vending/function-client.ts';
import { sourcesOf } from './options.ts';
import { single, unfit, type Given, type Values } from './values.ts';

export interface Functions {
  readonly impersonate?: FunctionAddress;
  readonly delegate?: FunctionAddress;
}

const LOOPBACK_HOSTS = ['127.0.0.1', '[::1]', 'localhost'];
const AUDIENCE = /^[\x21-\x7e]{1,512}$/;

/** Those that are configured; each target's own is among them. */
export function parseFunctions(values: Values, targets: readonly Target[]): Functions {
  const impersonate = parseFunction(values, 'impersonate');
  const delegate = parseFunction(values, 'delegate');
  const functions: Functions = { ...(impersonate && { impersonate }), ...(delegate && { delegate }) };
  for (const target of targets) functionOf(functions, target);
  return functions;
}

/** The function that vends for a target; `parseFunctions` has seen to it that there is one. */
export function functionOf(functions: Functions, { kind, member }: Target): FunctionAddress {
  const name = FUNCTION_OF[kind];
  const address = functions[name];
  if (address !== undefined) return address;
  throw badConfiguration(`no function for ${member}: set ${sourcesOf(`${name}Url`)} to where ${name} is`);
}

function parseFunction(values: Values, name: keyof Functions): FunctionAddress | undefined {
  const givenUrl = single(values, `${name}Url`);
  const givenAudience = single(values, `${name}Audience`);
  if (givenUrl === undefined) return undefined;
  const url = parseBaseUrl(givenUrl);
  return { url, audience: givenAudience === undefined ? url + TOKEN_PATH : parseAudience(givenAudience) };
}

/** https anywhere, http on loopback alone: identity tokens go there. */
function parseBaseUrl(given: Given): string {
  const url = URL.canParse(given.value) ? new URL(given.value) : undefined;
  const isProtected =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname));
  if (url === undefined || !isProtected) throw unfit(given, 'an https URL, or an http URL on this machine');
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  if (base.endsWith(TOKEN_PATH) || url.username + url.password + url.search + url.hash !== '') {
    throw unfit(given, `a base URL: no ${TOKEN_PATH}, no user, no query`);
  }
  return base;
}

function parseAudience(given: Given): string {
  if (AUDIENCE.test(given.value)) return given.value;
  throw unfit(given, 'at most 512 printable characters');
}
