// The service accounts that exist, with their numeric ids and keys.
import { createHash } from 'node:crypto';

import type { RsaKey } from './rsa-keys.ts';

export interface ServiceAccount {
  readonly email: string;
  /** Numeric, 21 digits, never reused: `sub` of its ID tokens. */
  readonly uniqueId: string;
  /** Numeric OAuth client id, what the Admin console's delegation table lists. */
  readonly clientId: string;
  /** Its Google-managed key; made when first asked for. */
  readonly key: () => RsaKey;
  /** What its methods answer while it is disabled; undefined while it is enabled. */
  disabledStatus: 400 | 403 | 404 | undefined;
  deleted: boolean;
  /** Listed in the constraint iam.allowServiceAccountCredentialLifetimeExtension: 43200 s instead of 3600 s. */
  longLifetimes: boolean;
}

export interface NewServiceAccount {
  email: string;
  /** Default: derived from the e-mail, the same in every run. */
  uniqueId?: string;
  /** Default: the unique id, as at Google. */
  clientId?: string;
}

export interface ServiceAccounts {
  readonly create: (account: NewServiceAccount) => ServiceAccount;
  /** By e-mail or unique id; deleted accounts are not found. */
  readonly find: (emailOrUniqueId: string) => ServiceAccount | undefined;
  /** The same for a test's own calls: throws where there is no such account. */
  readonly get: (emailOrUniqueId: string) => ServiceAccount;
  /** The account, deleted or not, that `kid` belongs to. */
  readonly ownerOfKey: (kid: string) => ServiceAccount | undefined;
}

export function createServiceAccounts(nextKey: () => RsaKey): ServiceAccounts {
  const all: ServiceAccount[] = [];
  const byName = new Map<string, ServiceAccount>();
  const byKid = new Map<string, ServiceAccount>();
  const find = (name: string): ServiceAccount | undefined => {
    const account = byName.get(name);
    return account?.deleted === true ? undefined : account;
  };
  return {
    create({ email, uniqueId, clientId }) {
      if (find(email) !== undefined) throw new Error(`service account "${email}" exists already`);
      const generation = all.filter((other) => other.email === email).length;
      const id = uniqueId ?? defaultUniqueId(email, generation);
      let key: RsaKey | undefined;
      const account: ServiceAccount = {
        email,
        uniqueId: id,
        clientId: clientId ?? id,
        key() {
          key ??= nextKey();
          byKid.set(key.kid, account);
          return key;
        },
        disabledStatus: undefined,
        deleted: false,
        longLifetimes: false,
      };
      all.push(account);
      byName.set(email, account).set(id, account);
      return account;
    },
    find,
    get(name) {
      const account = find(name);
      if (account === undefined)
        throw new Error(`no service account "${name}": call iam.createServiceAccount first`);
      return account;
    },
    ownerOfKey: (kid) => byKid.get(kid),
  };
}

/** 21 digits that depend on the e-mail alone. An account created again after its deletion is the next generation. */
export function defaultUniqueId(email: string, generation = 0): string {
  const hash = createHash('sha256').update(`${email}#${generation}`).digest();
  return `1${hash.readBigUInt64BE().toString().padStart(20, '0')}`;
}
