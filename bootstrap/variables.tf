# What is built, where, and by whose leave.

variable "project_id" {
  description = "Id of the project of the builds and of the state: that of the functions, or one for builds alone. Who may change it may deploy."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is \"${var.project_id}\": give the id of a project, such as acme-ci (gcloud projects list)."
  }
}

variable "deployed_project_id" {
  description = "Id of the project of the functions, where it is another one."
  type        = string
  default     = null

  validation {
    condition     = var.deployed_project_id == null ? true : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.deployed_project_id))
    error_message = "deployed_project_id is \"${coalesce(var.deployed_project_id, "-")}\": give the id of a project, such as acme-vending (gcloud projects list)."
  }
}

variable "name" {
  description = "What names begin with: the same as `name` of the deployment, because an apply may give the roles of that name alone."
  type        = string
  default     = "vending"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,10}[a-z0-9]$", var.name))
    error_message = "name is \"${var.name}\": give 3 to 12 lower-case letters, digits and hyphens, the same as in the deployment."
  }
}

variable "location" {
  description = "Region of the triggers, of the repository's connection, and of the state."
  type        = string
  default     = "us-central1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location is \"${var.location}\": give a region, such as us-central1."
  }
}

variable "repository" {
  description = "The repository, as Cloud Build knows it once somebody has connected it: projects/P/locations/L/connections/C/repositories/R (gcloud builds repositories list)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^projects/[^/]+/locations/${var.location}/connections/[^/]+/repositories/[^/]+$", var.repository))
    error_message = "repository is \"${var.repository}\": connect it in Cloud Build in ${var.location}, and give projects/P/locations/${var.location}/connections/C/repositories/R."
  }
}

variable "branch" {
  description = "The branch that is deployed. Protect it, so that nothing gets there without a review."
  type        = string
  default     = "main"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", var.branch))
    error_message = "branch is \"${var.branch}\": give the name of one branch, such as main, and no pattern."
  }
}

variable "environment_dir" {
  description = "Folder of the Terraform root that is deployed, from the top of the repository."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", var.environment_dir))
    error_message = "environment_dir is \"${var.environment_dir}\": give a folder of the repository without a slash at its ends, such as deployments/production."
  }

  validation {
    condition     = split("/", var.environment_dir)[0] != "bootstrap"
    error_message = "environment_dir is \"${var.environment_dir}\": a build must not deploy what the builds themselves are given; name the folder of the deployment."
  }
}

variable "approvers" {
  description = "IAM members (user:, group:) who may approve a build that applies. What they approve is deployed."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.approvers) > 0
    error_message = "approvers is empty: name somebody, such as group:deployers@example.com, or nothing could ever be applied."
  }

  validation {
    condition     = alltrue([for member in var.approvers : can(regex("^(user|group):[^@: ]+@[^@: ]+$", member))])
    error_message = "approvers: [${join(", ", [for member in var.approvers : member if !can(regex("^(user|group):[^@: ]+@[^@: ]+$", member))])}] is no person and no group; write such as group:deployers@example.com. A program must not approve."
  }
}

variable "organization_id" {
  description = "The organization's numeric id, where the deployment has one: for targets, keys and a network of other projects."
  type        = string
  default     = null

  validation {
    condition     = var.organization_id == null ? true : can(regex("^[0-9]{6,20}$", var.organization_id))
    error_message = "organization_id is \"${coalesce(var.organization_id, "-")}\": give the digits alone (gcloud organizations list)."
  }
}

variable "target_project_ids" {
  description = "Ids of other projects that have targets. An apply may change the policies of service accounts there."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.target_project_ids) == 0 || var.organization_id != null
    error_message = "target_project_ids is [${join(", ", var.target_project_ids)}]: a role of this project cannot be given there; set organization_id, so that the roles are the organization's."
  }

  validation {
    condition     = !contains(var.target_project_ids, coalesce(var.deployed_project_id, var.project_id))
    error_message = "target_project_ids names ${coalesce(var.deployed_project_id, var.project_id)}, the project of the functions; leave it out, the builds may do there what they need."
  }
}

variable "network_project_id" {
  description = "Id of the project of the network, where it is another one."
  type        = string
  default     = null

  validation {
    condition     = var.network_project_id == null || var.organization_id != null
    error_message = "network_project_id is \"${coalesce(var.network_project_id, "-")}\": a role of this project cannot be given there; set organization_id, so that the role is the organization's."
  }
}

variable "kms_keys" {
  description = "The keys of `kms_keys` of the deployment: an apply lets Google's agents use them."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for key in var.kms_keys : can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", key))])
    error_message = "kms_keys: ${join(", ", [for key in var.kms_keys : key if !can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", key))])} is no key; give projects/P/locations/L/keyRings/R/cryptoKeys/K."
  }

  validation {
    condition     = length(var.kms_keys) == 0 || var.organization_id != null
    error_message = "kms_keys is [${join(", ", var.kms_keys)}]: the roles on keys are the organization's; set organization_id."
  }
}

variable "state_kms_key" {
  description = "Key of your own for the state. Cloud Storage needs the use of it: gcloud storage service-agent --project PROJECT --authorize-cmek KEY."
  type        = string
  default     = null

  validation {
    condition     = var.state_kms_key == null ? true : can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.state_kms_key))
    error_message = "state_kms_key is \"${coalesce(var.state_kms_key, "-")}\": give projects/P/locations/L/keyRings/R/cryptoKeys/K."
  }
}

variable "deny_keys_and_tokens" {
  description = "Denies the build accounts keys, tokens and signatures of service accounts, whatever roles they have. Setting it takes roles/iam.denyAdmin, which an organization alone can give; false where there is none."
  type        = bool
  default     = true
  nullable    = false
}

variable "labels" {
  description = "Labels of the state's bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}
