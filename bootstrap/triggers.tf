# What starts a build of cloudbuild.yaml: a pull request is planned, what was merged is applied once somebody approves. Who a build
# runs as is said here, because the file comes from the pull request, and Cloud Build ignores an account that such a file names.

locals {
  only_branch = "^${replace(var.branch, ".", "\\.")}$"

  # for cloudbuild.yaml
  substitutions = {
    _ENVIRONMENT_DIR = var.environment_dir
    _STATE_BUCKET    = google_storage_bucket.state.name
  }
}

resource "google_cloudbuild_trigger" "plan" {
  project         = var.project_id
  location        = var.location
  name            = "${var.name}-plan"
  description     = "Token Vending: checks a pull request, and plans what it would change."
  filename        = "cloudbuild.yaml"
  service_account = "projects/${var.project_id}/serviceAccounts/${local.emails.plan}"
  substitutions   = merge(local.substitutions, { _APPLY = "no" })

  repository_event_config {
    repository = var.repository
    pull_request {
      branch = local.only_branch
      # a stranger's code is built when an owner has commented /gcbrun
      comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
    }
  }

  # a build whose account may not read yet fails
  depends_on = [google_project_iam_member.plans, google_project_iam_member.writes_build_log, google_storage_bucket_iam_member.reads_state]
}

resource "google_cloudbuild_trigger" "apply" {
  project         = var.project_id
  location        = var.location
  name            = "${var.name}-apply"
  description     = "Token Vending: checks what was merged, plans, applies and probes, once it is approved."
  filename        = "cloudbuild.yaml"
  service_account = "projects/${var.project_id}/serviceAccounts/${local.emails.apply}"
  substitutions   = merge(local.substitutions, { _APPLY = "yes" })

  repository_event_config {
    repository = var.repository
    push {
      branch = local.only_branch
    }
  }

  # of the whole build, before it starts
  approval_config {
    approval_required = true
  }

  depends_on = [google_project_iam_member.applies, google_project_iam_member.apply, google_project_iam_member.writes_build_log, google_storage_bucket_iam_member.apply_writes_state]
}

resource "google_project_iam_member" "approves" {
  for_each = toset(var.approvers)

  project = var.project_id
  role    = "roles/cloudbuild.builds.approver"
  member  = each.key

  depends_on = [google_project_service.of_builds]
}
