// application/x-www-form-urlencoded bodies of the OAuth endpoints (RFC 6749 §3.2).
import { oauthRefusal } from './oauth-error.ts';
import type { GoogleRequest } from './reply.ts';

/**
 * The parameters by name. A body of another type has none, so that it fails like an empty one; a repeated
 * parameter is refused.
 */
export function parseForm({ headers, body }: GoogleRequest): ReadonlyMap<string, string> {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(isForm ? body.toString() : '')) {
    if (parameters.has(name)) {
      throw oauthRefusal(400, 'invalid_request', `OAuth 2 parameters can only have a single value: ${name}`);
    }
    parameters.set(name, value);
  }
  return parameters;
}

export function requireParameter(form: ReadonlyMap<string, string>, name: string): string {
  const value = form.get(name);
  if (value === undefined || value === '') {
    throw oauthRefusal(400, 'invalid_request', `Required parameter is missing: ${name}`);
  }
  return value;
}
