/**
 * The wire contract: OAuth 2.0 Token Exchange (RFC 8693), as the functions answer it and the refresher asks it, and the
 * check of what an exchange would come to.
 *
 * Wire names stand in this file only. It depends on nothing, so that both sides can bundle it.
 */

export const TOKEN_PATH = '/v1/token';
export const CHECK_PATH = '/v1/check';
export const FORM_MEDIA_TYPE = 'application/x-www-form-urlencoded';
export const MAX_BODY_BYTES = 64 * 1024;
/** Google's identity tokens are about 1.2 KiB; with every licence of a VM still under 4 KiB. */
export const MAX_SUBJECT_TOKEN_LENGTH = 8 * 1024;
/** So many service accounts of the longest names fit into a body, beside the longest identity token. */
export const MAX_CHECK_TARGETS = 500;

export const TOKEN_EXCHANGE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** RFC 8693 §3. */
export const TOKEN_TYPES = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  idToken: 'urn:ietf:params:oauth:token-type:id_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
} as const;

/** The one scope by which client libraries ask for "whatever I may do". */
export const CLOUD_PLATFORM_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** RFC 8693 §2.1. */
const PARAMETERS = [
  'grant_type',
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'audience',
  'scope',
  'resource',
  'actor_token',
  'actor_token_type',
] as const;

type ParameterName = (typeof PARAMETERS)[number];

/** The parameters of a request, each at most once and none of them empty. */
export type TokenExchangeParameters = { readonly [Name in ParameterName]?: string };

/** RFC 8693 §2.2.1. `access_token` also carries an ID token where one was asked for; there is no `scope` then. */
export interface TokenExchangeResponse {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: 'Bearer' | 'N_A';
  /** Seconds. Always a whole number above 0, which x/oauth2 and google-cloud-rust insist on. */
  readonly expires_in: number;
  readonly scope?: string;
}

/**
 * `yes`: an exchange would be authorized. `no`: it would be refused with `invalid_target` or `invalid_scope`.
 * `fault`: nobody can tell, until an operator mends a stored document.
 */
export type CheckDecision = 'yes' | 'no' | 'fault';

/** One for each target that was asked about, in the order of the request. */
export interface CheckResponse {
  readonly decisions: readonly { readonly target: string; readonly decision: CheckDecision }[];
}

export type WireErrorCode =
  | 'invalid_request'
  | 'unsupported_grant_type'
  | 'invalid_target'
  | 'invalid_scope'
  | 'temporarily_unavailable'
  | 'server_error';

/** RFC 6749 §5.2. */
export interface ErrorResponse {
  readonly error: WireErrorCode;
  readonly error_description: string;
  readonly error_uri: string;
}

const TROUBLESHOOTING = 'https://github.com/token-vending/token-vending/blob/main/docs/troubleshooting.md';

/** Of the two that are answers to what was asked; the refresher says these to its own users. */
export const REFUSAL_SENTENCES = {
  invalid_target:
    'This caller may not become that target. Ask whoever manages the grants; the audit log of the function holds the reason.',
  invalid_scope: 'None of the requested scopes is granted to this caller for that target.',
} as const satisfies Partial<Record<WireErrorCode, string>>;

const ERROR_SENTENCES: Record<WireErrorCode, string> = {
  ...REFUSAL_SENTENCES,
  invalid_request:
    'The request or its identity token is not acceptable. The audit log of the function holds the reason.',
  unsupported_grant_type: 'Only the token-exchange grant type of RFC 8693 is supported.',
  temporarily_unavailable: 'A service that the exchange needs cannot be reached. Try again later.',
  server_error:
    'The exchange failed for a reason that an operator has to mend; see the audit log of the function.',
};

export function errorResponse(error: WireErrorCode): ErrorResponse {
  return {
    error,
    error_description: ERROR_SENTENCES[error],
    error_uri: `${TROUBLESHOOTING}#${error}`,
  };
}

/** Scope tokens of a space-delimited list (RFC 6749 §3.3), each once. `undefined`: not such a list. */
export function parseScopeList(value: string): readonly string[] | undefined {
  const scopes = [...new Set(value.split(' ').filter((scope) => scope !== ''))];
  return scopes.length > 0 && scopes.every((scope) => SCOPE_TOKEN.test(scope)) ? scopes : undefined;
}

/** RFC 6749 appendix A.4: printable ASCII but for space, quotation mark and backslash. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Writes the body of a request, in the given order; parameters without a value are left out. */
export function encodeForm(parameters: TokenExchangeParameters): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) form.append(name, value);
  return form.toString();
}

/**
 * Reads the body of a request. A parameter without a value counts as absent (RFC 6749 §3.1), an unknown one is
 * ignored, and the name of one that stands twice, known or not, is returned as `repeated` (RFC 6749 §3.2).
 */
export function decodeForm(body: string): { parameters: TokenExchangeParameters; repeated?: string } {
  const parameters: { [Name in ParameterName]?: string } = {};
  const seen = new Set<string>();
  // the ampersand, because the constructor would take a leading question mark for the start of a query
  for (const [name, value] of new URLSearchParams(`&${body}`)) {
    if (seen.has(name)) return { parameters, repeated: name };
    seen.add(name);
    if (value !== '' && isParameterName(name)) parameters[name] = value;
  }
  return { parameters };
}

function isParameterName(name: string): name is ParameterName {
  return (PARAMETERS as readonly string[]).includes(name);
}

/** Whether a `Content-Type` is the form's. Some C++ clients send it twice, comma-joined; parameters are ignored. */
export function isFormMediaType(contentType: string | undefined): boolean {
  if (contentType === undefined) return false;
  return contentType.split(',').every((part) => part.split(';')[0]?.trim().toLowerCase() === FORM_MEDIA_TYPE);
}
