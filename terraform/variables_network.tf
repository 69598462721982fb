# Who reaches the functions.

variable "edge" {
  description = "Who checks callers in front of the functions: `iam`, the platform by roles/run.invoker, or `function`, nobody. Agentless credential files need `function`; then the functions' own verification is all there is."
  type        = string
  default     = "iam"
  nullable    = false

  validation {
    condition     = contains(["iam", "function"], var.edge)
    error_message = "edge is \"${var.edge}\": choose iam, or function where agentless credential files are needed."
  }

  validation {
    condition     = var.edge == "function" || var.address == null
    error_message = "edge is iam and address is set: the platform knows the regional addresses alone and would refuse every caller of the common one; set edge to function, or leave address out."
  }
}

variable "ingress" {
  description = "From where the functions are reached: `internal`, VPCs of the project, its perimeter or its load balancer; `all`, the internet."
  type        = string
  default     = "internal"
  nullable    = false

  validation {
    condition     = contains(["internal", "all"], var.ingress)
    error_message = "ingress is \"${var.ingress}\": choose internal, or all for workers that no VPC of the project reaches."
  }

  validation {
    condition     = var.ingress == "internal" || var.address == null
    error_message = "ingress is all and address is set: the common address is for VPCs alone; set ingress to internal, or leave address out."
  }
}

variable "subnetworks" {
  description = "A subnetwork of each region, with Private Google Access: region → projects/P/regions/R/subnetworks/S. Probers live there, and egress where `egress` is `vpc`."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for region in var.regions : contains(keys(var.subnetworks), region)])
    error_message = "subnetworks has none for ${join(", ", setsubtract(var.regions, keys(var.subnetworks)))}; add one for each of regions."
  }

  validation {
    condition     = alltrue([for region in keys(var.subnetworks) : contains(var.regions, region)])
    error_message = "subnetworks names ${join(", ", setsubtract(keys(var.subnetworks), var.regions))}, a region without the function; add it to regions, or leave it out."
  }

  validation {
    condition     = alltrue([for region, subnetwork in var.subnetworks : can(regex("(^|/)projects/[^/]+/regions/${region}/subnetworks/[^/]+$", subnetwork))])
    error_message = "subnetworks: ${join(", ", [for region, subnetwork in var.subnetworks : "${region} is \"${subnetwork}\"" if !can(regex("(^|/)projects/[^/]+/regions/${region}/subnetworks/[^/]+$", subnetwork))])}; give projects/P/regions/REGION/subnetworks/S of that region."
  }
}

variable "egress" {
  description = "How the functions reach Google: `direct`, or `vpc`, all of it through `subnetworks`, as VPC Service Controls want it."
  type        = string
  default     = "direct"
  nullable    = false

  validation {
    condition     = contains(["direct", "vpc"], var.egress)
    error_message = "egress is \"${var.egress}\": choose direct or vpc."
  }
}

variable "address" {
  description = <<-EOT
    One address for all regions, reached from a VPC: an internal load balancer answers to impersonate.DOMAIN and delegate.DOMAIN, in a private zone.
    `certificates`: Certificate Manager certificates of the scope ALL_REGIONS. The network needs a subnetwork of the purpose GLOBAL_MANAGED_PROXY in each region.
  EOT
  type = object({
    domain       = string
    network      = string
    certificates = list(string)
  })
  default = null

  validation {
    condition     = var.address == null ? true : can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$", var.address.domain))
    error_message = "address.domain is \"${try(var.address.domain, "-")}\": give a DNS name without a scheme or a dot at its end, such as vending.acme.example."
  }

  validation {
    condition     = var.address == null ? true : length(var.address.certificates) > 0
    error_message = "address.certificates is empty: name a certificate for impersonate.${try(var.address.domain, "-")} and delegate.${try(var.address.domain, "-")}."
  }
}

variable "further_audiences" {
  description = "Audiences that the functions accept besides their own, while an address changes: function → audiences."
  type = object({
    impersonate = optional(list(string), [])
    delegate    = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(setintersection(concat(local.own_audiences.impersonate, var.further_audiences.impersonate), concat(local.own_audiences.delegate, var.further_audiences.delegate))) == 0
    error_message = "further_audiences: ${join(", ", setintersection(concat(local.own_audiences.impersonate, var.further_audiences.impersonate), concat(local.own_audiences.delegate, var.further_audiences.delegate)))} would be accepted by both functions, so that a token meant for one could be used at the other; give each its own."
  }

  validation {
    condition     = alltrue([for audience in concat(var.further_audiences.impersonate, var.further_audiences.delegate) : !contains(local.edge_urls, trimsuffix(audience, "/"))])
    error_message = "further_audiences: ${join(", ", [for audience in concat(var.further_audiences.impersonate, var.further_audiences.delegate) : audience if contains(local.edge_urls, trimsuffix(audience, "/"))])} is the URL that the platform's own check accepts; by custom an audience is URL/v1/token."
  }
}
