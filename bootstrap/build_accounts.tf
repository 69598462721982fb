# Who builds: an account that plans, for pull requests, and an account that applies, for what was approved. Neither is the default
# account of Cloud Build or of Compute Engine, which is often an editor of the project.

locals {
  deployed_project_id = coalesce(var.deployed_project_id, var.project_id)

  build_accounts = {
    plan  = { title = "plans", description = "Reads the deployment, for pull requests. Runs code that nobody has approved: give it nothing that writes." }
    apply = { title = "applies", description = "Deploys what was approved. Give it no further role, and make no key." }
  }
}

resource "google_service_account" "build" {
  for_each = local.build_accounts

  project      = var.project_id
  account_id   = "${var.name}-${each.key}"
  display_name = "Token Vending: ${each.value.title}"
  description  = each.value.description

  depends_on = [google_project_service.of_builds]
}

locals {
  # written out, so that a plan says who
  emails  = { for name, account in google_service_account.build : name => "${account.account_id}@${var.project_id}.iam.gserviceaccount.com" }
  members = { for name, email in local.emails : name => "serviceAccount:${email}" }
}

# A build with an account of its own writes its log as that account.
resource "google_project_iam_member" "writes_build_log" {
  for_each = local.members

  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = each.value
}
