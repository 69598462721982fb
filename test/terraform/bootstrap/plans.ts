/** Ways to set up builds: in the project of the functions alone, and beside it, in an organization. */

import { asFlags } from '../deployments.ts';
import { planOf, type Plan } from '../plan.ts';
import type { Workplace } from '../workplace.ts';

const COMMON = {
  environment_dir: 'deployments/production',
  approvers: ['group:deployers@example.com'],
} as const;

export const SETUPS = {
  alone: {
    ...COMMON,
    project_id: 'acme-vending',
    repository: 'projects/acme-vending/locations/us-central1/connections/github/repositories/deployment',
  },
  organization: {
    ...COMMON,
    project_id: 'acme-ci',
    deployed_project_id: 'acme-vending',
    repository: 'projects/acme-ci/locations/us-central1/connections/github/repositories/deployment',
    organization_id: '987654321098',
    target_project_ids: ['acme-data', 'acme-web'],
    network_project_id: 'acme-network',
    kms_keys: ['projects/acme-keys/locations/us-central1/keyRings/vending/cryptoKeys/vending'],
    state_kms_key: 'projects/acme-keys/locations/us-central1/keyRings/vending/cryptoKeys/state',
  },
} as const;

export type SetupName = keyof typeof SETUPS;
export const SETUP_NAMES = Object.keys(SETUPS) as SetupName[];

export function planSetup(workplace: Workplace, name: SetupName): Promise<Plan> {
  return planOf(workplace, 'bootstrap', asFlags(SETUPS[name]));
}
