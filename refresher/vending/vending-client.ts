/**
 * One exchange at a function: the VM's identity token out, what became of it back.
 *
 * Two identity tokens travel. The one in the body is what the function believes; the one in the header is for the
 * platform's invoker check in front of it, whose audience is the function's URL.
 */

import type { Target } from '../../shared/member.ts';
import {
  encodeForm,
  FORM_MEDIA_TYPE,
  TOKEN_EXCHANGE_GRANT_TYPE,
  TOKEN_PATH,
  TOKEN_TYPES,
} from '../../shared/protocol.ts';
import type { IdentityToken } from '../../shared/tokens.ts';
import { connectionFailure } from './connection-failure.ts';
import { FUNCTION_OF } from './function-of.ts';
import { callHttp, type HttpAnswer } from './http-call.ts';
import { MetadataUnreachable, type MetadataClient } from './metadata-client.ts';
import { outcomeOf, type Asked, type Outage, type Outcome } from './outcome.ts';

export type { Granted, Outage, Outcome, Refused } from './outcome.ts';

export interface FunctionAddress {
  /** Without a trailing slash. */
  readonly url: string;
  /** The `aud` of the identity tokens that the function accepts. */
  readonly audience: string;
}

export interface VendRequest {
  readonly target: Target;
  /** Asks for an ID token for this audience instead of an access token. */
  readonly idTokenAudience?: string;
}

/** Whatever goes wrong is an `outage`; it throws the signal's reason alone, once that aborts. */
export type Vend = (request: VendRequest, signal: AbortSignal) => Promise<Outcome>;

interface Dependencies {
  readonly functions: {
    readonly impersonate?: FunctionAddress | undefined;
    readonly delegate?: FunctionAddress | undefined;
  };
  readonly metadata: MetadataClient;
  readonly timeoutMs?: number;
}

/** A function gives up after 10 s by itself; before that the platform may have to start it. */
const TIMEOUT_MS = 30_000;
/** The longest answer holds an ID token and a list of scopes. */
const MAX_BYTES = 64 * 1024;

export function createVendingClient({ functions, metadata, timeoutMs = TIMEOUT_MS }: Dependencies): Vend {
  return async function vend(request, signal) {
    const name = FUNCTION_OF[request.target.kind];
    const address = functions[name];
    if (address === undefined) {
      return outage(`Nobody can make tokens of ${request.target.member}: set --${name}-url.`);
    }
    const { url } = address;
    try {
      const [subjectToken, edgeToken] = await Promise.all([
        metadata.identityToken(address.audience, signal),
        edgeTokenFor(url, signal),
      ]);
      return outcomeOf(
        await post(url, formOf(request, subjectToken), edgeToken, signal),
        askedOf(request, url),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof MetadataUnreachable) return outage(error.message);
      return outage(
        `The function at ${url} cannot be reached: ${connectionFailure(error)}. Check --${name}-url.`,
      );
    }
  };

  /** A function that is open to everybody needs none, so that the exchange is tried without it, too. */
  async function edgeTokenFor(url: string, signal: AbortSignal): Promise<IdentityToken | undefined> {
    try {
      return await metadata.identityToken(url, signal);
    } catch {
      return undefined;
    }
  }

  function post(
    url: string,
    body: string,
    edgeToken: IdentityToken | undefined,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const headers = {
      'content-type': FORM_MEDIA_TYPE,
      accept: 'application/json',
      ...(edgeToken !== undefined && { authorization: `Bearer ${edgeToken.reveal()}` }),
    };
    const call = { method: 'POST', url: `${url}${TOKEN_PATH}`, headers, body } as const;
    return callHttp(call, { timeoutMs, maxBytes: MAX_BYTES }, signal);
  }
}

/** Without scopes the grant's own are given. */
function formOf({ target, idTokenAudience }: VendRequest, subjectToken: IdentityToken): string {
  return encodeForm({
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    subject_token: subjectToken.reveal(),
    subject_token_type: TOKEN_TYPES.idToken,
    requested_token_type: idTokenAudience === undefined ? TOKEN_TYPES.accessToken : TOKEN_TYPES.idToken,
    audience: target.member,
    ...(idTokenAudience !== undefined && { resource: idTokenAudience }),
  });
}

function askedOf({ target, idTokenAudience }: VendRequest, url: string): Asked {
  return { target, tokenType: idTokenAudience === undefined ? 'access_token' : 'id_token', url };
}

function outage(sentence: string): Outage {
  return { kind: 'outage', sentence };
}
