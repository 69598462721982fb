/**
 * How much the scopes of a grant allow, and what else a token of them could be used for. Pure.
 */

import { CLOUD_PLATFORM_SCOPE } from '../../shared/protocol.ts';
import { shortScope } from '../documents/short-scope.ts';

/** `all`: whatever IAM allows the target. `id`: ID tokens alone. */
export type Power = 'all' | 'write' | 'read' | 'id';

const AUTH = 'https://www.googleapis.com/auth/';

/** Google's names are not of one piece: `drive.readonly`, `devstorage.read_only`, `cloud-platform.read-only`, `logging.read`. */
const READS = /[._-]read(?:[_-]?only)?$|^(?:openid|email|profile|userinfo\.(?:email|profile))$/;

export function powerOf(scopes: readonly string[]): Power {
  if (scopes.includes(CLOUD_PLATFORM_SCOPE)) return 'all';
  if (scopes.length === 0) return 'id';
  return scopes.every((scope) => READS.test(shortScope(scope))) ? 'read' : 'write';
}

/** What a token is good for beside its purpose. */
export interface Hands {
  /** Ask the IAM Credentials API for tokens and signatures of others. */
  readonly iam: boolean;
  /** Start a VM, or get into one. */
  readonly compute: boolean;
}

export const FREE: Hands = { iam: true, compute: true };

export function handsOf(scopes: readonly string[]): Hands {
  const has = (scope: string) => scopes.includes(CLOUD_PLATFORM_SCOPE) || scopes.includes(AUTH + scope);
  return { iam: has('iam'), compute: has('compute') };
}
