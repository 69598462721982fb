/** Who may do what: every permission of a plan is on a list, and what must never meet never meets. */

import { bindingsOf, block, ofType, text, type Binding, type Plan } from '../plan.ts';
import type { Rule } from './rule.ts';

const ACCOUNT = '@[a-z0-9-]+\\.iam\\.gserviceaccount\\.com';
const account = (name: string) => new RegExp(`^serviceAccount:[a-z]+-${name}${ACCOUNT}$`);
const own = (role: string) => new RegExp(`^(?:projects|organizations)/[^/]+/roles/[a-z_]+_${role}$`);
const exactly = (role: string) => new RegExp(`^${role.replaceAll('.', '\\.')}$`);

/** The condition that leaves of all databases the one of the grants. */
const DATABASE = /^resource\.name == "projects\/[^/"]+\/databases\/grants"$/;
const PROJECT = /^[a-z0-9-]+$/;

/** The condition that leaves of all objects Google's copies of that function's archive, encrypted with a key of one's own or not. */
const copiesOf = (name: string) =>
  new RegExp(
    `^resource\\.name\\.startsWith\\("projects/_/buckets/gcf-v2-sources-\\d+-"\\) && resource\\.name\\.extract\\("/objects/\\{function\\}/"\\) == "[a-z]+-${name}"$`,
  );

interface Allowed {
  readonly who: RegExp;
  readonly role: RegExp;
  readonly on: RegExp;
  readonly condition?: RegExp;
}

/** All that anybody may. */
const ALLOWED: readonly Allowed[] = [
  // callers, and only of the functions
  {
    who: /^serviceAccount:|^allUsers$/,
    role: exactly('roles/run.invoker'),
    on: /-(?:impersonate|delegate)$/,
  },
  // the functions
  { who: account('(?:impersonate|delegate)'), role: own('read_grants'), on: PROJECT, condition: DATABASE },
  {
    who: account('impersonate'),
    role: own('mint_(?:access|id)_tokens'),
    on: /^projects\/[^/]+\/serviceAccounts\/(?![a-z]+-sign-)/,
  },
  {
    who: account('delegate'),
    role: own('sign_assertions'),
    on: /^projects\/[^/]+\/serviceAccounts\/[a-z]+-sign-[a-z0-9-]+@/,
  },
  // who builds them
  { who: account('(?:impersonate|delegate)-build'), role: exactly('roles/logging.logWriter'), on: PROJECT },
  { who: account('impersonate-build'), role: exactly('roles/artifactregistry.writer'), on: /-impersonate$/ },
  { who: account('delegate-build'), role: exactly('roles/artifactregistry.writer'), on: /-delegate$/ },
  {
    who: account('(?:impersonate|delegate)-build'),
    role: exactly('roles/storage.objectViewer'),
    on: /-functions$/,
  },
  ...['impersonate', 'delegate'].map((name) => ({
    who: account(`${name}-build`),
    role: exactly('roles/storage.objectViewer'),
    on: PROJECT,
    condition: copiesOf(name),
  })),
  // VMs, probers among them, and what probers become
  { who: /^serviceAccount:(?:workers|[a-z]+-probe)@/, role: exactly('roles/logging.logWriter'), on: PROJECT },
  {
    who: /^serviceAccount:(?:workers|[a-z]+-probe)@/,
    role: exactly('roles/storage.objectViewer'),
    on: /-worker$/,
  },
  { who: account('probe-target'), role: exactly('roles/storage.objectViewer'), on: /-probe$/ },
  // people
  { who: /^group:token-admins@/, role: own('manage_grants'), on: PROJECT, condition: DATABASE },
  // Google's own agents
  {
    who: /^serviceAccount:(?:service-|cmek-p)\d+@/,
    role: exactly('roles/cloudkms.cryptoKeyEncrypterDecrypter'),
    on: /\/cryptoKeys\//,
  },
];

const allows = ({ who, role, on, condition }: Allowed, binding: Binding) =>
  who.test(binding.member) &&
  role.test(binding.role) &&
  on.test(binding.on) &&
  (condition === undefined ? binding.condition === undefined : condition.test(binding.condition ?? ''));

const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  mint_access_tokens: ['iam.serviceAccounts.getAccessToken'],
  mint_id_tokens: ['iam.serviceAccounts.getOpenIdToken'],
  sign_assertions: ['iam.serviceAccounts.signJwt'],
  read_grants: ['datastore.entities.get'],
  manage_grants: ['create', 'delete', 'get', 'list', 'update'].map((verb) => `datastore.entities.${verb}`),
};

/** A service account's permission on another, as `who role`. */
const onAccount = (plan: Plan) =>
  bindingsOf(plan).filter(({ on, role }) => on.includes('/serviceAccounts/') && !role.includes('cloudkms'));

export const PERMISSION_RULES: readonly Rule[] = [
  {
    sentence: 'nobody may do anything that is not on the list',
    violations: (plan) =>
      bindingsOf(plan)
        .filter((binding) => !ALLOWED.some((allowed) => allows(allowed, binding)))
        .map(({ address, member, role, on }) => `${address}: ${member} has ${role} on ${on}`),
  },
  {
    sentence: 'each role of ours has exactly the permissions that its name says',
    violations: (plan) =>
      ['google_project_iam_custom_role', 'google_organization_iam_custom_role']
        .flatMap((type) => ofType(plan, type))
        .filter(({ values }) => {
          const name = text(values['role_id']).replace(/^[a-z]+_/, '');
          const permissions = [...(values['permissions'] as string[])].toSorted();
          return JSON.stringify(permissions) !== JSON.stringify(PERMISSIONS[name]);
        })
        .map(({ address, values }) => `${address}: ${JSON.stringify(values['permissions'])}`),
  },
  {
    sentence: 'neither function may do anything to what the other may use',
    violations: (plan) => {
      const of = (name: string) => onAccount(plan).filter(({ member }) => account(name).test(member));
      const delegates = new Set(of('delegate').map(({ on }) => on.replace(/.*\//, '')));
      return of('impersonate')
        .filter(({ on }) => delegates.has(on.replace(/.*\//, '')))
        .map(({ address, on }) => `${address}: ${on}`);
    },
  },
  {
    sentence: 'the whole policy of each signer is that delegate signs with it',
    violations: (plan) =>
      ofType(plan, 'google_service_account')
        .map(({ values }) => text(values['account_id']))
        .filter((id) => id.includes('-sign-'))
        .filter((id) => {
          const on = onAccount(plan).filter((one) => one.on.includes(`/${id}@`));
          return on.length !== 1 || !on[0]?.address.includes('google_service_account_iam_policy');
        }),
  },
  {
    sentence: 'signers have no role anywhere',
    violations: (plan) =>
      bindingsOf(plan)
        .filter(({ member }) => member.includes('-sign-'))
        .map(({ address, role }) => `${address}: ${role}`),
  },
  {
    sentence: 'whoever writes grants may do nothing by which a ceiling could be passed',
    violations: (plan) => {
      const writers = new Set(
        bindingsOf(plan).flatMap(({ role, member }) => (own('manage_grants').test(role) ? [member] : [])),
      );
      return bindingsOf(plan)
        .filter(({ member, role }) => writers.has(member) && !own('manage_grants').test(role))
        .map(({ address, member, role }) => `${address}: ${member} has ${role}`);
    },
  },
  {
    sentence: 'each function runs as an account of its own, and is built by another one of its own',
    violations: (plan) => {
      const functions = ofType(plan, 'google_cloudfunctions2_function').map(({ address, values }) => {
        const build = block(values, 'build_config');
        const name = text(build['entry_point']);
        const runs = text(block(values, 'service_config')['service_account_email']);
        return { address, name, runs, builds: text(build['service_account']).replace(/.*\//, '') };
      });
      return functions
        .filter(
          ({ name, runs, builds }) =>
            !account(name).test(`serviceAccount:${runs}`) ||
            !account(`${name}-build`).test(`serviceAccount:${builds}`),
        )
        .map(({ address, runs, builds }) => `${address}: runs as ${runs}, built by ${builds}`);
    },
  },
  {
    sentence: 'there is no key, and no secret, anywhere',
    violations: ({ resources }) =>
      resources
        .filter(({ type }) => /_key$|hmac|secret/.test(type) && type !== 'google_kms_crypto_key')
        .map(({ address }) => address),
  },
];
