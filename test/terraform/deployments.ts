/**
 * Deployments to plan: folder and variables. Between them they switch on whatever the module has.
 */

import { planOf, type Plan } from './plan.ts';
import type { Choices } from './rules/rule.ts';
import type { Workplace } from './workplace.ts';

export interface Deployment {
  readonly folder: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const PROJECT = { project_id: 'acme-vending', project_number: 111222333444 } as const;

/** With both functions, one region, and the platform's own check. */
export const STANDARD = {
  ...PROJECT,
  regions: ['us-central1'],
  subnetworks: { 'us-central1': 'projects/acme-vending/regions/us-central1/subnetworks/workers' },
  archive: '../dist/functions.zip',
  worker_package: '../dist/worker.tar.gz',
  callers: {
    workers: {
      service_account: 'workers@acme-workers.iam.gserviceaccount.com',
      unique_id: '109422233875895820585',
      project_numbers: [326694433618],
    },
  },
  targets: {
    trainer: { service_account: 'trainer@acme-vending.iam.gserviceaccount.com' },
    reporter: {
      service_account: 'reporter@acme-vending.iam.gserviceaccount.com',
      id_tokens: true,
      max_lifetime_seconds: 7200,
    },
  },
  delegation_signers: {
    drive: { subjects: ['@example.com'], scopes: ['https://www.googleapis.com/auth/drive.readonly'] },
  },
  bootstrap_grants: {
    workers: {
      'serviceAccount:trainer@acme-vending.iam.gserviceaccount.com': {
        scopes: ['https://www.googleapis.com/auth/devstorage.read_write'],
      },
      'serviceAccount:reporter@acme-vending.iam.gserviceaccount.com': {
        scopes: ['https://www.googleapis.com/auth/bigquery.readonly'],
        id_token_audiences: ['https://api.example.com'],
        lifetime_seconds: 7200,
      },
      'user:alice@example.com': {
        signer: 'drive',
        scopes: ['https://www.googleapis.com/auth/drive.readonly'],
      },
    },
  },
  grant_administrators: ['group:token-admins@example.com'],
  deployers: ['terraform-apply@acme-ci.iam.gserviceaccount.com'],
} as const;

export const DEPLOYMENTS = {
  standard: { folder: 'terraform', variables: STANDARD },
  agentless: {
    folder: 'terraform',
    variables: { ...STANDARD, edge: 'function', ingress: 'all', deletion_protection: false },
  },
  minimal: { folder: 'terraform/examples/minimal', variables: PROJECT },
  production: { folder: 'terraform/examples/production', variables: {} },
} as const satisfies Record<string, Deployment>;

export type DeploymentName = keyof typeof DEPLOYMENTS;
export const DEPLOYMENT_NAMES = Object.keys(DEPLOYMENTS) as DeploymentName[];

export const CHOICES: Readonly<Record<DeploymentName, Choices>> = {
  standard: { edge: 'iam', ingress: 'internal', isProtected: true },
  agentless: { edge: 'function', ingress: 'all', isProtected: false },
  minimal: { edge: 'iam', ingress: 'internal', isProtected: true },
  production: { edge: 'function', ingress: 'internal', isProtected: true },
};

export function planDeployment(workplace: Workplace, name: DeploymentName): Promise<Plan> {
  const { folder, variables } = DEPLOYMENTS[name];
  return planOf(workplace, folder, asFlags(variables));
}

/** As `-var` flags; a value of a type of its own is JSON, which is HCL as well. */
export function asFlags(variables: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(variables).map(
    ([name, value]) => `-var=${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
}
