/**
 * The way to a function: a form with the VM's identity token out, and what the answer means back.
 *
 * Two identity tokens travel. The one in the body is what the function believes; the one in the header is for the
 * platform's invoker check in front of it, whose audience is the function's URL.
 */

import {
  encodeForm,
  FORM_MEDIA_TYPE,
  TOKEN_TYPES,
  type TokenExchangeParameters,
} from '../../shared/protocol.ts';
import type { IdentityToken } from '../../shared/tokens.ts';
import { connectionFailure } from './connection-failure.ts';
import type { FunctionName } from './function-of.ts';
import { callHttp, type HttpAnswer } from './http-call.ts';
import { MetadataUnreachable, type MetadataClient } from './metadata-client.ts';
import type { Outage } from './outcome.ts';

export interface FunctionAddress {
  /** Without a trailing slash. */
  readonly url: string;
  /** The `aud` of the identity tokens that the function accepts. */
  readonly audience: string;
}

export interface FunctionClientOptions {
  readonly functions: { readonly [Name in FunctionName]?: FunctionAddress | undefined };
  readonly metadata: MetadataClient;
  readonly timeoutMs?: number;
}

interface Question<Meaning> {
  readonly name: FunctionName;
  readonly path: string;
  /** All but the identity token; the `audience` says what it is about. */
  readonly parameters: TokenExchangeParameters & { readonly audience: string };
  /** What the answer means; `url` is the function's, for the sentences. */
  readonly read: (answer: HttpAnswer, url: string) => Meaning;
}

/** Whatever goes wrong is an `outage`; it throws the signal's reason alone, once that aborts. */
type AskFunction = <Meaning>(question: Question<Meaning>, signal: AbortSignal) => Promise<Meaning | Outage>;

/** A function gives up after 10 s by itself; before that the platform may have to start it. */
const TIMEOUT_MS = 30_000;
/** The longest answer is that about the most targets of which a check can ask. */
const MAX_BYTES = 128 * 1024;

export function createFunctionClient({
  functions,
  metadata,
  timeoutMs = TIMEOUT_MS,
}: FunctionClientOptions): AskFunction {
  return async function ask({ name, path, parameters, read }, signal) {
    const address = functions[name];
    if (address === undefined) {
      return outage(`Nobody can make tokens of ${parameters.audience}: set --${name}-url.`);
    }
    const { url, audience } = address;
    try {
      const [subjectToken, edgeToken] = await Promise.all([
        metadata.identityToken(audience, signal),
        edgeTokenFor(url, signal),
      ]);
      const headers = {
        'content-type': FORM_MEDIA_TYPE,
        accept: 'application/json',
        ...(edgeToken !== undefined && { authorization: `Bearer ${edgeToken.reveal()}` }),
      };
      const body = encodeForm({
        subject_token: subjectToken.reveal(),
        subject_token_type: TOKEN_TYPES.idToken,
        ...parameters,
      });
      const call = { method: 'POST', url: `${url}${path}`, headers, body } as const;
      return read(await callHttp(call, { timeoutMs, maxBytes: MAX_BYTES }, signal), url);
    } catch (error) {
      signal.throwIfAborted();
      return outage(
        error instanceof MetadataUnreachable
          ? error.message
          : `The function at ${url} cannot be reached: ${connectionFailure(error)}. Check --${name}-url.`,
      );
    }
  };

  /** A function that is open to everybody needs none, so that it is asked without it, too. */
  async function edgeTokenFor(url: string, signal: AbortSignal): Promise<IdentityToken | undefined> {
    try {
      return await metadata.identityToken(url, signal);
    } catch {
      return undefined;
    }
  }
}

function outage(sentence: string): Outage {
  return { kind: 'outage', sentence };
}
