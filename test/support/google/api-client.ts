// A plain client of Google's APIs, for tests: what comes back is data, whatever the status.
import { isJsonObject } from './json-object.ts';

export interface ApiCall {
  /** Bearer token of the Authorization header. */
  token?: string;
  /** Sent by POST as application/json. */
  json?: unknown;
  /** Sent by POST as application/x-www-form-urlencoded. */
  form?: Record<string, string> | string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly body: unknown;
}

/** GETs, or POSTs where there is something to send. Redirects are not followed. */
export async function callApi(
  url: string,
  { token, json, form, headers, signal }: ApiCall = {},
): Promise<ApiAnswer> {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: {
      ...headers,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...typeOf(json, form),
    },
    ...(signal !== undefined && { signal }),
    ...(form !== undefined && { method: 'POST', body: new URLSearchParams(form).toString() }),
    ...(json !== undefined && {
      method: 'POST',
      body: typeof json === 'string' ? json : JSON.stringify(json),
    }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

/** GETs a path of a metadata server, `/computeMetadata/v1/` and the flavour included. */
export function callMetadata(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<ApiAnswer> {
  return callApi(`${url}/computeMetadata/v1/${path}`, {
    headers: { 'metadata-flavor': 'Google', ...headers },
  });
}

/** A string member of a JSON answer. Throws, with the answer's text, where it has none. */
export function member({ status, text, body }: ApiAnswer, name: string): string {
  const found = isJsonObject(body) ? body[name] : undefined;
  if (typeof found !== 'string') throw new Error(`no "${name}" in the answer ${status}: ${text}`);
  return found;
}

function typeOf(json: unknown, form: unknown): Record<string, string> {
  if (form !== undefined) return { 'content-type': 'application/x-www-form-urlencoded' };
  return json === undefined ? {} : { 'content-type': 'application/json' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
