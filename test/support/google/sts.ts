// https://sts.googleapis.com/v1/token, downscoping only: a token in, the same rights within a credential access
// boundary out (RFC 8693). https://cloud.google.com/iam/docs/downscoping-short-lived-credentials
import { parseAccessBoundary, type AccessBoundary } from './access-boundary.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { RouteEntry } from './dispatcher.ts';
import { parseForm, requireParameter } from './form-body.ts';
import type { GoogleClock } from './google-clock.ts';
import { jsonReply, Refused, type GoogleReply, type GoogleRequest } from './reply.ts';

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

export interface StsDeps {
  clock: GoogleClock;
  accessTokens: AccessTokens;
}

export function stsRoute(deps: StsDeps): RouteEntry {
  return {
    route: 'sts',
    method: 'POST',
    path: /^\/v1\/token$/,
    handle: (request) => downscope(deps, request),
  };
}

function downscope({ clock, accessTokens }: StsDeps, request: GoogleRequest): GoogleReply {
  const form = parseForm(request);
  requireValue(form, 'grant_type', GRANT_TYPE, 'unsupported_grant_type');
  requireValue(form, 'requested_token_type', ACCESS_TOKEN, 'invalid_request');
  requireValue(form, 'subject_token_type', ACCESS_TOKEN, 'invalid_request');
  const source = accessTokens.find(requireParameter(form, 'subject_token'));
  const now = clock.nowMs();
  if (source === undefined || source.expiresAtMs <= now)
    throw refused('invalid_grant', 'The subject token is invalid.');
  if (source.boundary !== undefined)
    throw refused('invalid_grant', 'The subject token is downscoped already.');
  const accessToken = accessTokens.mint({
    ...source,
    boundary: requireBoundary(requireParameter(form, 'options')),
  });
  return jsonReply(200, {
    access_token: accessToken,
    issued_token_type: ACCESS_TOKEN,
    token_type: 'Bearer',
    // Absent for a service account's token: the client is to inherit the expiry of the source.
    ...(source.principal.startsWith('user:') && {
      expires_in: Math.floor((source.expiresAtMs - now) / 1000),
    }),
  });
}

/** JSON, form-encoded once (Node) or with another percent-encoding inside (Python's client). */
function requireBoundary(options: string): AccessBoundary {
  try {
    return parseAccessBoundary(JSON.parse(options.startsWith('%') ? decodeURIComponent(options) : options));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refused('invalid_request', `Invalid access boundary: ${reason}`);
  }
}

function requireValue(form: ReadonlyMap<string, string>, name: string, expected: string, code: string): void {
  const value = requireParameter(form, name);
  if (value !== expected) throw refused(code, `Invalid ${name}: ${value}`);
}

function refused(error: string, description: string): Refused {
  const uri = 'https://tools.ietf.org/html/rfc6749';
  return new Refused(jsonReply(400, { error, error_description: description, error_uri: uri }));
}
