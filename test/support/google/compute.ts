// Compute Engine, instances.get only: what a verifier asks to learn whether a VM still runs.
// https://cloud.google.com/compute/docs/reference/rest/v1/instances/get
import type { Authenticate } from './authentication.ts';
import type { RouteEntry } from './dispatcher.ts';
import { credentialsMissing, scopeInsufficient, unauthenticated } from './google-error.ts';
import type { VmIdentity } from './identity-token-claims.ts';
import { legacyError } from './legacy-error.ts';
import { jsonReply, type GoogleReply, type GoogleRequest } from './reply.ts';
import { CLOUD_PLATFORM, hasScope } from './scopes.ts';

export type InstanceStatus = 'PROVISIONING' | 'STAGING' | 'RUNNING' | 'STOPPING' | 'SUSPENDED' | 'TERMINATED';

export interface InstanceName {
  projectId: string;
  zone: string;
  name: string;
}

export interface Compute {
  /** A VM; one whose metadata server is started is there already. Another of the same name replaces it. */
  readonly addInstance: (vm: VmIdentity, status?: InstanceStatus) => void;
  readonly setStatus: (instance: InstanceName, status: InstanceStatus) => void;
  readonly deleteInstance: (instance: InstanceName) => void;
  /** roles/compute.viewer on the project for an IAM member. */
  readonly grantViewer: (projectId: string, principal: string) => void;
}

const METHOD = 'compute.v1.InstancesService.Get';

export function createCompute(authenticate: Authenticate): Compute & { routes: RouteEntry[] } {
  const instances = new Map<string, { vm: VmIdentity; status: InstanceStatus }>();
  const viewers = new Set<string>();

  return {
    addInstance: (vm, status = 'RUNNING') => void instances.set(resourceName(vm.instance), { vm, status }),
    setStatus(instance, status) {
      const found = instances.get(resourceName(instance));
      if (found === undefined)
        throw new Error(`no instance "${resourceName(instance)}": call compute.addInstance first`);
      found.status = status;
    },
    deleteInstance: (instance) => void instances.delete(resourceName(instance)),
    grantViewer: (projectId, principal) => void viewers.add(`${projectId} ${principal}`),
    routes: [
      {
        route: 'compute',
        method: 'GET',
        path: /^\/compute\/v1\/projects\/([^/]+)\/zones\/([^/]+)\/instances\/([^/]+)$/,
        handle: getInstance,
      },
    ],
  };

  function getInstance(request: GoogleRequest): GoogleReply {
    const [projectId = '', zone = '', name = ''] = request.params;
    const resource = resourceName({ projectId, zone, name });
    requireViewer(request, projectId, resource);
    const found = instances.get(resource);
    if (found === undefined) throw legacyError(404, `The resource '${resource}' was not found`, 'notFound');
    return jsonReply(200, describe(found.vm, found.status));
  }

  function requireViewer(request: GoogleRequest, projectId: string, resource: string): void {
    const caller = authenticate(request);
    if (caller.kind === 'anonymous') {
      const metadata = { method: METHOD, service: 'compute.googleapis.com' };
      throw credentialsMissing({ reason: 'CREDENTIALS_MISSING', domain: 'googleapis.com', metadata });
    }
    if (caller.kind !== 'authenticated') throw unauthenticated();
    const { scopes, boundary, principal } = caller.token;
    if (boundary !== undefined || !hasScope(scopes, ['compute', 'compute.readonly', 'cloud-platform'])) {
      throw scopeInsufficient('compute.googleapis.com', METHOD);
    }
    if (!viewers.has(`${projectId} ${principal}`)) {
      throw legacyError(403, `Required 'compute.instances.get' permission for '${resource}'`, 'forbidden');
    }
  }
}

function resourceName({ projectId, zone, name }: InstanceName): string {
  return `projects/${projectId}/zones/${zone}/instances/${name}`;
}

function describe(
  { serviceAccount, instance, scopes = [CLOUD_PLATFORM] }: VmIdentity,
  status: InstanceStatus,
): object {
  const api = 'https://www.googleapis.com/compute/v1';
  return {
    kind: 'compute#instance',
    id: instance.id,
    creationTimestamp: new Date(instance.createdAt * 1000).toISOString(),
    name: instance.name,
    status,
    zone: `${api}/projects/${instance.projectId}/zones/${instance.zone}`,
    serviceAccounts: [{ email: serviceAccount, scopes }],
    selfLink: `${api}/${resourceName(instance)}`,
  };
}
