// Claims of the identity tokens that a metadata server gives, in the order in which they were recorded.
// https://cloud.google.com/compute/docs/instances/verifying-instance-identity#payload
import type { JsonObject } from './json-object.ts';
import { defaultUniqueId } from './service-accounts.ts';

export interface VmInstance {
  /** uint64 as decimal digits. */
  id: string;
  name: string;
  /** Short form: `us-central1-a`. */
  zone: string;
  projectId: string;
  projectNumber: number;
  /** Unix seconds. */
  createdAt: number;
  /** A Confidential VM; the claim is 1 there and absent elsewhere. */
  confidential?: boolean;
  /** Shown with `licenses=TRUE` only. */
  licenseIds?: readonly string[];
}

export interface VmIdentity {
  /** E-mail of the attached service account. */
  serviceAccount: string;
  /** Numeric id of that account. Default: the one that `iam.createServiceAccount` gives the e-mail. */
  uniqueId?: string;
  instance: VmInstance;
  /** Access scopes of the VM. Default: cloud-platform. */
  scopes?: readonly string[];
}

/** What runs on Cloud Run or as a function: its tokens carry no `google.compute_engine`. */
export interface CloudRunIdentity {
  serviceAccount: string;
  uniqueId?: string;
  projectId: string;
  projectNumber: number;
  region: string;
  scopes?: readonly string[];
}

const LIFETIME_SECONDS = 3600;

/** A VM's `format=full` claims. `overrides` replace whole top-level claims; one that is undefined is left out. */
export function identityTokenClaims(
  vm: VmIdentity,
  audience: string,
  nowSeconds: number,
  overrides: JsonObject = {},
): JsonObject {
  const google = { compute_engine: computeEngineClaims(vm.instance, false) };
  return withAccount(vm, audience, nowSeconds, { google, ...overrides });
}

/** The same with `license_id`, when the VM has licences. */
export function licensedIdentityTokenClaims(
  vm: VmIdentity,
  audience: string,
  nowSeconds: number,
): JsonObject {
  const google = { compute_engine: computeEngineClaims(vm.instance, true) };
  return withAccount(vm, audience, nowSeconds, { google });
}

/** `format=standard`: the unique id alone, no e-mail. */
export function standardIdentityTokenClaims(
  vm: VmIdentity,
  audience: string,
  nowSeconds: number,
): JsonObject {
  return withAccount(vm, audience, nowSeconds, { email: undefined, email_verified: undefined });
}

/** Cloud Run gives the e-mail and nothing of the machine, whatever the format. */
export function cloudRunTokenClaims(
  service: CloudRunIdentity,
  audience: string,
  nowSeconds: number,
): JsonObject {
  return withAccount(service, audience, nowSeconds, {});
}

function withAccount(
  {
    serviceAccount,
    uniqueId = defaultUniqueId(serviceAccount),
  }: { serviceAccount: string; uniqueId?: string },
  audience: string,
  nowSeconds: number,
  more: JsonObject,
): JsonObject {
  const claims: JsonObject = {
    aud: audience,
    azp: uniqueId,
    email: serviceAccount,
    email_verified: true,
    exp: nowSeconds + LIFETIME_SECONDS,
    google: undefined,
    iat: nowSeconds,
    iss: 'https://accounts.google.com',
    sub: uniqueId,
    ...more,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

function computeEngineClaims(instance: VmInstance, licenses: boolean): JsonObject {
  return {
    ...(instance.confidential === true && { instance_confidentiality: 1 }),
    instance_creation_timestamp: instance.createdAt,
    instance_id: instance.id,
    instance_name: instance.name,
    ...(licenses && instance.licenseIds !== undefined && { license_id: instance.licenseIds }),
    project_id: instance.projectId,
    project_number: instance.projectNumber,
    zone: instance.zone,
  };
}
