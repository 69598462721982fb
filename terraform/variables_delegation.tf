# Who may become a Workspace user.

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
    condition     = alltrue([for subject in flatten([for signer in var.delegation_signers : signer.subjects]) : can(regex(local.subject, subject)) && !endswith(subject, "gserviceaccount.com")])
    error_message = "delegation_signers: the subject ${join(", ", [for subject in flatten([for signer in var.delegation_signers : signer.subjects]) : "\"${subject}\"" if !can(regex(local.subject, subject)) || endswith(subject, "gserviceaccount.com")])} is neither the e-mail of a user nor @domain; write alice@example.com, or @example.com for all of exactly that domain, in lower case."
  }

  validation {
    condition     = alltrue([for scope in flatten([for signer in var.delegation_signers : signer.scopes]) : can(regex(local.scope, scope))])
    error_message = "delegation_signers: the scope ${join(", ", [for scope in flatten([for signer in var.delegation_signers : signer.scopes]) : "\"${scope}\"" if !can(regex(local.scope, scope))])} is no URL; write it out, such as https://www.googleapis.com/auth/drive.readonly."
  }

  validation {
    condition     = alltrue([for scope in flatten([for signer in var.delegation_signers : signer.scopes]) : !can(regex(local.administration, scope))])
    error_message = "delegation_signers: the scope ${join(", ", [for scope in flatten([for signer in var.delegation_signers : signer.scopes]) : "\"${scope}\"" if can(regex(local.administration, scope))])} administers the whole Workspace domain; leave it out, and give such work a service account and a role of its own in the admin console."
  }
}
