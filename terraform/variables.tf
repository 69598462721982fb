# Where it is deployed, and what.

variable "project_id" {
  description = "Id of the project of the functions. Best a project of its own: who owns it owns every target."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is \"${var.project_id}\": give the id of a project, such as acme-vending (gcloud projects list)."
  }
}

variable "project_number" {
  description = "Number of the same project: the functions' addresses are made of it, so that they are known before the first apply."
  type        = number
  nullable    = false

  validation {
    condition     = var.project_number > 0 && floor(var.project_number) == var.project_number
    error_message = "project_number is ${var.project_number}: give the number that gcloud projects describe prints as projectNumber."
  }
}

variable "name" {
  description = "What the names of all resources begin with."
  type        = string
  default     = "vending"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,10}[a-z0-9]$", var.name))
    error_message = "name is \"${var.name}\": give 3 to 12 lower-case letters, digits and hyphens, because names of service accounts are made of it."
  }
}

variable "regions" {
  description = "Regions of the functions. The first one also holds what stands in one place: the archive and the audit log."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.regions) > 0 && alltrue([for region in var.regions : can(regex("^[a-z]+-[a-z]+[0-9]+$", region))])
    error_message = "regions is [${join(", ", var.regions)}]: give at least one region, such as us-central1 (gcloud functions regions list)."
  }

  validation {
    condition     = length(distinct(var.regions)) == length(var.regions)
    error_message = "regions is [${join(", ", var.regions)}]: name each region once."
  }
}

variable "database" {
  description = "The Firestore database of the grants: its id, and where it is (nam5, eur3 or a region)."
  type = object({
    id       = optional(string, "grants")
    location = optional(string, "nam5")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.database.id))
    error_message = "database.id is \"${var.database.id}\": give 4 to 63 lower-case letters, digits and hyphens; the database (default) has no rules and no permissions of its own here."
  }
}

variable "archive" {
  description = "Path of the functions' archive, functions.zip, as `npm run build` wrote it."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.archive)
    error_message = "archive is \"${var.archive}\": there is no such file; run npm run build, or name the functions.zip that it wrote."
  }
}

variable "worker_package" {
  description = "Path of what worker VMs install, worker.tar.gz, as `npm run build:worker` wrote it."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.worker_package)
    error_message = "worker_package is \"${var.worker_package}\": there is no such file; run npm run build:worker, or name the worker.tar.gz that it wrote."
  }
}
