# Who may become whom, as far as a deployment decides it. The rest is in the grants.

variable "callers" {
  description = <<-EOT
    The service accounts of worker VMs, which may call the functions, by a name of yours. `project_numbers`: where their VMs are; VMs of
    other projects are refused. `unique_id`: the account's numeric id, needed for a bootstrap grant.
  EOT
  type = map(object({
    service_account = string
    project_numbers = list(number)
    unique_id       = optional(string)
  }))
  nullable = false

  validation {
    condition     = length(local.malformed_callers) == 0
    error_message = "callers: ${join(", ", local.malformed_callers)} is no e-mail of a service account; write it in lower case and whole, such as workers@acme-workers.iam.gserviceaccount.com."
  }

  validation {
    condition     = alltrue([for caller in var.callers : length(caller.project_numbers) > 0])
    error_message = "callers: ${join(", ", [for key, caller in var.callers : key if length(caller.project_numbers) == 0])} has no project_numbers; name the projects of its VMs, by number (gcloud projects describe)."
  }

  validation {
    condition     = alltrue([for caller in var.callers : caller.unique_id == null ? true : can(regex("^[0-9]{10,25}$", caller.unique_id))])
    error_message = "callers: ${join(", ", [for key, caller in var.callers : "${key} has the unique_id \"${caller.unique_id}\"" if caller.unique_id == null ? false : !can(regex("^[0-9]{10,25}$", caller.unique_id))])}; give the digits that gcloud iam service-accounts describe prints as uniqueId."
  }

  validation {
    condition     = length(distinct(values(local.caller_emails))) == length(local.caller_emails)
    error_message = "callers: ${join(", ", local.repeated_callers)} stands there more than once; name each service account once, with all of its projects."
  }
}

variable "targets" {
  description = <<-EOT
    The service accounts that `impersonate` may make tokens of, by a name of yours. Access tokens and ID tokens are separate permissions.
    Above 3600 seconds the organization policy iam.allowServiceAccountCredentialLifetimeExtension has to name the account.
  EOT
  type = map(object({
    service_account      = string
    access_tokens        = optional(bool, true)
    id_tokens            = optional(bool, false)
    max_lifetime_seconds = optional(number, 3600)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(local.malformed_targets) == 0
    error_message = "targets: ${join(", ", local.malformed_targets)} is no e-mail of a service account; write it in lower case and whole, such as trainer@acme-data.iam.gserviceaccount.com. Users belong to delegation_signers."
  }

  validation {
    condition     = length(distinct(values(local.target_emails))) == length(local.target_emails)
    error_message = "targets: ${join(", ", local.repeated_targets)} stands there more than once; name each service account once."
  }

  validation {
    condition     = length(local.misplaced_targets) == 0
    error_message = "targets: ${join(", ", local.misplaced_targets)} is one of the functions' own accounts, of callers or of delegation_signers; who can become it gets around the separation, so make a service account for the purpose."
  }

  validation {
    condition     = alltrue([for target in var.targets : target.access_tokens || target.id_tokens])
    error_message = "targets: ${join(", ", [for key, target in var.targets : key if !target.access_tokens && !target.id_tokens])} allows neither access_tokens nor id_tokens; set one, or leave the target out."
  }

  validation {
    condition     = alltrue([for target in var.targets : target.max_lifetime_seconds >= 900 && target.max_lifetime_seconds <= 43200])
    error_message = "targets: ${join(", ", [for key, target in var.targets : "${key} has max_lifetime_seconds ${target.max_lifetime_seconds}" if target.max_lifetime_seconds < 900 || target.max_lifetime_seconds > 43200])}; give 900 to 43200, which is what Google allows."
  }

  validation {
    condition     = var.organization_id != null || length(local.foreign_targets) == 0
    error_message = "targets: ${join(", ", local.foreign_targets)} is in another project, where a role of this project cannot be given; set organization_id, so that the roles are the organization's."
  }
}

variable "organization_id" {
  description = "The organization's numeric id. Needed for targets in other projects: the roles that `impersonate` has on targets are then defined there."
  type        = string
  default     = null

  validation {
    condition     = var.organization_id == null ? true : can(regex("^[0-9]{6,20}$", var.organization_id))
    error_message = "organization_id is \"${coalesce(var.organization_id, "-")}\": give the digits alone (gcloud organizations list)."
  }
}

variable "delegation_signers" {
  description = <<-EOT
    One service account is made for each entry, and `delegate` signs with its key as users. `subjects`: e-mails of users, or @example.com for all of a
    domain. `scopes`: what tokens may carry; the Workspace admin console has to list the same. Both are ceilings: no stored grant passes them.
    Empty: `delegate` is not deployed.
  EOT
  type = map(object({
    subjects = list(string)
    scopes   = list(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.delegation_signers) : can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", key)) && length("${var.name}-sign-${key}") <= 30])
    error_message = "delegation_signers: [${join(", ", keys(var.delegation_signers))}] become names of service accounts, ${var.name}-sign-…, of 30 characters at most; use short lower-case keys."
  }

  validation {
    condition     = alltrue([for signer in var.delegation_signers : length(signer.subjects) > 0 && length(signer.scopes) > 0])
    error_message = "delegation_signers: ${join(", ", [for key, signer in var.delegation_signers : key if length(signer.subjects) == 0 || length(signer.scopes) == 0])} has no subjects or no scopes; name both, or leave the signer out."
  }

  validation {
    condition     = length(local.malformed_subjects) == 0
    error_message = "delegation_signers: the subject ${join(", ", local.malformed_subjects)} is neither the e-mail of a user nor @domain; write alice@example.com, or @example.com for all of exactly that domain, in lower case."
  }

  validation {
    condition     = length(local.malformed_scopes) == 0
    error_message = "delegation_signers: the scope ${join(", ", local.malformed_scopes)} is no URL; write it out, such as https://www.googleapis.com/auth/drive.readonly."
  }

  validation {
    condition     = length(local.administrative_scopes) == 0
    error_message = "delegation_signers: the scope ${join(", ", local.administrative_scopes)} administers the whole Workspace domain; leave it out, and give such work a service account and a role of its own in the admin console."
  }
}

variable "bootstrap_grants" {
  description = <<-EOT
    First grants, so that one apply leads to a token: caller (its name in `callers`) → target (`serviceAccount:EMAIL` or `user:EMAIL`) → grant. They are
    written once; from then on grants belong to whoever manages them, and changes here change nothing.
  EOT
  type = map(map(object({
    scopes             = optional(list(string))
    id_token_audiences = optional(list(string))
    lifetime_seconds   = optional(number)
    signer             = optional(string)
  })))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for caller in keys(var.bootstrap_grants) : contains(keys(var.callers), caller)])
    error_message = "bootstrap_grants: ${join(", ", [for caller in keys(var.bootstrap_grants) : caller if !contains(keys(var.callers), caller)])} is not in callers; name one of [${join(", ", keys(var.callers))}]."
  }

  validation {
    condition     = alltrue([for caller in keys(var.bootstrap_grants) : try(var.callers[caller].unique_id, "") != null])
    error_message = "bootstrap_grants: ${join(", ", [for caller in keys(var.bootstrap_grants) : caller if try(var.callers[caller].unique_id, "") == null])} has no unique_id in callers; a grant names the account by its numeric id, so set it there."
  }

  validation {
    condition     = length(local.granted_strangers) == 0
    error_message = "bootstrap_grants: ${join(", ", local.granted_strangers)} is no target of this deployment; add the service account to targets, or name a user with one of delegation_signers as signer."
  }

  validation {
    condition     = length(local.overlong_grants) == 0
    error_message = "bootstrap_grants: ${join(", ", local.overlong_grants)}; shorten it, or raise the target's max_lifetime_seconds. A user's token lives an hour, whatever is asked."
  }

  validation {
    condition     = length(local.mistyped_grants) == 0
    error_message = "bootstrap_grants: ${join(", ", local.mistyped_grants)}; give scopes where the target has access_tokens, id_token_audiences where it has id_tokens, and at least one of them."
  }

  validation {
    condition     = length(local.grants_above_ceilings) == 0
    error_message = "bootstrap_grants: ${join(", ", local.grants_above_ceilings)} is above what its signer may; add the subject and the scopes to delegation_signers, or leave them out."
  }
}

variable "grant_administrators" {
  description = "IAM members (user:, group:, serviceAccount:) who may read and write the grants, and nothing else. What they write stays below the ceilings of this deployment."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.grant_administrators : can(regex("^(user|group|serviceAccount):[^@: ]+@[^@: ]+$", member))])
    error_message = "grant_administrators: [${join(", ", [for member in var.grant_administrators : member if !can(regex("^(user|group|serviceAccount):[^@: ]+@[^@: ]+$", member))])}] is no person, group or service account; write such as group:token-admins@example.com."
  }
}
