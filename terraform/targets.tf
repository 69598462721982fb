# What `impersonate` may do to each target: the one or two things that were asked for, on that account alone.

locals {
  target_emails = sort([for target in var.targets : target.service_account])

  target_permissions = merge([for key, target in var.targets : {
    for role, isWanted in { mint_access_tokens = target.access_tokens, mint_id_tokens = target.id_tokens } :
    "${key}/${role}" => { email = target.service_account, role = role } if isWanted
  }]...)
}

resource "google_service_account_iam_member" "impersonate" {
  for_each = local.target_permissions

  service_account_id = "projects/-/serviceAccounts/${each.value.email}"
  role               = local.roles[each.value.role]
  member             = local.runtime_members.impersonate
}
