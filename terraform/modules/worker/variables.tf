variable "project_id" {
  description = "Id of the project of the VMs."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the service account, and what names of templates begin with."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.name))
    error_message = "name is \"${var.name}\": give 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "subnetworks" {
  description = "A template is made for each: region → projects/P/regions/R/subnetworks/S, with Private Google Access."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for region in keys(var.subnetworks) : contains(keys(var.environments), region)])
    error_message = "subnetworks names ${join(", ", setsubtract(keys(var.subnetworks), keys(var.environments)))}, a region without the function; deploy the functions there, too, or choose one of [${join(", ", keys(var.environments))}]."
  }
}

variable "environments" {
  description = "Region → the refresher's variables: the output `refresher_environments` of the functions' module."
  type        = map(map(string))
  nullable    = false

  validation {
    condition     = alltrue(flatten([for variables in var.environments : [for value in values(variables) : !can(regex("\\s", value))]]))
    error_message = "environments holds a value with a space or a line break in it; pass the output refresher_environments as it is."
  }
}

variable "package" {
  description = "What is installed: the output `worker_package` of the functions' module."
  type = object({
    bucket = string
    object = string
    sha256 = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.package.sha256))
    error_message = "package.sha256 is \"${var.package.sha256}\": pass the output worker_package as it is."
  }
}

variable "image" {
  description = "The VMs' image. It needs cloud-init, python3, curl, iproute2, nftables and Linux 5.14 or newer."
  type        = string
  default     = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"
  nullable    = false
}

variable "machine_type" {
  description = "The VMs' machine type, of the kind of processor that the package was built for."
  type        = string
  default     = "e2-standard-4"
  nullable    = false
}

variable "disk_size_gb" {
  description = "Size of the boot disk."
  type        = number
  default     = 20
  nullable    = false
}

variable "allowed_cgroups" {
  description = "Further cgroups of the host that may reach the VM's own metadata server, such as system.slice/scheduler.service. Never a slice that holds tasks."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cgroup in var.allowed_cgroups : can(regex("^([A-Za-z0-9_.@:-]+/)+[A-Za-z0-9_.@:-]+\\.service$", cgroup))])
    error_message = "allowed_cgroups: ${join(", ", [for cgroup in var.allowed_cgroups : cgroup if !can(regex("^([A-Za-z0-9_.@:-]+/)+[A-Za-z0-9_.@:-]+\\.service$", cgroup))])} is no service; name one, such as system.slice/scheduler.service, because a slice may hold tasks."
  }
}

variable "files" {
  description = "Further files of the VMs: region → path → content."
  type        = map(map(string))
  default     = {}
  nullable    = false
}

variable "commands" {
  description = "Commands that are run once, when the daemon runs."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "labels" {
  description = "Labels of the VMs."
  type        = map(string)
  default     = {}
  nullable    = false
}
