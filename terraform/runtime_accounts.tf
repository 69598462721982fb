# Who the functions are: an account each, so that the power to sign never stands beside the power to impersonate. In the
# project they may read one database, and nothing else; what they may do to others stands with those.

resource "google_service_account" "runtime" {
  for_each = toset(local.functions)

  project      = var.project_id
  account_id   = "${var.name}-${each.key}"
  display_name = "Token Vending: ${each.key}"
  description  = each.key == "delegate" ? "Signs as the delegation signers. Nobody acts as it." : "Mints tokens of the targets. Nobody acts as it."

  depends_on = [google_project_service.needed]
}

locals {
  # written out, so that a plan says who
  runtime_emails  = { for name, account in google_service_account.runtime : name => "${account.account_id}@${local.own_domain}" }
  runtime_members = { for name, email in local.runtime_emails : name => "serviceAccount:${email}" }
}

resource "google_project_iam_member" "reads_grants" {
  for_each = local.runtime_members

  project = var.project_id
  role    = local.roles.read_grants
  member  = each.value

  # https://cloud.google.com/firestore/native/docs/manage-databases#configure_per-database_access_permissions
  condition {
    title       = "the database ${var.database.id}"
    description = "No other database of the project."
    expression  = local.is_database_of_grants
  }
}
