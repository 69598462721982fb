// The Workspace domain: its users, and the Admin console's table of domain-wide delegation.
import type { AccessTokens } from './access-tokens.ts';

export interface Workspace {
  /** E-mails are matched without regard to case. */
  readonly addUser: (email: string, options?: { suspended?: boolean }) => void;
  /** A suspended user's tokens stop working, and no new ones are given. */
  readonly suspend: (email: string) => void;
  /**
   * Adds to the delegation table: `clientId` is the signer's numeric client id. An e-mail can be written there
   * too, as administrators do, and then authorizes nobody. Scopes match exactly.
   */
  readonly authorize: (entry: { clientId: string; scopes: readonly string[] }) => void;
  readonly revoke: (clientId: string) => void;
  /** A user's token that nobody had to ask for. Default lifetime 3599 s. */
  readonly mintAccessToken: (email: string, scopes: readonly string[], lifetimeSeconds?: number) => string;
}

/** What the token endpoint and the APIs ask. */
export interface Directory {
  /** The user's canonical e-mail while the account is active. */
  readonly findActiveUser: (email: string) => string | undefined;
  /** Scopes of a table entry; undefined without one. */
  readonly authorizedScopes: (clientId: string) => ReadonlySet<string> | undefined;
}

export function createWorkspace(accessTokens: AccessTokens): Workspace & Directory {
  const users = new Map<string, { suspended: boolean }>();
  const delegations = new Map<string, Set<string>>();
  return {
    addUser: (email, { suspended = false } = {}) => void users.set(canonical(email), { suspended }),
    suspend: (email) => void users.set(canonical(email), { suspended: true }),
    authorize({ clientId, scopes }) {
      delegations.set(clientId, new Set([...(delegations.get(clientId) ?? []), ...scopes]));
    },
    revoke: (clientId) => void delegations.delete(clientId),
    mintAccessToken(email, scopes, lifetimeSeconds = 3599) {
      const principal = canonical(email);
      if (!users.has(principal)) throw new Error(`no user "${email}": call workspace.addUser first`);
      return accessTokens.mintFor({ principal: `user:${principal}`, scopes, clientId: '0' }, lifetimeSeconds);
    },
    findActiveUser(email) {
      const user = users.get(canonical(email));
      return user === undefined || user.suspended ? undefined : canonical(email);
    },
    authorizedScopes: (clientId) => delegations.get(clientId),
  };
}

function canonical(email: string): string {
  return email.toLowerCase();
}
