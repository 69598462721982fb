/**
 * The functions as they are deployed: the bundle, under the framework, as processes of their own.
 */

import { fileURLToPath } from 'node:url';
import { startFunction, type FunctionProcess } from '../processes/function-process.ts';
import type { FunctionName, Vm, World } from './world.ts';

export const BUNDLE = fileURLToPath(new URL('../../../dist/functions', import.meta.url));

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

/** A function that was started from the bundle. */
export async function startVending(
  world: World,
  functionName: FunctionName,
  environment: Readonly<Record<string, string>>,
): Promise<FunctionProcess> {
  const env = { ...(await world.environment(functionName)), ...environment };
  return startFunction({ target: functionName, source: BUNDLE, env });
}

export interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The parameters of an ordinary exchange by that VM; `extra` replaces and adds. */
export function exchangeForm(
  vm: Vm,
  functionName: FunctionName,
  extra: Readonly<Record<string, string>> = {},
): URLSearchParams {
  return new URLSearchParams({
    grant_type: TOKEN_EXCHANGE,
    subject_token: vm.identityToken(functionName),
    subject_token_type: ID_TOKEN,
    ...extra,
  });
}

/** The parameters of a check by that VM. */
export function checkForm(
  vm: Vm,
  functionName: FunctionName,
  targets: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): URLSearchParams {
  return new URLSearchParams({
    subject_token: vm.identityToken(functionName),
    subject_token_type: ID_TOKEN,
    audience: targets.join(' '),
    ...extra,
  });
}

type Body = URLSearchParams | string;
type Fields = Readonly<Record<string, string>>;

/** Posts a form, or any other body, to a function's token endpoint. */
export function postToken(url: string, body: Body, headers: Fields = {}): Promise<Exchanged> {
  return post(`${url}/v1/token`, body, headers);
}

/** The same, to its check. */
export function postCheck(url: string, body: Body, headers: Fields = {}): Promise<Exchanged> {
  return post(`${url}/v1/check`, body, headers);
}

async function post(url: string, body: Body, headers: Fields): Promise<Exchanged> {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await fetch(url, {
    method: 'POST',
    body: body.toString(),
    headers: { ...form, ...headers },
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? (JSON.parse(text) as {}) : {},
  };
}
