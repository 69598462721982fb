/** What has to be true of every plan of the builds. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { bindingsOf, block, ofType, text, type Binding, type Plan, type Values } from '../plan.ts';
import { ROOT } from '../workplace.ts';

export interface SetupRule {
  readonly sentence: string;
  /** Addresses, each with what is wrong; none where nothing is. */
  readonly violations: (plan: Plan) => readonly string[];
}

const account = (name: string) =>
  new RegExp(`^serviceAccount:[a-z]+-${name}@[a-z0-9-]+\\.iam\\.gserviceaccount\\.com$`);
const PLAN = account('plan');
const APPLY = account('apply');
const BUILD = account('(?:plan|apply)');
const own = (role: string) => new RegExp(`^(?:projects|organizations)/[^/]+/roles/[a-z]+_${role}$`);
const exactly = (...roles: string[]) => new RegExp(`^(?:${roles.join('|').replaceAll('.', '\\.')})$`);

const PROJECT = /^[a-z0-9-]+$/;
const STATE = /-state$/;
const STATE_OF_DEPLOYMENT =
  /^resource\.name\.startsWith\("projects\/_\/buckets\/[a-z-]+-state\/objects\/deployments\/production\/"\)$/;
const ORGANIZATION = /^\d+$/;
const KEY = /\/cryptoKeys\/[^/]+$/;

/** What an apply gives to others, and what it may give where it is only after the audit configuration. */
const GIVEN =
  /^api\.getAttribute\('iam\.googleapis\.com\/modifiedGrantsByRole', \[\]\)\.hasOnly\(\['projects\/acme-vending\/roles\/vending_manage_grants', 'projects\/acme-vending\/roles\/vending_read_grants', 'roles\/logging\.bucketWriter', 'roles\/logging\.logWriter', 'roles\/storage\.objectViewer'\]\)$/;
const NOTHING_GIVEN =
  /^api\.getAttribute\('iam\.googleapis\.com\/modifiedGrantsByRole', \[\]\)\.hasOnly\(\['roles\/browser'\]\)$/;

const APPLY_ROLES = [
  'roles/artifactregistry.admin',
  'roles/certificatemanager.editor',
  'roles/cloudfunctions.developer',
  'roles/compute.instanceAdmin.v1',
  'roles/compute.networkAdmin',
  'roles/compute.securityAdmin',
  'roles/datastore.backupSchedulesAdmin',
  'roles/datastore.indexAdmin',
  'roles/dns.admin',
  'roles/firebaserules.admin',
  'roles/logging.configWriter',
  'roles/monitoring.editor',
  'roles/serviceusage.serviceUsageAdmin',
];

interface Allowed {
  readonly who: RegExp;
  readonly role: RegExp;
  readonly on: RegExp;
  readonly condition?: RegExp;
}

/** All that anybody may. */
const ALLOWED: readonly Allowed[] = [
  { who: BUILD, role: exactly('roles/logging.logWriter'), on: PROJECT },
  { who: BUILD, role: own('plan'), on: PROJECT },
  { who: PLAN, role: exactly('roles/datastore.viewer'), on: PROJECT },
  { who: BUILD, role: exactly('roles/storage.objectViewer'), on: STATE },
  { who: APPLY, role: exactly('roles/storage.objectUser'), on: STATE, condition: STATE_OF_DEPLOYMENT },
  { who: APPLY, role: own('apply'), on: PROJECT },
  { who: APPLY, role: exactly(...APPLY_ROLES), on: PROJECT },
  { who: APPLY, role: exactly('roles/resourcemanager.projectIamAdmin'), on: PROJECT, condition: GIVEN },
  // outside
  { who: PLAN, role: own('plan_roles'), on: ORGANIZATION },
  { who: APPLY, role: own('apply_roles'), on: ORGANIZATION },
  { who: PLAN, role: own('plan_targets'), on: /^acme-(?:data|web)$/ },
  { who: APPLY, role: own('apply_targets'), on: /^acme-(?:data|web)$/ },
  { who: APPLY, role: own('apply_audit'), on: /^acme-(?:data|web)$/, condition: NOTHING_GIVEN },
  { who: APPLY, role: own('apply_network'), on: /^acme-network$/ },
  { who: PLAN, role: own('plan_keys'), on: KEY },
  { who: APPLY, role: own('apply_keys'), on: KEY },
  // people
  { who: /^(?:user|group):/, role: exactly('roles/cloudbuild.builds.approver'), on: PROJECT },
];

const allows = ({ who, role, on, condition }: Allowed, binding: Binding) =>
  who.test(binding.member) &&
  role.test(binding.role) &&
  on.test(binding.on) &&
  (condition === undefined ? binding.condition === undefined : condition.test(binding.condition ?? ''));

const rolesOf = (plan: Plan) =>
  ['google_project_iam_custom_role', 'google_organization_iam_custom_role'].flatMap((type) =>
    ofType(plan, type),
  );

const READS = /\.(?:get|getIamPolicy|getMetadata|list)$|^serviceusage\.services\.use$/;
/** What would outlast a build, act as somebody else by itself, or change what a role means. */
const NEVER =
  /key(?:s|Bindings)?\.(?:create|upload|update)$|userCreds|getAccessToken|getOpenIdToken|implicitDelegation|\.sign(?:Blob|Jwt)$|^iam\.roles\.(?:update|undelete|delete)$|^cloudbuild\.|IamPolicy.*\*|\*$/i;

const DENIED = [
  'serviceAccountKeys.create',
  'serviceAccounts.getAccessToken',
  'serviceAccounts.getOpenIdToken',
  'serviceAccounts.implicitDelegation',
  'serviceAccounts.signBlob',
  'serviceAccounts.signJwt',
].map((permission) => `iam.googleapis.com/${permission}`);

interface Trigger {
  readonly address: string;
  readonly runsAs: string;
  readonly pullRequest: Values;
  readonly push: Values;
  readonly values: Values;
}

const triggersOf = (plan: Plan): readonly Trigger[] =>
  ofType(plan, 'google_cloudbuild_trigger').map(({ address, values }) => {
    const event = block(values, 'repository_event_config');
    return {
      address,
      runsAs: `serviceAccount:${text(values['service_account']).replace(/.*\//, '')}`,
      pullRequest: block(event, 'pull_request'),
      push: block(event, 'push'),
      values,
    };
  });

/** Cloud Build refuses a build whose substitutions are others (MUST_MATCH). */
const ASKED_FOR = Object.keys(
  (parse(readFileSync(join(ROOT, 'cloudbuild.yaml'), 'utf8')) as { substitutions: Values }).substitutions,
).toSorted();

const isThere = (values: Values) => Object.keys(values).length > 0;
const substitution = ({ values }: Trigger, name: string) => ((values['substitutions'] ?? {}) as Values)[name];

export const SETUP_RULES: readonly SetupRule[] = [
  {
    sentence: 'nobody may do anything that is not on the list',
    violations: (plan) =>
      bindingsOf(plan)
        .filter((binding) => !ALLOWED.some((allowed) => allows(allowed, binding)))
        .map(({ address, member, role, on }) => `${address}: ${member} has ${role} on ${on}`),
  },
  {
    sentence: 'nobody has a basic role, and nothing is public',
    violations: (plan) =>
      bindingsOf(plan)
        .filter(
          ({ role, member }) =>
            /^roles\/(?:owner|editor|viewer|admin|writer|reader)$/.test(role) ||
            /^all(?:Authenticated)?Users$/.test(member),
        )
        .map(({ address, member, role }) => `${address}: ${member} has ${role}`),
  },
  {
    sentence: 'the roles by which a plan is made read, and do nothing else',
    violations: (plan) =>
      rolesOf(plan)
        .filter(({ values }) => /_plan(?:_|$)/.test(text(values['role_id'])))
        .flatMap(({ address, values }) =>
          (values['permissions'] as string[])
            .filter((permission) => !READS.test(permission))
            .map((permission) => `${address}: ${permission}`),
        ),
  },
  {
    sentence: 'no role of ours makes a key, a token or a signature, or changes a role',
    violations: (plan) =>
      rolesOf(plan).flatMap(({ address, values }) =>
        (values['permissions'] as string[])
          .filter((permission) => NEVER.test(permission))
          .map((permission) => `${address}: ${permission}`),
      ),
  },
  {
    sentence: 'whoever gives roles gives those of the deployment alone',
    violations: (plan) => {
      const setsPolicy = new Set([
        'roles/resourcemanager.projectIamAdmin',
        ...rolesOf(plan)
          .filter(({ values }) =>
            (values['permissions'] as string[]).includes('resourcemanager.projects.setIamPolicy'),
          )
          .map(({ values }) => text(values['role_id'])),
      ]);
      return bindingsOf(plan)
        .filter(({ role }) => setsPolicy.has(role.startsWith('roles/') ? role : role.replace(/.*\//, '')))
        .filter(({ condition = '' }) => !GIVEN.test(condition) && !NOTHING_GIVEN.test(condition))
        .map(({ address, condition = 'no condition' }) => `${address}: ${condition}`);
    },
  },
  {
    sentence: 'builds are denied keys, tokens and signatures wherever there are targets',
    violations: (plan) => {
      const policies = ofType(plan, 'google_iam_deny_policy').map(({ address, values }) => {
        const rule = block(block(values, 'rules'), 'deny_rule');
        const covers = (name: string) => (rule[name] ?? []) as readonly string[];
        return { address, parent: text(values['parent']), covers };
      });
      const projects = bindingsOf(plan)
        .filter(({ role }) => own('(?:apply|apply_targets)').test(role))
        .map(({ on }) => on);
      const bare = projects.filter(
        (project) => !policies.some(({ parent }) => parent.endsWith(`%2F${project}`)),
      );
      const weak = policies.filter(
        ({ covers }) =>
          DENIED.some((permission) => !covers('denied_permissions').includes(permission)) ||
          ['plan', 'apply'].some(
            (name) => !covers('denied_principals').some((principal) => principal.includes(`-${name}@`)),
          ) ||
          covers('exception_principals').length + covers('exception_permissions').length > 0,
      );
      return [...bare, ...weak.map(({ address }) => address)];
    },
  },
  {
    sentence: 'a pull request runs as the account that plans, and applies nothing',
    violations: (plan) => {
      const triggers = triggersOf(plan).filter(({ pullRequest }) => isThere(pullRequest));
      const wrong = triggers.filter(
        (trigger) =>
          !PLAN.test(trigger.runsAs) ||
          substitution(trigger, '_APPLY') !== 'no' ||
          !text(trigger.pullRequest['comment_control']).startsWith('COMMENTS_ENABLED'),
      );
      return triggers.length === 0 ? ['no trigger'] : wrong.map(({ address }) => address);
    },
  },
  {
    sentence: 'what is applied was merged to one branch, and somebody has approved it',
    violations: (plan) => {
      const triggers = triggersOf(plan).filter(({ runsAs }) => !PLAN.test(runsAs));
      const wrong = triggers.filter(
        (trigger) =>
          !APPLY.test(trigger.runsAs) ||
          isThere(trigger.pullRequest) ||
          block(trigger.values, 'approval_config')['approval_required'] !== true ||
          !/^\^[\w/\\.-]+\$$/.test(text(trigger.push['branch'])) ||
          trigger.push['invert_regex'] === true ||
          substitution(trigger, '_APPLY') !== 'yes',
      );
      return triggers.length === 0 ? ['no trigger'] : wrong.map(({ address }) => address);
    },
  },
  {
    sentence: 'nothing but the repository starts a build, and cloudbuild.yaml says what it does',
    violations: (plan) =>
      triggersOf(plan)
        .filter(
          ({ values }) =>
            values['filename'] !== 'cloudbuild.yaml' ||
            ['webhook_config', 'pubsub_config', 'build', 'git_file_source', 'source_to_build'].some((name) =>
              isThere(block(values, name)),
            ),
        )
        .map(({ address }) => address),
  },
  {
    sentence: 'triggers give cloudbuild.yaml what it asks for, and nothing else',
    violations: (plan) =>
      triggersOf(plan).flatMap(({ address, values }) => {
        const given = Object.keys(values['substitutions'] ?? {}).toSorted();
        return given.join() === ASKED_FOR.join() ? [] : [`${address}: ${given.join()}`];
      }),
  },
  {
    sentence: 'the state is closed, and what was overwritten or deleted can be taken back',
    violations: (plan) => {
      const buckets = ofType(plan, 'google_storage_bucket');
      const wrong = buckets.filter(
        ({ values }) =>
          values['public_access_prevention'] !== 'enforced' ||
          values['uniform_bucket_level_access'] !== true ||
          values['force_destroy'] === true ||
          block(values, 'versioning')['enabled'] !== true ||
          Number(block(values, 'soft_delete_policy')['retention_duration_seconds']) < 7 * 86_400,
      );
      return buckets.length === 1 ? wrong.map(({ address }) => address) : ['not one bucket'];
    },
  },
  {
    sentence: 'there is no key, and no secret, anywhere',
    violations: ({ resources }) =>
      resources.filter(({ type }) => /_key$|hmac|secret/.test(type)).map(({ address }) => address),
  },
];
