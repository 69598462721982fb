/**
 * The port to Google, for questions about what an exchange would meet there. Nothing is changed, and no token is kept.
 */

/** `unknown`: whoever asks may not know it, or Google did not answer. `because` says which, `mend` what to do about it. */
export interface Unknown {
  readonly is: 'unknown';
  readonly because: string;
  readonly mend: readonly string[];
}

export type YesOrNo = { readonly is: 'yes' } | { readonly is: 'no' } | Unknown;

export type AccountState =
  | {
      readonly is: 'active' | 'disabled';
      readonly projectId: string;
      /** Numeric; the admin console lists signers by it. */
      readonly clientId: string | undefined;
    }
  | { readonly is: 'missing' }
  | Unknown;

export interface Permission {
  /** E-mail of a service account. */
  readonly holder: string;
  readonly permission: string;
  /** E-mail of the service account that it is held on, and its project. */
  readonly on: string;
  readonly projectId: string;
}

export interface Delegation {
  readonly signer: string;
  readonly user: string;
  readonly scopes: readonly string[];
}

export type DelegationState =
  | { readonly is: 'authorized' }
  /** No scope, or not every one, is listed for the signer's client. */
  | { readonly is: 'scopes_unauthorized' }
  /** Or suspended; or the clock here is wrong. `error` is the OAuth endpoint's. */
  | { readonly is: 'user_unknown'; readonly error: string }
  /** A policy of the domain, a scope that does not exist, a signer that is disabled. */
  | { readonly is: 'refused'; readonly error: string }
  | Unknown;

/** An exchange of the past, as `delegate` recorded it. */
export interface LastDelegation {
  readonly is: 'granted' | 'oauth_rejected';
  /** RFC 3339. */
  readonly at: string;
  readonly scopes: readonly string[];
  readonly detail: string;
}

/** Its methods do not throw. */
export interface Google {
  /** Of a service account, by e-mail. */
  readonly account: (email: string) => Promise<AccountState>;
  /** Inherited bindings, groups, conditions and deny policies count. */
  readonly has: (permission: Permission) => Promise<YesOrNo>;
  readonly isApiOn: (projectId: string, api: string) => Promise<YesOrNo>;
  /** What the OAuth endpoint says to an assertion like that of the functions. A token that it gives is not read. */
  readonly delegation: (delegation: Delegation) => Promise<DelegationState>;
  /** `undefined`: none is known, or whoever asks may not know. */
  readonly lastDelegation: (projectId: string, user: string) => Promise<LastDelegation | undefined>;
}
