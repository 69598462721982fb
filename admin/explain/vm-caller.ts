/**
 * Who is asked about: this VM, as its metadata server says.
 */

import { createMetadataClient, MetadataUnreachable } from '../../refresher/vending/metadata-client.ts';
import type { IdentityToken } from '../../shared/tokens.ts';
import type { Options } from '../command-line/command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

export const METADATA_OPTION = {
  'metadata-host': {
    value: 'HOST',
    variable: 'TOKEN_VENDING_METADATA_HOST',
    help: "the VM's own metadata server (default: 169.254.169.254)",
  },
} as const satisfies Options;

export const METADATA_HOST = '169.254.169.254';

/** No function accepts it: the token is good for nothing but to be looked at. */
const AUDIENCE = 'https://explain.token-vending.invalid';

/** Throws a `Failure` that says what to check. */
export async function identityTokenOfVm(host: string): Promise<IdentityToken> {
  const metadata = createMetadataClient({ host });
  try {
    return await metadata.identityToken(AUDIENCE, new AbortController().signal);
  } catch (cause) {
    if (!(cause instanceof MetadataUnreachable)) throw cause;
    throw new Failure(EXIT_CODES.unavailable, cause.message, { cause });
  }
}
