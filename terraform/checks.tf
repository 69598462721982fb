# What the variables are checked against.

locals {
  service_account = "^[a-z0-9-]+@([a-z0-9-]+\\.)+gserviceaccount\\.com$"
  email           = "[a-z0-9_'+-]+(\\.[a-z0-9_'+-]+)*@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+"
  subject         = "^(${local.email}|@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)$"
  scope           = "^https://[a-z0-9.-]+/[^\\s,\"\\\\]*$"

  # what manages accounts, groups, devices, licences, and everybody's mail: https://developers.google.com/identity/protocols/oauth2/scopes
  administration = join("|", [
    "^https://www\\.googleapis\\.com/auth/(admin|apps|chrome\\.management|cloud-identity|cloudplatformfolders|cloudplatformorganizations|ediscovery)([./]|$)",
    "^https://apps-apis\\.google\\.com/",
  ])

  # who can become one of these can do what only a function may, or act as a VM
  never_targets = concat(
    [for caller in var.callers : caller.service_account],
    [for key in keys(var.delegation_signers) : "${var.name}-sign-${key}@${local.own_domain}"],
    [for account in ["impersonate", "impersonate-build", "delegate", "delegate-build", "probe", "probe-target"] : "${var.name}-${account}@${local.own_domain}"],
  )
}
