/**
 * The request of an exchange, parsed: the form's parameters (`protocol.ts`) in, typed values or a `Refusal` out.
 *
 * A check asks the same about many targets (`check-request.ts`), and both are parsed here as far as they are alike.
 */

import { parseAudience, type MemberKind, type Target } from './member.ts';
import {
  decodeForm,
  parseScopeList,
  TOKEN_EXCHANGE_GRANT_TYPE,
  TOKEN_TYPES,
  type TokenExchangeParameters,
} from './protocol.ts';
import { Refusal } from './refusal.ts';
import { IdentityToken } from './tokens.ts';

/** Who asks, and for what sort of token. */
export interface TokenRequest {
  readonly subjectToken: IdentityToken;
  readonly tokenType: 'access_token' | 'id_token';
  /** `undefined`: the grant's scopes. */
  readonly scopes: readonly string[] | undefined;
  /** The audience that an ID token is wanted for. */
  readonly resource: string | undefined;
}

export interface ExchangeRequest extends TokenRequest {
  /** `undefined`: the caller's only target. */
  readonly target: Target | undefined;
}

const SUBJECT_TOKEN_TYPES: readonly string[] = [TOKEN_TYPES.idToken, TOKEN_TYPES.jwt];

/**
 * @param body the request's body, as it was received
 * @param kind what the function's callers become; only service accounts have ID tokens
 */
export function parseExchangeRequest(body: string, kind: MemberKind): ExchangeRequest {
  const parameters = parseParameters(body);
  const { grant_type: grantType, audience } = parameters;
  if (grantType === undefined) throw new Refusal('grant_type_missing');
  if (grantType !== TOKEN_EXCHANGE_GRANT_TYPE) throw new Refusal('grant_type_unsupported');
  const request = parseTokenRequest(parameters, kind);
  return { ...request, target: audience === undefined ? undefined : parseTarget(audience) };
}

export function parseParameters(body: string): TokenExchangeParameters {
  const { parameters, repeated } = decodeForm(body);
  if (repeated !== undefined) throw new Refusal('parameter_repeated');
  return parameters;
}

export function parseTokenRequest(parameters: TokenExchangeParameters, kind: MemberKind): TokenRequest {
  const { subject_token: subjectToken, subject_token_type: subjectTokenType, resource } = parameters;
  if (parameters.actor_token !== undefined || parameters.actor_token_type !== undefined) {
    throw new Refusal('actor_token_unsupported');
  }
  if (subjectToken === undefined) throw new Refusal('subject_token_missing');
  if (subjectTokenType === undefined) throw new Refusal('subject_token_type_missing');
  if (!SUBJECT_TOKEN_TYPES.includes(subjectTokenType)) throw new Refusal('subject_token_type_unsupported');
  return {
    subjectToken: new IdentityToken(subjectToken),
    tokenType: parseTokenType(parameters.requested_token_type, kind),
    scopes: parseScopes(parameters.scope),
    resource,
  };
}

function parseTokenType(requested: string | undefined, kind: MemberKind): TokenRequest['tokenType'] {
  if (requested === undefined || requested === TOKEN_TYPES.accessToken) return 'access_token';
  if (requested === TOKEN_TYPES.idToken && kind === 'serviceAccount') return 'id_token';
  throw new Refusal('requested_token_type_unsupported');
}

export function parseTarget(audience: string): Target {
  const target = parseAudience(audience);
  if (target === undefined) throw new Refusal('audience_malformed');
  return target;
}

function parseScopes(scope: string | undefined): readonly string[] | undefined {
  if (scope === undefined) return undefined;
  const scopes = parseScopeList(scope);
  if (scopes === undefined) throw new Refusal('scope_malformed');
  return scopes;
}
