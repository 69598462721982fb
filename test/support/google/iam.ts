// The knobs of IAM: accounts, who may do what on them, and tokens from nowhere.
import type { KeyObject } from 'node:crypto';

import type { AccessTokens } from './access-tokens.ts';
import type { RsaKey } from './rsa-keys.ts';
import type { NewServiceAccount, ServiceAccount, ServiceAccounts } from './service-accounts.ts';

const PERMISSIONS = [
  'iam.serviceAccounts.getAccessToken',
  'iam.serviceAccounts.getOpenIdToken',
  'iam.serviceAccounts.signJwt',
  'iam.serviceAccounts.signBlob',
  'iam.serviceAccounts.implicitDelegation',
] as const;

export type IamPermission = (typeof PERMISSIONS)[number];

export interface Binding {
  /** E-mail of a service account or a user. */
  caller: string;
  permission: IamPermission;
  /** E-mail of the service account that is acted on. */
  on: string;
}

export interface Iam {
  readonly createServiceAccount: (account: NewServiceAccount) => ServiceAccount;
  /** The account, with its unique id and client id; throws where there is none. */
  readonly serviceAccount: (email: string) => ServiceAccount;
  readonly bind: (binding: Binding) => void;
  readonly unbind: (binding: Binding) => void;
  /** roles/iam.serviceAccountTokenCreator: all five permissions. */
  readonly bindTokenCreator: (caller: string, on: string) => void;
  /** Its tokens stop working (401); as a target it answers `status`, which no recording settles. Default 403. */
  readonly disable: (email: string, options?: { status?: 400 | 403 | 404 }) => void;
  readonly enable: (email: string) => void;
  /** The e-mail may be created again, with another unique id; bindings are gone. */
  readonly delete: (email: string) => void;
  /** Raises the account's ceiling from 3600 s to 43200 s. */
  readonly allowLongLifetimes: (email: string) => void;
  /** A token of the account that nobody had to ask for. Default lifetime 3600 s. */
  readonly mintAccessToken: (email: string, scopes: readonly string[], lifetimeSeconds?: number) => string;
  /** Verifies what `signJwt` and `signBlob` signed. */
  readonly publicKey: (email: string) => KeyObject;
  /** For forged assertions: `keys.sign({ claims, key: iam.signingKey(email) })`. */
  readonly signingKey: (email: string) => RsaKey;
  /** May see accounts, policies and which APIs are on; others are told 403. */
  readonly addReviewer: (email: string) => void;
  /** Every method answers 403 SERVICE_DISABLED until `enableApi`. */
  readonly disableApi: () => void;
  readonly enableApi: () => void;
}

/** What the routes of IAM ask. */
export interface IamPolicy {
  readonly isApiEnabled: () => boolean;
  readonly isAllowed: (binding: Binding) => boolean;
  readonly isReviewer: (email: string) => boolean;
}

export function createIam(accounts: ServiceAccounts, accessTokens: AccessTokens): Iam & IamPolicy {
  const bindings = new Map<string, Binding>();
  const reviewers = new Set<string>();
  let apiEnabled = true;
  const bind = (binding: Binding): void => {
    accounts.get(binding.on);
    bindings.set(keyOf(binding), binding);
  };
  return {
    createServiceAccount: (account) => accounts.create(account),
    serviceAccount: (email) => accounts.get(email),
    bind,
    unbind: (binding) => void bindings.delete(keyOf(binding)),
    bindTokenCreator(caller, on) {
      for (const permission of PERMISSIONS) bind({ caller, permission, on });
    },
    disable: (email, { status = 403 } = {}) => void (accounts.get(email).disabledStatus = status),
    enable: (email) => void (accounts.get(email).disabledStatus = undefined),
    delete(email) {
      accounts.get(email).deleted = true;
      for (const [key, { caller, on }] of bindings)
        if (caller === email || on === email) bindings.delete(key);
    },
    allowLongLifetimes: (email) => void (accounts.get(email).longLifetimes = true),
    mintAccessToken(email, scopes, lifetimeSeconds = 3600) {
      const { clientId } = accounts.get(email);
      return accessTokens.mintFor(
        { principal: `serviceAccount:${email}`, scopes, clientId },
        lifetimeSeconds,
      );
    },
    publicKey: (email) => accounts.get(email).key().publicKey,
    signingKey: (email) => accounts.get(email).key(),
    addReviewer: (email) => void reviewers.add(email),
    isReviewer: (email) => reviewers.has(email),
    disableApi: () => void (apiEnabled = false),
    enableApi: () => void (apiEnabled = true),
    isApiEnabled: () => apiEnabled,
    isAllowed: (binding) => bindings.has(keyOf(binding)),
  };
}

function keyOf({ caller, permission, on }: Binding): string {
  return `${caller} ${permission} ${on}`;
}
