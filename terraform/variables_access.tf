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
    condition     = alltrue([for caller in var.callers : can(regex(local.service_account, caller.service_account))])
    error_message = "callers: ${join(", ", [for key, caller in var.callers : "${key} (\"${caller.service_account}\")" if !can(regex(local.service_account, caller.service_account))])} is no e-mail of a service account; write it in lower case and whole, such as workers@acme-workers.iam.gserviceaccount.com."
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
    condition     = length(distinct([for caller in var.callers : caller.service_account])) == length(var.callers)
    error_message = "callers: ${join(", ", distinct([for caller in var.callers : caller.service_account if length([for other in var.callers : other if other.service_account == caller.service_account]) > 1]))} stands there more than once; name each service account once, with all of its projects."
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
    condition     = alltrue([for target in var.targets : can(regex(local.service_account, target.service_account))])
    error_message = "targets: ${join(", ", [for key, target in var.targets : "${key} (\"${target.service_account}\")" if !can(regex(local.service_account, target.service_account))])} is no e-mail of a service account; write it in lower case and whole, such as trainer@acme-data.iam.gserviceaccount.com. Users belong to delegation_signers."
  }

  validation {
    condition     = length(distinct([for target in var.targets : target.service_account])) == length(var.targets)
    error_message = "targets: ${join(", ", distinct([for target in var.targets : target.service_account if length([for other in var.targets : other if other.service_account == target.service_account]) > 1]))} stands there more than once; name each service account once."
  }

  validation {
    condition     = alltrue([for target in var.targets : !contains(local.never_targets, target.service_account)])
    error_message = "targets: ${join(", ", [for key, target in var.targets : "${key} (\"${target.service_account}\")" if contains(local.never_targets, target.service_account)])} is one of the functions' own accounts, of callers or of delegation_signers; who can become it gets around the separation, so make a service account for the purpose."
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
    condition     = var.organization_id != null || alltrue([for target in var.targets : !(endswith(target.service_account, ".iam.gserviceaccount.com") && !endswith(target.service_account, "@${local.own_domain}"))])
    error_message = "targets: ${join(", ", [for key, target in var.targets : "${key} (\"${target.service_account}\")" if endswith(target.service_account, ".iam.gserviceaccount.com") && !endswith(target.service_account, "@${local.own_domain}")])} is in another project, where a role of this project cannot be given; set organization_id, so that the roles are the organization's."
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
