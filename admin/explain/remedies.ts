/**
 * Lines that mend what Google would refuse: for gcloud, and for the variables of `terraform/` where those say it. Pure.
 */

import { projectOfAccount } from '../google/project-of-account.ts';

type Lines = readonly string[];

export function createAccount(email: string): Lines {
  const [name = ''] = email.split('@');
  return [`gcloud iam service-accounts create ${name} --project=${projectIn(email)}`];
}

export function enableAccount(email: string, projectId: string): Lines {
  return [`gcloud iam service-accounts enable ${email} --project=${projectId}`];
}

const ROLES: Readonly<Record<string, string>> = {
  'iam.serviceAccounts.getOpenIdToken': 'roles/iam.serviceAccountOpenIdTokenCreator',
};
const TOKEN_CREATOR = 'roles/iam.serviceAccountTokenCreator';

const TERRAFORM: Readonly<Record<string, (on: string) => string>> = {
  'iam.serviceAccounts.getAccessToken': (on) => `targets = { NAME = { service_account = "${on}" } }`,
  'iam.serviceAccounts.getOpenIdToken': (on) =>
    `targets = { NAME = { service_account = "${on}", id_tokens = true } }`,
  'iam.serviceAccounts.signJwt': () => 'delegation_signers = { NAME = { subjects = […], scopes = […] } }',
};

/** `isOfFunction`: the holder is a function's account, whose rights Terraform gives. */
export function grantPermission(
  { holder, permission, on }: { readonly holder: string; readonly permission: string; readonly on: string },
  isOfFunction: boolean,
): Lines {
  const role = ROLES[permission] ?? TOKEN_CREATOR;
  const terraform = isOfFunction ? TERRAFORM[permission]?.(on) : undefined;
  return [
    `gcloud iam service-accounts add-iam-policy-binding ${on} --project=${projectIn(on)} --member=serviceAccount:${holder} --role=${role}`,
    ...(terraform === undefined ? [] : [`Terraform: ${terraform}`]),
  ];
}

export function enableApi(service: string, projectId: string): Lines {
  return [
    `gcloud services enable ${service} --project=${projectId}`,
    `Terraform: resource "google_project_service" "needed" { project = "${projectId}", service = "${service}" }`,
  ];
}

/** Google has neither a command nor an API for it. */
export function authorizeClient(clientId: string | undefined, signer: string, scopes: Lines): Lines {
  const client =
    clientId ?? `what gcloud iam service-accounts describe ${signer} --format='value(oauth2ClientId)' prints`;
  return [
    `https://admin.google.com/ac/owl/domainwidedelegation: add the client id ${client} with the scopes ${scopes.join(',')}`,
  ];
}

export function restoreUser(): Lines {
  return [`https://admin.google.com/ac/users: create or restore the user, or take the grant out`];
}

export function readOAuthError(): Lines {
  return ['docs/troubleshooting.md#oauth_rejected says what to do'];
}

function projectIn(email: string): string {
  return projectOfAccount(email) ?? 'PROJECT';
}
