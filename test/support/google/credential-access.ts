// Whether a call to IAM Credentials is allowed: the caller's token, the accounts it names, and the permissions along the
// chain of delegates. https://cloud.google.com/iam/docs/create-short-lived-credentials-delegated
import type { Authenticate } from './authentication.ts';
import * as error from './google-error.ts';
import type { Binding, IamPermission, IamPolicy } from './iam.ts';
import { Refused, type GoogleRequest } from './reply.ts';
import { hasScope } from './scopes.ts';
import type { ServiceAccount, ServiceAccounts } from './service-accounts.ts';

const SERVICE = 'iamcredentials.googleapis.com';
const DELEGATE = /^projects\/-\/serviceAccounts\/([^/]+)$/;

export interface CredentialAccessDeps {
  authenticate: Authenticate;
  accounts: ServiceAccounts;
  policy: IamPolicy;
}

/** Each of these throws the refusal that Google answers. */
export interface CredentialAccess {
  /** The caller's e-mail. */
  readonly requireCaller: (rpc: string, request: GoogleRequest) => string;
  readonly requireAccount: (emailOrUniqueId: string) => ServiceAccount;
  /** The accounts of a request's `delegates`. */
  readonly requireDelegates: (delegates: unknown) => ServiceAccount[];
  /** Each account of the chain needs the right to act on the next. Nobody, not even itself, has it implicitly. */
  readonly requireChain: (
    caller: string,
    delegates: readonly ServiceAccount[],
    target: ServiceAccount,
    permission: IamPermission,
  ) => void;
}

export function createCredentialAccess({
  authenticate,
  accounts,
  policy,
}: CredentialAccessDeps): CredentialAccess {
  return { requireCaller, requireAccount, requireDelegates, requireChain };

  function requireCaller(rpc: string, request: GoogleRequest): string {
    const method = `google.iam.credentials.v1.IAMCredentials.${rpc}`;
    const caller = authenticate(request);
    const info = (reason: string, more = {}): error.ErrorInfo => ({
      reason,
      domain: 'googleapis.com',
      metadata: { ...more, method, service: SERVICE },
    });
    if (caller.kind === 'anonymous') throw error.credentialsMissing(info('CREDENTIALS_MISSING'));
    if (caller.kind === 'invalid') throw error.unauthenticated();
    if (caller.kind === 'inactive')
      throw error.unauthenticated(info('ACCOUNT_STATE_INVALID', { email: caller.email }));
    if (!hasScope(caller.token.scopes, ['cloud-platform', 'iam']))
      throw error.scopeInsufficient(SERVICE, method);
    // A downscoped token is good for Cloud Storage only.
    if (caller.token.boundary !== undefined)
      throw error.permissionDenied('iam.serviceAccounts.getAccessToken');
    if (!policy.isApiEnabled()) throw error.serviceDisabled(SERVICE, 'IAM Service Account Credentials API');
    return caller.email;
  }

  function requireAccount(name: string): ServiceAccount {
    const account = accounts.find(name);
    if (account === undefined)
      throw new Refused(error.googleError(404, `Not found; Gaia id not found for email ${name}`));
    return account;
  }

  function requireDelegates(delegates: unknown): ServiceAccount[] {
    if (delegates === undefined || delegates === null) return [];
    if (!Array.isArray(delegates)) throw error.invalidArgument();
    return delegates.map((delegate: unknown) => {
      const name = typeof delegate === 'string' ? DELEGATE.exec(delegate)?.[1] : undefined;
      if (name === undefined) throw error.invalidArgument();
      return requireAccount(name);
    });
  }

  function requireChain(
    caller: string,
    delegates: readonly ServiceAccount[],
    target: ServiceAccount,
    permission: IamPermission,
  ): void {
    let actor = caller;
    for (const delegate of delegates) {
      requirePermission({
        caller: actor,
        permission: 'iam.serviceAccounts.implicitDelegation',
        on: delegate.email,
      });
      requireEnabled(delegate, permission);
      actor = delegate.email;
    }
    requirePermission({ caller: actor, permission, on: target.email });
    requireEnabled(target, permission);
  }

  function requirePermission(needed: Binding): void {
    if (!policy.isAllowed(needed)) throw error.permissionDenied(needed.permission);
  }
}

/** What a disabled account answers is not recorded anywhere; the test chooses the status. */
function requireEnabled({ disabledStatus }: ServiceAccount, permission: IamPermission): void {
  if (disabledStatus === undefined) return;
  if (disabledStatus === 403) throw error.permissionDenied(permission);
  if (disabledStatus === 404) throw new Refused(error.googleError(404, 'Requested entity was not found.'));
  throw new Refused(error.googleError(400, 'Precondition check failed.', undefined, 'FAILED_PRECONDITION'));
}
