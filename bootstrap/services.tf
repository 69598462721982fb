# The APIs of the builds, and of what they ask about. Those of the deployment are switched on by the deployment itself.

resource "google_project_service" "of_builds" {
  for_each = toset([
    "cloudbuild.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "storage.googleapis.com",
  ])

  project            = var.project_id
  service            = each.key
  disable_on_destroy = false
}

# Where the functions are, an apply needs these before it can switch anything on.
resource "google_project_service" "of_deployment" {
  for_each = toset(local.deployed_project_id == var.project_id ? ["serviceusage.googleapis.com"] : [
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "serviceusage.googleapis.com",
  ])

  project            = local.deployed_project_id
  service            = each.key
  disable_on_destroy = false
}
