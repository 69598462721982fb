# The accounts whose keys sign as users. Whoever can sign as one can become any user, for every scope that the admin console
# lists for it: so they have no role anywhere, and the list of who may do anything with them is whole, and one entry long.

resource "google_service_account" "signer" {
  for_each = var.delegation_signers

  project      = var.project_id
  account_id   = "${var.name}-sign-${each.key}"
  display_name = "Token Vending: signs as users (${each.key})"
  description  = "Has domain-wide delegation and no role. Give it none, and make no key."

  depends_on = [google_project_service.needed]
}

locals {
  signer_emails = { for key, account in google_service_account.signer : key => "${account.account_id}@${local.own_domain}" }

  subjects         = distinct(flatten([for signer in var.delegation_signers : signer.subjects]))
  delegated_scopes = distinct(flatten([for signer in var.delegation_signers : signer.scopes]))

  # ceilings that no stored grant passes
  ceilings = {
    TOKEN_VENDING_DELEGATION_SIGNERS  = join(",", values(local.signer_emails))
    TOKEN_VENDING_DELEGATION_SUBJECTS = join(",", sort(local.subjects))
    TOKEN_VENDING_DELEGATION_SCOPES   = join(",", sort(local.delegated_scopes))
  }
}

resource "google_service_account_iam_policy" "signer" {
  for_each = local.signer_emails

  service_account_id = "projects/${var.project_id}/serviceAccounts/${each.value}"
  policy_data = jsonencode({
    bindings = [{ role = local.roles.sign_assertions, members = [local.runtime_members.delegate] }]
  })
}
