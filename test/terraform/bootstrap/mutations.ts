/** Mistakes that somebody could make in what the builds are given, each with the rule that has to see it. */

import type { Mistake } from '../mistake.ts';

export interface SetupMutation extends Mistake {
  readonly mistake: string;
  /** The sentence of a rule. */
  readonly caughtBy: string;
}

const LIST = 'nobody may do anything that is not on the list';
const READS = 'the roles by which a plan is made read, and do nothing else';
const NEVER = 'no role of ours makes a key, a token or a signature, or changes a role';
const GIVES = 'whoever gives roles gives those of the deployment alone';
const DENIAL = 'builds are denied keys, tokens and signatures wherever there are targets';
const PULL_REQUEST = 'a pull request runs as the account that plans, and applies nothing';
const APPLY = 'what is applied was merged to one branch, and somebody has approved it';
const STARTS = 'nothing but the repository starts a build, and cloudbuild.yaml says what it does';
const STATE = 'the state is closed, and what was overwritten or deleted can be taken back';

export const SETUP_MUTATIONS: readonly SetupMutation[] = [
  {
    mistake: 'who plans writes the state',
    file: 'bootstrap/state.tf',
    from: 'role   = "roles/storage.objectViewer"',
    to: 'role   = "roles/storage.objectUser"',
    caughtBy: LIST,
  },
  {
    mistake: 'who applies writes the state that says what the builds are given',
    file: 'bootstrap/state.tf',
    from: '/objects/${var.environment_dir}/',
    to: '',
    caughtBy: LIST,
  },
  {
    mistake: 'who plans applies',
    file: 'bootstrap/apply_permissions.tf',
    from: 'role    = "projects/${local.deployed_project_id}/roles/${google_project_iam_custom_role.apply.role_id}"\n  member  = local.members.apply',
    to: 'role    = "projects/${local.deployed_project_id}/roles/${google_project_iam_custom_role.apply.role_id}"\n  member  = local.members.plan',
    caughtBy: LIST,
  },
  {
    mistake: 'who plans lets targets be impersonated',
    file: 'bootstrap/outside.tf',
    from: 'role    = local.outside_roles["${each.value.name}_targets"]',
    to: 'role    = local.outside_roles["apply_targets"]',
    caughtBy: LIST,
  },
  {
    mistake: 'a predefined role that makes tokens',
    file: 'bootstrap/apply_permissions.tf',
    from: '"roles/dns.admin" ',
    to: '"roles/iam.serviceAccountTokenCreator" ',
    caughtBy: LIST,
  },
  {
    mistake: 'an approver that is a program',
    file: 'bootstrap/triggers.tf',
    from: 'for_each = toset(var.approvers)',
    to: 'for_each = toset(concat(var.approvers, [local.members.apply]))',
    caughtBy: LIST,
  },
  {
    mistake: 'an owner',
    file: 'bootstrap/build_accounts.tf',
    from: '"roles/logging.logWriter"',
    to: '"roles/owner"',
    caughtBy: 'nobody has a basic role, and nothing is public',
  },
  {
    mistake: 'a state that everybody reads',
    file: 'bootstrap/state.tf',
    from: 'member = each.value',
    to: 'member = "allAuthenticatedUsers"',
    caughtBy: 'nobody has a basic role, and nothing is public',
  },
  {
    mistake: 'a plan that changes policies',
    file: 'bootstrap/plan_permissions.tf',
    from: '["artifactregistry.repositories.getIamPolicy"]',
    to: '["artifactregistry.repositories.getIamPolicy", "artifactregistry.repositories.setIamPolicy"]',
    caughtBy: READS,
  },
  {
    mistake: 'a plan that changes roles of the organization',
    file: 'bootstrap/outside.tf',
    from: '    plan_roles = {\n      title       = "Read roles"\n      kinds       = ["google_organization_iam_custom_role"]\n      permissions = ["iam.roles.get"]',
    to: '    plan_roles = {\n      title       = "Read roles"\n      kinds       = ["google_organization_iam_custom_role"]\n      permissions = ["iam.roles.get", "iam.roles.create"]',
    caughtBy: READS,
  },
  {
    mistake: 'an apply that changes what a role means',
    file: 'bootstrap/apply_permissions.tf',
    from: '["iam.roles.create", "iam.roles.get"]',
    to: '["iam.roles.create", "iam.roles.get", "iam.roles.update"]',
    caughtBy: NEVER,
  },
  {
    mistake: 'an apply that makes keys',
    file: 'bootstrap/apply_permissions.tf',
    from: '"iam.serviceAccounts.create",',
    to: '"iam.serviceAccounts.create",\n      "iam.serviceAccountKeys.create",',
    caughtBy: NEVER,
  },
  {
    mistake: 'an apply that signs',
    file: 'bootstrap/outside.tf',
    from: '"iam.serviceAccounts.setIamPolicy",',
    to: '"iam.serviceAccounts.setIamPolicy",\n        "iam.serviceAccounts.signJwt",',
    caughtBy: NEVER,
  },
  {
    mistake: 'an apply that gives every role',
    file: 'bootstrap/apply_permissions.tf',
    from: `expression  = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([\${join(", ", [for role in local.given_roles : "'\${role}'"])}])"`,
    to: 'expression  = "true"',
    caughtBy: GIVES,
  },
  {
    mistake: 'an apply that gives one role more',
    file: 'bootstrap/apply_permissions.tf',
    from: '    "roles/logging.bucketWriter",\n',
    to: '    "roles/logging.bucketWriter",\n    "roles/iam.serviceAccountTokenCreator",\n',
    caughtBy: GIVES,
  },
  {
    mistake: 'an apply that gives roles where targets are',
    file: 'bootstrap/outside.tf',
    from: "hasOnly(['roles/browser'])",
    to: "hasOnly(['roles/owner'])",
    caughtBy: GIVES,
  },
  {
    mistake: 'signatures are not denied',
    file: 'bootstrap/no_keys.tf',
    from: '        "iam.googleapis.com/serviceAccounts.signJwt",\n',
    to: '',
    caughtBy: DENIAL,
  },
  {
    mistake: 'who applies is not denied anything',
    file: 'bootstrap/no_keys.tf',
    from: 'for email in values(local.emails) :',
    to: 'for email in [local.emails.plan] :',
    caughtBy: DENIAL,
  },
  {
    mistake: 'keys of targets are not denied',
    file: 'bootstrap/no_keys.tf',
    from: 'concat([local.deployed_project_id], var.target_project_ids)',
    to: '[local.deployed_project_id]',
    caughtBy: DENIAL,
  },
  {
    mistake: 'a pull request that runs as who applies',
    file: 'bootstrap/triggers.tf',
    from: 'serviceAccounts/${local.emails.plan}"',
    to: 'serviceAccounts/${local.emails.apply}"',
    caughtBy: APPLY,
  },
  {
    mistake: 'a pull request that is applied',
    file: 'bootstrap/triggers.tf',
    from: '_APPLY = "no"',
    to: '_APPLY = "yes"',
    caughtBy: PULL_REQUEST,
  },
  {
    mistake: 'code of strangers that is built at once',
    file: 'bootstrap/triggers.tf',
    from: 'COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY',
    to: 'COMMENTS_DISABLED',
    caughtBy: PULL_REQUEST,
  },
  {
    mistake: 'an apply that nobody approves',
    file: 'bootstrap/triggers.tf',
    from: 'approval_required = true',
    to: 'approval_required = false',
    caughtBy: APPLY,
  },
  {
    mistake: 'an apply from every branch',
    file: 'bootstrap/triggers.tf',
    from: 'push {\n      branch = local.only_branch',
    to: 'push {\n      branch = ".*"',
    caughtBy: APPLY,
  },
  {
    mistake: 'an apply from every branch but one',
    file: 'bootstrap/triggers.tf',
    from: 'push {\n      branch = local.only_branch',
    to: 'push {\n      invert_regex = true\n      branch = local.only_branch',
    caughtBy: APPLY,
  },
  {
    mistake: 'an apply as the default account',
    file: 'bootstrap/triggers.tf',
    from: '  service_account = "projects/${var.project_id}/serviceAccounts/${local.emails.apply}"\n',
    to: '',
    caughtBy: APPLY,
  },
  {
    mistake: 'a build of a file that nobody reviews',
    file: 'bootstrap/triggers.tf',
    from: 'filename        = "cloudbuild.yaml"\n  service_account = "projects/${var.project_id}/serviceAccounts/${local.emails.apply}"',
    to: 'filename        = "deploy.yaml"\n  service_account = "projects/${var.project_id}/serviceAccounts/${local.emails.apply}"',
    caughtBy: STARTS,
  },
  {
    mistake: 'a bucket of the state that no build hears of',
    file: 'bootstrap/triggers.tf',
    from: '_STATE_BUCKET ',
    to: '_BUCKET ',
    caughtBy: 'triggers give cloudbuild.yaml what it asks for, and nothing else',
  },
  {
    mistake: 'a state without its versions',
    file: 'bootstrap/state.tf',
    from: 'enabled = true',
    to: 'enabled = false',
    caughtBy: STATE,
  },
  {
    mistake: 'a state that is gone when it is deleted',
    file: 'bootstrap/state.tf',
    from: 'retention_duration_seconds = 30 * 24 * 3600',
    to: 'retention_duration_seconds = 0',
    caughtBy: STATE,
  },
  {
    mistake: 'a state that may be made public',
    file: 'bootstrap/state.tf',
    from: '"enforced"',
    to: '"inherited"',
    caughtBy: STATE,
  },
  {
    mistake: 'a key of who applies',
    file: 'bootstrap/build_accounts.tf',
    from: 'resource "google_project_iam_member" "writes_build_log" {',
    to: `resource "google_service_account_key" "apply" {
  service_account_id = google_service_account.build["apply"].name
}

resource "google_project_iam_member" "writes_build_log" {`,
    caughtBy: 'there is no key, and no secret, anywhere',
  },
];
