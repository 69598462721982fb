/** What is wrong is stopped by a sentence that names the variable, the value, and what to do. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asFlags, STANDARD } from './deployments.ts';
import { IS_SKIPPED, NEEDS, planJson } from './program.ts';
import { createWorkplace, type Workplace } from './workplace.ts';

const TRAINER = 'trainer@acme-vending.iam.gserviceaccount.com';
const DRIVE = 'https://www.googleapis.com/auth/drive.readonly';

interface BadInput {
  readonly what: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The variable, the value, the remedy. */
  readonly says: readonly [string, string, string];
}

const BAD_INPUTS: readonly BadInput[] = [
  {
    what: 'a wrong e-mail',
    variables: { targets: { trainer: { service_account: 'trainer@acme-vending' } } },
    says: ['targets: ', 'trainer ("trainer@acme-vending")', 'write it in lower case and whole'],
  },
  {
    what: 'a wrong e-mail of a user',
    variables: { delegation_signers: { drive: { subjects: ['Alice@example.com'], scopes: [DRIVE] } } },
    says: ['delegation_signers: ', '"Alice@example.com"', 'write alice@example.com, or @example.com'],
  },
  {
    what: 'a target that stands in two maps',
    variables: {
      targets: {
        signer: { service_account: 'vending-sign-drive@acme-vending.iam.gserviceaccount.com' },
      },
    },
    says: [
      'targets: ',
      'signer ("vending-sign-drive@acme-vending.iam.gserviceaccount.com")',
      'make a service account for the purpose',
    ],
  },
  {
    what: 'a target that stands twice in one',
    variables: { targets: { a: { service_account: TRAINER }, b: { service_account: TRAINER } } },
    says: ['targets: ', TRAINER, 'name each service account once'],
  },
  {
    what: 'a lifetime above what the target allows',
    variables: {
      bootstrap_grants: {
        workers: { [`serviceAccount:${TRAINER}`]: { scopes: [DRIVE], lifetime_seconds: 7200 } },
      },
    },
    says: ['bootstrap_grants: ', 'has lifetime_seconds 7200', "raise the target's max_lifetime_seconds"],
  },
  {
    what: 'a lifetime above what Google allows',
    variables: { targets: { trainer: { service_account: TRAINER, max_lifetime_seconds: 86400 } } },
    says: ['targets: ', 'trainer has max_lifetime_seconds 86400', 'give 900 to 43200'],
  },
  {
    what: 'a scope that is no URL',
    variables: { delegation_signers: { drive: { subjects: ['@example.com'], scopes: ['drive.readonly'] } } },
    says: ['delegation_signers: ', '"drive.readonly"', `write it out, such as ${DRIVE}`],
  },
  {
    what: 'a region without the function',
    variables: {
      subnetworks: {
        ...STANDARD.subnetworks,
        'asia-east1': 'projects/acme-vending/regions/asia-east1/subnetworks/workers',
      },
    },
    says: ['subnetworks names ', 'asia-east1', 'add it to regions, or leave it out'],
  },
  {
    what: 'a scope that administers the whole of Workspace',
    variables: {
      delegation_signers: {
        drive: {
          subjects: ['@example.com'],
          scopes: ['https://www.googleapis.com/auth/admin.directory.user'],
        },
      },
    },
    says: [
      'delegation_signers: ',
      '"https://www.googleapis.com/auth/admin.directory.user"',
      'a role of its own in the admin console',
    ],
  },
  {
    what: 'a target of another project without an organization',
    variables: {
      targets: { trainer: { service_account: 'trainer@acme-data.iam.gserviceaccount.com' } },
      bootstrap_grants: {},
    },
    says: ['targets: ', '"trainer@acme-data.iam.gserviceaccount.com"', 'set organization_id'],
  },
  {
    what: 'one address that the platform’s check does not know',
    variables: { address: { domain: 'vending.acme.example', network: 'n', certificates: ['c'] } },
    says: ['edge is iam', 'address is set', 'set edge to function, or leave address out'],
  },
  {
    what: 'an archive that was not built',
    variables: { archive: '../dist/no-such.zip' },
    says: ['archive is ', '"../dist/no-such.zip"', 'run npm run build'],
  },
];

/** Terraform breaks lines, and draws a bar before each. */
const flat = (output: string) => output.replaceAll(/[│╷╵\s]+/g, ' ');

describe.skipIf(IS_SKIPPED)(`a plan is stopped by${NEEDS}`, () => {
  let workplace: Workplace;
  beforeAll(() => {
    workplace = createWorkplace();
  });
  afterAll(() => workplace.remove());

  it.each(BAD_INPUTS)('$what, in a sentence that helps', async ({ variables, says }) => {
    const given = { ...STANDARD, ...variables };
    const { code, output } = await planJson(workplace.path('terraform'), asFlags(given));
    expect(code).toBe(1);
    for (const part of says) expect(flat(output)).toContain(part);
  });
});
