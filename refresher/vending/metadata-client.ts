/**
 * The metadata server of the VM itself: where its identity tokens come from, and the facts that are passed on.
 *
 * https://cloud.google.com/compute/docs/instances/verifying-instance-identity
 */

import { MAX_SUBJECT_TOKEN_LENGTH } from '../../shared/protocol.ts';
import { IdentityToken } from '../../shared/tokens.ts';
import { connectionFailure } from './connection-failure.ts';
import { callHttp, type HttpAnswer } from './http-call.ts';
import { JWT } from './jwt.ts';
import { identityTokenPath, metadataUrl } from './metadata-url.ts';

export interface MetadataClient {
  /**
   * A new identity token of the VM, `format=full`. Throws `MetadataUnreachable` where there is none to be had, or the
   * signal's reason once it aborts.
   */
  identityToken(audience: string, signal: AbortSignal): Promise<IdentityToken>;
  /** What stands at a path below `/computeMetadata/v1/`, whatever the status. Throws as above where nobody answers. */
  text(path: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }>;
}

/** No usable answer from the metadata server. The message says which, what happened, and what to check. */
export class MetadataUnreachable extends Error {
  override readonly name = 'MetadataUnreachable';

  constructor(host: string, happened: string, check: string) {
    super(`The metadata server at ${host} gave nothing usable: ${happened}. ${check}`);
  }
}

interface Options {
  /** A name or an address, with a port or without. */
  readonly host: string;
  readonly timeoutMs?: number;
}

/** A server on the same host answers in milliseconds; a new identity token may take Google a second or two. */
const TIMEOUT_MS = 5_000;
/** The longest values that are passed on are TPU attributes; Google caps a value at 256 KiB. */
const MAX_BYTES = 512 * 1024;

const CHECK_NETWORK =
  'Check that this is a Compute Engine VM, that nothing blocks the address, and --metadata-host.';
const CHECK_ACCOUNT = 'Check that the VM has a service account attached.';

export function createMetadataClient({ host, timeoutMs = TIMEOUT_MS }: Options): MetadataClient {
  async function get(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await callHttp(
      { method: 'GET', url: metadataUrl(host, path), headers: { 'metadata-flavor': 'Google' } },
      { timeoutMs, maxBytes: MAX_BYTES },
      signal,
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new MetadataUnreachable(host, connectionFailure(error), CHECK_NETWORK);
    });
    // a proxy or a login page that answers in its place does not say so
    if (answer.header('metadata-flavor') !== 'Google') {
      throw new MetadataUnreachable(host, 'what answers there is no metadata server', CHECK_NETWORK);
    }
    return answer;
  }

  return {
    async identityToken(audience, signal) {
      const { status, body } = await get(identityTokenPath(audience), signal);
      if (status !== 200) {
        const answer = status === 404 ? 'has no' : `answered ${status} when asked for an`;
        throw new MetadataUnreachable(host, `it ${answer} identity token`, CHECK_ACCOUNT);
      }
      const token = body.trim();
      if (token.length > MAX_SUBJECT_TOKEN_LENGTH || !JWT.test(token)) {
        throw new MetadataUnreachable(
          host,
          'it answered with something else than an identity token',
          CHECK_NETWORK,
        );
      }
      return new IdentityToken(token);
    },

    async text(path, signal) {
      // dots, encoded or not, would lead out of the tree
      const { pathname, search } = new URL(`http://host/${path}`);
      if (`${pathname}${search}` !== `/${path}`) throw new TypeError(`"${path}" is no path of metadata`);
      const { status, body } = await get(path, signal);
      return { status, body };
    },
  };
}
