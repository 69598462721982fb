/**
 * A company of thirty principals and sixty targets, as one would look: teams with fleets, accounts that build and deploy,
 * users with a signer, conditions, things that have expired, and ways that nobody has meant.
 */

import type { DocumentText } from '../../../admin/documents/document-text.ts';
import { textOfDocument } from '../../../admin/documents/document-text.ts';

const AUTH = 'https://www.googleapis.com/auth/';
export const ALL = `${AUTH}cloud-platform`;
export const READ = `${AUTH}devstorage.read_only`;
export const WRITE = `${AUTH}devstorage.read_write`;
export const DRIVE = `${AUTH}drive.readonly`;
export const SIGNER = 'dwd-signer@acme-identity.iam.gserviceaccount.com';

const TEAMS = ['vision', 'speech', 'ranking', 'payments', 'research'];
const STAGES = ['dev', 'staging', 'prod'];
const JOBS = ['trainer', 'evaluator', 'exporter', 'feature-store-writer'];
const PEOPLE = ['alice', 'bob', 'carol.van-der-berg', 'dmitri', 'eve', 'finance-reports', 'grace', 'heidi'];

export const account = (name: string, project: string) =>
  `serviceAccount:${name}@${project}.iam.gserviceaccount.com`;
export const user = (name: string) => `user:${name}@example.com`;

type Grant = Readonly<Record<string, unknown>>;

/** Documents by id. */
export function company(): ReadonlyMap<string, DocumentText> {
  const documents = new Map<string, { uniqueId: string; grants: Record<string, Grant> }>();
  const add = (id: string, target: string, grant: Grant) => {
    const known = documents.get(id) ?? { uniqueId: String(1_094_222_338_000 + documents.size), grants: {} };
    known.grants[target] = grant;
    documents.set(id, known);
  };
  for (const [team, name] of TEAMS.entries()) {
    for (const [stage, where] of STAGES.entries()) {
      const fleet = account(`${name}-workers`, `acme-${where}`);
      for (const job of JOBS.slice(0, 4 - (team % 2)))
        add(
          fleet,
          account(job, `acme-${name}`),
          job === 'exporter'
            ? { scopes: [WRITE], condition: "instance.zone.startsWith('us-central1-')" }
            : { scopes: [job === 'evaluator' ? READ : WRITE] },
        );
      add(fleet, account(`logs-${where}`, 'acme-shared'), { scopes: [`${AUTH}logging.write`] });
      if (stage < 2) add(fleet, account('sandbox', 'acme-shared'), { scopes: [ALL] });
      add(fleet, account(`api-${name}`, 'acme-services'), {
        idTokenAudiences: [`https://${name}.example.com`],
      });
      const person = PEOPLE[(team + stage) % PEOPLE.length] ?? 'alice';
      add(fleet, user(person), { signer: SIGNER, scopes: [DRIVE] });
      if (stage === 0)
        add(fleet, account('legacy-importer', 'acme-shared'), {
          scopes: [READ],
          expiresAt: new Date('2025-06-30T00:00:00Z'),
        });
    }
    add(account(`${name}-notebooks`, 'acme-dev'), account('trainer', `acme-${name}`), { scopes: [READ] });
    add(account(`${name}-notebooks`, 'acme-dev'), user(PEOPLE[team + 3] ?? 'alice'), {
      signer: SIGNER,
      scopes: [DRIVE, `${AUTH}calendar`],
    });
  }
  const builders = account('builders', 'acme-ci');
  for (const name of TEAMS) add(builders, account(`deployer-${name}`, 'acme-ci'), { scopes: [ALL] });
  for (const where of STAGES)
    add(account('schedulers', 'acme-ci'), account(`scheduler-${where}`, 'acme-shared'), {
      scopes: [`${AUTH}compute`, WRITE],
    });
  // what a sandbox can do is more than it looks
  add(account('sandbox', 'acme-shared'), account('shared-cache', 'acme-shared'), { scopes: [WRITE] });
  add(account('sandbox', 'acme-shared'), account('billing-export', 'acme-payments'), {
    scopes: [`${AUTH}bigquery`],
  });
  for (const name of TEAMS.slice(0, 3))
    add(account('release-bots', 'acme-ci'), account(`release-${name}`, 'acme-services'), {
      scopes: [ALL],
      delegates: [`deployer-${name}@acme-ci.iam.gserviceaccount.com`],
    });
  add(account('dwd-auditors', 'acme-identity'), account('dwd-signer', 'acme-identity'), {
    scopes: [`${AUTH}iam`],
  });
  add(account('backup', 'acme-shared'), account('backup-writer', 'acme-shared'), {
    scopes: [WRITE],
    condition: 'instance.confidential && request.time < timestamp("2027-01-01T00:00:00Z")',
  });
  for (const [index, job] of [
    'warehouse-loader',
    'warehouse-reader',
    'dashboard',
    'alerting',
    'geo-tiles',
    'embeddings-index-builder',
    'labeling',
    'mlflow',
  ].entries())
    add(
      account(index % 2 === 0 ? 'analytics-workers' : 'platform-cron', 'acme-prod'),
      account(job, 'acme-data'),
      { scopes: [index % 3 === 0 ? READ : WRITE] },
    );
  add(account('platform-cron', 'acme-prod'), account('dashboard', 'acme-data'), { scopes: [READ] });
  for (const id of ['2875949485074006138', '2875949485074006139'])
    add(`instance:326694433618:${id}`, user('ivan.task-owner'), { signer: SIGNER, scopes: [DRIVE] });
  return new Map(Array.from(documents, ([id, document]) => [id, textOfDocument(document)]));
}
