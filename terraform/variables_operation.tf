# How it runs, is watched and is kept.

variable "scaling" {
  description = "Instances of each function in each region. One that always runs keeps a cold start off the way to a token; the most bounds damage and cost."
  type = object({
    min_instances = optional(number, 1)
    max_instances = optional(number, 10)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.scaling.min_instances >= 0 && var.scaling.max_instances >= max(var.scaling.min_instances, 1) && var.scaling.max_instances <= 100
    error_message = "scaling is ${var.scaling.min_instances} to ${var.scaling.max_instances} instances: give a least of 0 or more, and a most from that to 100."
  }
}

variable "deadline_ms" {
  description = "Milliseconds for a whole exchange."
  type        = number
  default     = 10000
  nullable    = false

  validation {
    condition     = var.deadline_ms >= 100 && var.deadline_ms <= 25000 && floor(var.deadline_ms) == var.deadline_ms
    error_message = "deadline_ms is ${var.deadline_ms}: give a whole number from 100 to 25000; the platform cuts a request off at 30 seconds."
  }
}

variable "deletion_protection" {
  description = "Keeps Google from deleting the database of the grants. Set it to false, and apply, before a tear down."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_keys" {
  description = "Keys of your own (CMEK): `regions`, region → key, for functions, images, archives and the audit log; `database`, of the database's location. Service agents get the use of them here."
  type = object({
    regions  = map(string)
    database = string
  })
  default = null

  validation {
    condition     = var.kms_keys == null ? true : alltrue([for region in var.regions : contains(keys(try(var.kms_keys.regions, {})), region)])
    error_message = "kms_keys.regions has none for ${join(", ", setsubtract(var.regions, keys(try(var.kms_keys.regions, {}))))}; add a key for each of regions."
  }

  validation {
    condition     = var.kms_keys == null ? true : alltrue([for key in concat(values(try(var.kms_keys.regions, {})), [try(var.kms_keys.database, "")]) : can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", key))])
    error_message = "kms_keys: ${join(", ", [for key in concat(values(try(var.kms_keys.regions, {})), [try(var.kms_keys.database, "")]) : key if !can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", key))])} is no key; give projects/P/locations/L/keyRings/R/cryptoKeys/K."
  }
}

variable "build_worker_pools" {
  description = "Private Cloud Build pools, region → pool, for a perimeter of VPC Service Controls. Empty: Google's own."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for region in keys(var.build_worker_pools) : contains(var.regions, region)])
    error_message = "build_worker_pools names ${join(", ", setsubtract(keys(var.build_worker_pools), var.regions))}, a region without the function; add it to regions, or leave it out."
  }
}

variable "notification_channels" {
  description = "Who hears of alerts: projects/P/notificationChannels/N (gcloud beta monitoring channels list). Empty: they show in the console alone."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for channel in var.notification_channels : can(regex("^projects/[^/]+/notificationChannels/[^/]+$", channel))])
    error_message = "notification_channels: ${join(", ", [for channel in var.notification_channels : channel if !can(regex("^projects/[^/]+/notificationChannels/[^/]+$", channel))])} is no channel; give projects/P/notificationChannels/N."
  }
}

variable "deployers" {
  description = "E-mails of the accounts that apply this module: what they change raises no alert."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for email in var.deployers : can(regex("^[^@: \"]+@[^@: \"]+$", email))])
    error_message = "deployers: ${join(", ", [for email in var.deployers : email if !can(regex("^[^@: \"]+@[^@: \"]+$", email))])} is no e-mail; write it without user: or serviceAccount:."
  }
}

variable "audit" {
  description = "The audit log: days that it is kept; `locked` keeps even owners from shortening that, for good."
  type = object({
    retention_days = optional(number, 400)
    locked         = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.audit.retention_days >= 30 && var.audit.retention_days <= 3650
    error_message = "audit.retention_days is ${var.audit.retention_days}: give 30 to 3650."
  }
}

variable "objectives" {
  description = "What is promised: the share of exchanges that end without a fault over 28 days, and the milliseconds that 95 of 100 stay below."
  type = object({
    without_fault = optional(number, 0.999)
    latency_ms    = optional(number, 1500)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.objectives.without_fault > 0.5 && var.objectives.without_fault < 1
    error_message = "objectives.without_fault is ${var.objectives.without_fault}: give a share below 1, such as 0.999."
  }
}

variable "refusals_per_minute" {
  description = "So many refusals a minute, for five minutes, raise an alert."
  type        = number
  default     = 60
  nullable    = false
}

variable "labels" {
  description = "Labels of whatever has labels."
  type        = map(string)
  default     = {}
  nullable    = false
}
