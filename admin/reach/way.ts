/**
 * Words of `reach`: a way leads a principal to a target, one step after the other.
 */

import type { Power } from './power.ts';

/**
 * Why one identity can become the next:
 * - `grant`: a stored grant says so
 * - `delegate`: it stands before it in the delegates of a grant, which do not work unless IAM lets it
 * - `vm`: the account has a document of its own, so that who starts or enters a VM of it has what that grants
 * - `signer`: it signs for the user, if IAM lets it use its own key
 */
export type StepKind = 'grant' | 'delegate' | 'vm' | 'signer';

/** What a grant gives. */
export interface Terms {
  readonly power: Power;
  readonly scopes: readonly string[];
  readonly idTokenAudiences: readonly string[];
  /** Of access tokens of service accounts. */
  readonly lifetimeSeconds: number | undefined;
  readonly condition: string | undefined;
  /** Until it, or a document that it stands under, expires. */
  readonly expiresAt: Date | undefined;
  readonly signer: string | undefined;
  readonly delegates: readonly string[];
}

export interface Step {
  readonly kind: StepKind;
  /** The member that is become; of a `vm` the account that it runs as. */
  readonly to: string;
  /** The document that says so. */
  readonly path: string;
  /** Of a grant that can be read. */
  readonly terms?: Terms | undefined;
  /** Why an exchange by this grant would not be granted now; `undefined`: it would. */
  readonly reason?: string | undefined;
}

export type Way = readonly Step[];

export interface Reached {
  readonly target: string;
  /** By a grant of its own, or of its fleet; one step, which may be no more than stored. */
  readonly direct: Step | undefined;
  /** The shortest way through others. */
  readonly chain: Way | undefined;
}

export interface Reach {
  /** Id of the document under `principals/`. */
  readonly principal: string;
  /** The account whose VM it is; `undefined` where the document of an instance does not pin it to a fleet. */
  readonly serviceAccount: string | undefined;
  readonly reached: readonly Reached[];
}

/** Whether all of it follows from what is stored, rather than from IAM bindings that nobody has looked at. */
export function isCertain(way: Way): boolean {
  return way.every(({ kind }) => kind === 'grant' || kind === 'delegate');
}

export function isConditional(way: Way): boolean {
  return way.some(({ terms }) => terms?.condition !== undefined);
}

/** Of the token at its end; who becomes an account by IAM chooses the scopes. */
export function powerAtEnd(way: Way): Power {
  const last = way.at(-1);
  return last?.kind === 'grant' ? (last.terms?.power ?? 'read') : 'all';
}

/** Where it is a way at all: through a document's grant that works now, or through others. */
export function isOpen({ direct, chain }: Reached): boolean {
  return chain !== undefined || (direct !== undefined && direct.reason === undefined);
}
