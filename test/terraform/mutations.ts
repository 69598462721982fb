/**
 * Mistakes that somebody could make in the module, each with the rule that has to see it. `from` stands once in the file.
 */

export interface Mutation {
  readonly mistake: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The sentence of a rule. */
  readonly caughtBy: string;
  /** Where the standard one has no such thing. */
  readonly deployment?: 'production';
}

const LIST = 'nobody may do anything that is not on the list';
const ROLES = 'each role of ours has exactly the permissions that its name says';

export const MUTATIONS: readonly Mutation[] = [
  {
    mistake: 'the role that mints access tokens signs, too',
    file: 'roles.tf',
    from: '["iam.serviceAccounts.getAccessToken"]',
    to: '["iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.signBlob"]',
    caughtBy: ROLES,
  },
  {
    mistake: 'the functions may write grants',
    file: 'roles.tf',
    from: 'permissions = ["datastore.entities.get"]',
    to: 'permissions = ["datastore.entities.get", "datastore.entities.update"]',
    caughtBy: ROLES,
  },
  {
    mistake: 'a predefined role in the place of ours on targets',
    file: 'targets.tf',
    from: 'role               = local.roles[each.value.role]',
    to: 'role               = "roles/iam.serviceAccountTokenCreator"',
    caughtBy: LIST,
  },
  {
    mistake: 'delegate may impersonate the targets',
    file: 'targets.tf',
    from: 'local.runtime_members.impersonate',
    to: 'local.runtime_members.delegate',
    caughtBy: LIST,
  },
  {
    mistake: 'impersonate may sign',
    file: 'delegation_signers.tf',
    from: 'members = [local.runtime_members.delegate]',
    to: 'members = [local.runtime_members.delegate, local.runtime_members.impersonate]',
    caughtBy: LIST,
  },
  {
    mistake: 'a second entry in the policy of a signer',
    file: 'delegation_signers.tf',
    from: 'bindings = [{',
    to: 'bindings = [{ role = local.roles.mint_access_tokens, members = [local.runtime_members.delegate] }, {',
    caughtBy: 'the whole policy of each signer is that delegate signs with it',
  },
  {
    mistake: 'no condition on who reads the database',
    file: 'runtime_accounts.tf',
    from: 'expression  = local.is_database_of_grants',
    to: 'expression  = "true"',
    caughtBy: LIST,
  },
  {
    mistake: 'who builds reads every bucket',
    file: 'build_accounts.tf',
    from: ' && resource.name.extract(\\"/objects/{function}/\\") == \\"${var.name}-${each.key}\\"',
    to: '',
    caughtBy: LIST,
  },
  {
    mistake: 'grant administrators who own the project',
    file: 'firestore.tf',
    from: 'role    = local.roles.manage_grants',
    to: 'role    = "roles/editor"',
    caughtBy: LIST,
  },
  {
    mistake: 'grant administrators who deploy functions',
    file: 'build_accounts.tf',
    from: 'role    = "roles/logging.logWriter"\n  member  = each.value\n}',
    to: `role    = "roles/logging.logWriter"
  member  = each.value
}

resource "google_project_iam_member" "deploys" {
  for_each = toset(var.grant_administrators)
  project  = var.project_id
  role     = "roles/cloudfunctions.developer"
  member   = each.key
}`,
    caughtBy: 'whoever writes grants may do nothing by which a ceiling could be passed',
  },
  {
    mistake: 'everybody may call',
    file: 'functions.tf',
    from: 'var.edge == "iam" ? local.caller_members : ["allUsers"]',
    to: '["allUsers"]',
    caughtBy: 'nothing is public, unless the functions alone were chosen to check',
  },
  {
    mistake: 'everybody who has an account of Google may call',
    file: 'functions.tf',
    from: '[module.prober.member])',
    to: '[module.prober.member, "allAuthenticatedUsers"])',
    caughtBy: 'nothing is public, unless the functions alone were chosen to check',
  },
  {
    mistake: 'callers are added to a list that nobody owns',
    file: 'functions.tf',
    from: 'resource "google_cloud_run_v2_service_iam_binding" "invoker" {',
    to: `resource "google_cloud_run_v2_service_iam_member" "further" {
  project  = var.project_id
  location = var.regions[0]
  name     = "\${var.name}-impersonate"
  role     = "roles/run.invoker"
  member   = module.prober.member
}

resource "google_cloud_run_v2_service_iam_binding" "invoker" {`,
    caughtBy: 'the list of callers is whole: what is not on it is removed',
  },
  {
    mistake: 'ingress from everywhere',
    file: 'functions.tf',
    from: 'var.ingress == "internal" ? "ALLOW_INTERNAL_ONLY" : "ALLOW_ALL"',
    to: '"ALLOW_ALL"',
    caughtBy: 'the functions are reached from inside, unless the internet was chosen',
  },
  {
    mistake: 'both functions run as one account',
    file: 'functions.tf',
    from: 'local.runtime_emails[each.value.function]',
    to: 'local.runtime_emails["impersonate"]',
    caughtBy: 'each function runs as an account of its own, and is built by another one of its own',
  },
  {
    mistake: 'one function accepts the audience of the other',
    file: 'functions.tf',
    from: 'TOKEN_VENDING_AUDIENCE = join(",", local.audiences.impersonate)',
    to: 'TOKEN_VENDING_AUDIENCE = join(",", concat(local.audiences.impersonate, local.audiences.delegate))',
    caughtBy:
      'the audiences of the two functions are disjoint, and none is an address that the platform accepts',
  },
  {
    mistake: 'an audience that is the address itself',
    file: 'addresses.tf',
    from: 'token_path = "/v1/token"',
    to: 'token_path = ""',
    caughtBy:
      'the audiences of the two functions are disjoint, and none is an address that the platform accepts',
  },
  {
    mistake: 'VMs of every project may call',
    file: 'functions.tf',
    from: 'join(",", local.caller_project_numbers)',
    to: '""',
    caughtBy: 'callers of projects that were not named are refused',
  },
  {
    mistake: 'a signer that nobody made',
    file: 'delegation_signers.tf',
    from: 'join(",", values(local.signer_emails))',
    to: '"someone@acme-data.iam.gserviceaccount.com"',
    caughtBy: 'delegate may sign as the signers that are made here, and as nobody else',
  },
  {
    mistake: 'an archive under a name that says nothing',
    file: 'archive.tf',
    from: '"${each.key}-${local.archive_sha256[each.key]}.${each.value.suffix}"',
    to: '"${each.key}-latest.${each.value.suffix}"',
    caughtBy: 'what is deployed is the archive that was built, named by its content',
  },
  {
    mistake: 'instances without bound',
    file: 'functions.tf',
    from: 'max_instance_count               = var.scaling.max_instances',
    to: 'max_instance_count               = 1000',
    caughtBy: 'the functions run on Node 24, in bounded number, size and time',
  },
  {
    mistake: 'a bucket that may be made public',
    file: 'archive.tf',
    from: '"enforced"',
    to: '"inherited"',
    caughtBy: 'buckets are closed to the public, and have no permissions of single objects',
  },
  {
    mistake: 'no protection from deletion',
    file: 'firestore.tf',
    from: 'var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"',
    to: '"DELETE_PROTECTION_DISABLED"',
    caughtBy: 'the database is protected from deletion, unless that was given up',
  },
  {
    mistake: 'no point-in-time recovery',
    file: 'firestore.tf',
    from: 'POINT_IN_TIME_RECOVERY_ENABLED',
    to: 'POINT_IN_TIME_RECOVERY_DISABLED',
    caughtBy:
      'the grants have one database, which is not the default one, and which can be taken back in time',
  },
  {
    mistake: 'a backup a week',
    file: 'firestore.tf',
    from: 'daily_recurrence {}',
    to: 'weekly_recurrence {}',
    caughtBy: 'the database is backed up each day, for a week or longer',
  },
  {
    mistake: 'principals that stay for ever',
    file: 'firestore.tf',
    from: '  ttl_config {}\n',
    to: '',
    caughtBy: 'principals end by themselves at expiresAt, and grants are not indexed',
  },
  {
    mistake: 'rules that let a browser read',
    file: 'firestore.rules',
    from: 'allow read, write: if false',
    to: 'allow read: if true',
    caughtBy: 'phones and browsers are refused by the rules of that very database',
  },
  {
    mistake: 'a key of a service account',
    file: 'runtime_accounts.tf',
    from: 'resource "google_project_iam_member" "reads_grants" {',
    to: `resource "google_service_account_key" "runtime" {
  service_account_id = google_service_account.runtime["impersonate"].name
}

resource "google_project_iam_member" "reads_grants" {`,
    caughtBy: 'there is no key, and no secret, anywhere',
  },
  {
    mistake: 'VMs with the scope of everything',
    file: 'modules/worker/main.tf',
    from: '"https://www.googleapis.com/auth/monitoring.write",',
    to: '"https://www.googleapis.com/auth/cloud-platform",',
    caughtBy: 'a token of a VM could write logs and read the package, and nothing else',
  },
  {
    mistake: 'VMs without secure boot',
    file: 'modules/worker/main.tf',
    from: 'enable_secure_boot          = true',
    to: 'enable_secure_boot          = false',
    caughtBy: 'VMs start what they should: secure boot, a TPM, integrity monitoring',
  },
  {
    mistake: 'VMs with an address on the internet',
    file: 'modules/worker/main.tf',
    from: '    subnetwork = each.value\n',
    to: '    subnetwork = each.value\n    access_config {}\n',
    caughtBy: 'no VM has an address on the internet, and no firewall lets the internet in',
  },
  {
    mistake: 'a package that is not compared with what was built',
    file: 'modules/worker/install.sh.tftpl',
    from: 'sha256sum --check --quiet',
    to: 'cat',
    caughtBy: 'a VM installs exactly what was built, starts the daemon, and stops where it is not concealed',
  },
  {
    mistake: 'VMs that run although they are not concealed',
    file: 'modules/worker/install.sh.tftpl',
    from: "timeout 60 sh -c 'until /usr/local/bin/refresher host --check; do sleep 1; done'\n",
    to: '',
    caughtBy: 'a VM installs exactly what was built, starts the daemon, and stops where it is not concealed',
  },
  {
    mistake: 'a slice that holds containers passes the concealment',
    file: 'modules/worker/main.tf',
    from: '"system.slice/ssh.service"',
    to: '"system.slice"',
    caughtBy: 'none but services of the host pass the concealment',
  },
  {
    mistake: 'no prober',
    file: 'probers.tf',
    from: 'target_size        = 1',
    to: 'target_size        = 0',
    caughtBy: 'a prober asks in each region of the functions',
  },
  {
    mistake: 'an alert that does not say what to do',
    file: 'slo.tf',
    from: '${local.playbooks}/faults.md',
    to: 'Look into it.',
    caughtBy: 'each alert carries a playbook that exists',
  },
  {
    mistake: 'an alert that is off',
    file: 'alerts_changes.tf',
    from: '  combiner              = "OR"\n',
    to: '  combiner              = "OR"\n  enabled               = false\n',
    caughtBy: 'there is an alert for each thing that can go wrong, and it is on',
  },
  {
    mistake: 'signatures by others are not seen',
    file: 'foreign_mints.tf',
    from: '|SignJwt',
    to: '',
    caughtBy: 'whoever makes a token of a target past its function is seen, and nobody else is',
  },
  {
    mistake: 'who names a target by its number is not seen',
    file: 'foreign_mints.tf',
    from: 'resource.labels.email_id=(${local.guarded_emails[each.key]}) OR ',
    to: '',
    caughtBy: 'whoever makes a token of a target past its function is seen, and nobody else is',
  },
  {
    mistake: 'the deployer is left out of what is seen',
    file: 'foreign_mints.tf',
    from: 'principalEmail=\\"${each.value.by}\\""',
    to: 'principalEmail=(\\"${each.value.by}\\" OR \\"${var.deployers[0]}\\")"',
    caughtBy: 'whoever makes a token of a target past its function is seen, and nobody else is',
  },
  {
    mistake: 'reads are not written down',
    file: 'audit.tf',
    from: 'log_type         = "DATA_READ"',
    to: 'log_type         = "ADMIN_READ"',
    caughtBy: 'Google writes down all that is done to targets and grants',
  },
  {
    mistake: 'an audit log without the decisions',
    file: 'audit.tf',
    from: '\\"token_decision\\" OR ',
    to: '',
    caughtBy: 'decisions and what was done are kept for a month or longer, from each project that is audited',
  },
  {
    mistake: 'impersonate may mint tokens of a signer',
    file: 'targets.tf',
    from: 'resource "google_service_account_iam_member" "impersonate" {',
    to: `resource "google_service_account_iam_member" "more" {
  for_each           = local.signer_emails
  service_account_id = "projects/-/serviceAccounts/\${each.value}"
  role               = local.roles.mint_access_tokens
  member             = local.runtime_members.impersonate
}

resource "google_service_account_iam_member" "impersonate" {`,
    caughtBy: 'neither function may do anything to what the other may use',
  },
  {
    mistake: 'a signer with a role in the project',
    file: 'build_accounts.tf',
    from: '"build_writes_log" {\n  for_each = local.build_members',
    to: '"build_writes_log" {\n  for_each = merge(local.build_members, { for key, email in local.signer_emails : key => "serviceAccount:${email}" })',
    caughtBy: 'signers have no role anywhere',
  },
  {
    mistake: 'a load balancer on the internet',
    file: 'address.tf',
    from: 'load_balancing_scheme = "INTERNAL_MANAGED"\n  network',
    to: 'load_balancing_scheme = "EXTERNAL_MANAGED"\n  network',
    caughtBy: 'the load balancer is an internal one',
    deployment: 'production',
  },
  {
    mistake: 'keys of the project open the VMs',
    file: 'modules/worker/main.tf',
    from: 'block-project-ssh-keys   = "TRUE"',
    to: 'block-project-ssh-keys   = "FALSE"',
    caughtBy: 'people log in to VMs by their own names, and not by the serial port',
  },
  {
    mistake: 'VMs that forward what is not theirs',
    file: 'modules/worker/main.tf',
    from: '  machine_type = var.machine_type\n',
    to: '  machine_type = var.machine_type\n  can_ip_forward = true\n',
    caughtBy: 'VMs forward nothing',
  },
  {
    mistake: 'a deployer whose reads are not written down',
    file: 'audit.tf',
    from: 'quiet = [] }',
    to: 'quiet = [for email in var.deployers : "serviceAccount:${email}"] }',
    caughtBy: 'nobody but the functions is left out of what is written down',
  },
  {
    mistake: 'an objective that is always met',
    file: 'slo.tf',
    from: 'goal                = var.objectives.without_fault',
    to: 'goal                = 0.1',
    caughtBy: 'an objective says how many exchanges may fail',
  },
];
