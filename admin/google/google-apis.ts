/**
 * The port to Google, over its public APIs:
 * https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/get
 * https://cloud.google.com/policy-intelligence/docs/reference/policytroubleshooter/rest/v3/iam/troubleshoot
 * https://cloud.google.com/service-usage/docs/reference/rest/v1/services/get
 */

import { createSend } from '../../shared/http/outbound.ts';
import { isServiceAccountEmail } from '../../shared/member.ts';
import {
  APIS,
  createCallGoogle,
  unknown,
  type CallGoogle,
  type GoogleAnswer,
  type OperatorToken,
} from './call-google.ts';
import { tryDelegation } from './delegation-trial.ts';
import type { AccountState, Google, Permission, YesOrNo } from './google.ts';
import { lastDelegation } from './last-delegation.ts';
import { projectOfAccount } from './project-of-account.ts';

interface Options {
  readonly operator: OperatorToken;
  readonly nowMs: () => number;
  /** Stands for the origin of every API; for tests. */
  readonly origin: string | undefined;
}

export function createGoogle({ operator, nowMs, origin }: Options): Google {
  const send = createSend();
  const call = createCallGoogle({ send, operator, originOf: (api) => origin ?? APIS[api] });
  return {
    account: (email) => accountState(email, call),
    has: (permission) => hasPermission(permission, call),
    isApiOn: (projectId, api) => isApiOn(projectId, api, call),
    delegation: (delegation) =>
      tryDelegation(delegation, { call, send, url: `${origin ?? APIS.oauth}/token`, nowMs }),
    lastDelegation: (projectId, user) => lastDelegation(projectId, user, { call, nowMs }),
  };
}

async function accountState(email: string, call: CallGoogle): Promise<AccountState> {
  if (!isServiceAccountEmail(email)) return { is: 'missing' };
  const answer = await call({ api: 'iam', path: `/v1/projects/-/serviceAccounts/${email}` });
  if (answer?.status === 404) return { is: 'missing' };
  const { projectId, oauth2ClientId: clientId, disabled } = answer?.body ?? {};
  if (answer?.status !== 200 || typeof projectId !== 'string') {
    return unknown(answer, { api: 'iam', role: 'roles/iam.serviceAccountViewer', ...where(email) });
  }
  return {
    is: disabled === true ? 'disabled' : 'active',
    projectId,
    clientId: typeof clientId === 'string' ? clientId : undefined,
  };
}

const ACCESS_STATES: Readonly<Record<string, 'yes' | 'no'>> = { CAN_ACCESS: 'yes', CANNOT_ACCESS: 'no' };

async function hasPermission(
  { holder, permission, on, projectId }: Permission,
  call: CallGoogle,
): Promise<YesOrNo> {
  const fullResourceName = `//iam.googleapis.com/projects/${projectId}/serviceAccounts/${on}`;
  const answer = await call({
    api: 'policyTroubleshooter',
    path: '/v3/iam:troubleshoot',
    json: { accessTuple: { principal: holder, fullResourceName, permission } },
  });
  const state = ACCESS_STATES[textOf(answer, 'overallAccessState')];
  if (state !== undefined) return { is: state };
  const asked = { api: 'policyTroubleshooter', role: 'roles/iam.securityReviewer', projectId } as const;
  if (answer?.status !== 200) return unknown(answer, asked);
  const refused = { ...answer, status: 403 };
  return { ...unknown(refused, asked), because: 'you may not see every policy that decides it' };
}

async function isApiOn(projectId: string, service: string, call: CallGoogle): Promise<YesOrNo> {
  const answer = await call({ api: 'serviceUsage', path: `/v1/projects/${projectId}/services/${service}` });
  const state = textOf(answer, 'state');
  if (state === 'ENABLED') return { is: 'yes' };
  if (state === 'DISABLED') return { is: 'no' };
  return unknown(answer, { api: 'serviceUsage', role: 'roles/serviceusage.serviceUsageViewer', projectId });
}

function textOf(answer: GoogleAnswer | undefined, field: string): string {
  const value = answer?.status === 200 ? answer.body[field] : undefined;
  return typeof value === 'string' ? value : '';
}

function where(email: string): { readonly projectId: string } {
  return { projectId: projectOfAccount(email) ?? 'PROJECT' };
}
