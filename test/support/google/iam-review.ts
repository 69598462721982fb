// What an operator looks at, and no function does: whether an account exists, who may do what, which APIs are on.
// https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/get
// https://cloud.google.com/policy-intelligence/docs/reference/policytroubleshooter/rest/v3/iam/troubleshoot
// https://cloud.google.com/service-usage/docs/reference/rest/v1/services/get
import type { Authenticate } from './authentication.ts';
import type { RouteEntry } from './dispatcher.ts';
import * as error from './google-error.ts';
import type { Binding, IamPolicy } from './iam.ts';
import { isJsonObject, parseJsonObject } from './json-object.ts';
import { jsonReply, Refused, type GoogleReply, type GoogleRequest } from './reply.ts';
import type { ServiceAccount, ServiceAccounts } from './service-accounts.ts';

export interface IamReviewDeps {
  authenticate: Authenticate;
  accounts: ServiceAccounts;
  policy: IamPolicy;
}

const RESOURCE = /^\/\/iam\.googleapis\.com\/projects\/[^/]+\/serviceAccounts\/([^/]+)$/;

export function iamReviewRoutes({ authenticate, accounts, policy }: IamReviewDeps): RouteEntry[] {
  return [
    {
      route: 'iam',
      method: 'GET',
      path: /^\/v1\/projects\/[^/]+\/serviceAccounts\/([^/:]+)$/,
      handle(request) {
        requireReviewer(request, 'iam.serviceAccounts.get');
        const account = accounts.find(request.params[0] ?? '');
        if (account === undefined) throw new Refused(error.googleError(404, 'Unknown service account'));
        return jsonReply(200, describe(account));
      },
    },
    {
      route: 'policyTroubleshooter',
      method: 'POST',
      path: /^\/v3\/iam:troubleshoot$/,
      handle(request) {
        requireReviewer(request, 'iam.serviceAccounts.getIamPolicy');
        return troubleshoot(request);
      },
    },
    {
      route: 'serviceUsage',
      method: 'GET',
      path: /^\/v1\/projects\/([^/]+)\/services\/([^/]+)$/,
      handle(request) {
        requireReviewer(request, 'serviceusage.services.get');
        const [project, service] = request.params;
        const state = policy.isApiEnabled() ? 'ENABLED' : 'DISABLED';
        return jsonReply(200, { name: `projects/${project}/services/${service}`, state });
      },
    },
  ];

  function requireReviewer(request: GoogleRequest, permission: string): void {
    const caller = authenticate(request);
    if (caller.kind !== 'authenticated') throw error.unauthenticated();
    if (!policy.isReviewer(caller.email)) throw error.permissionDenied(permission);
  }

  /** An account that does not exist has no policy: nobody has anything on it. */
  function troubleshoot(request: GoogleRequest): GoogleReply {
    const accessTuple = parseJsonObject(request.body.toString())?.['accessTuple'];
    if (!isJsonObject(accessTuple)) throw error.invalidArgument();
    const { principal, fullResourceName, permission } = accessTuple;
    const on = typeof fullResourceName === 'string' ? RESOURCE.exec(fullResourceName)?.[1] : undefined;
    if (on === undefined || typeof principal !== 'string' || typeof permission !== 'string') {
      throw error.invalidArgument();
    }
    const binding = { caller: principal, permission, on } as Binding;
    return jsonReply(200, {
      overallAccessState: policy.isAllowed(binding) ? 'CAN_ACCESS' : 'CANNOT_ACCESS',
      accessTuple,
    });
  }
}

function describe({ email, uniqueId, clientId, disabledStatus }: ServiceAccount): object {
  const projectId = /@([^.]+)\./.exec(email)?.[1] ?? 'unknown';
  return {
    name: `projects/${projectId}/serviceAccounts/${email}`,
    projectId,
    uniqueId,
    email,
    oauth2ClientId: clientId,
    ...(disabledStatus !== undefined && { disabled: true }),
  };
}
