# Who worker VMs are. What they may become is granted elsewhere; by itself the account writes logs and reads the one bucket of the package.

resource "google_service_account" "worker" {
  project      = var.project_id
  account_id   = var.name
  display_name = "Token Vending: worker VMs (${var.name})"
  description  = "Give it no roles: what its tasks need is granted to targets."
}

locals {
  service_account = "${google_service_account.worker.account_id}@${var.project_id}.iam.gserviceaccount.com"
  member          = "serviceAccount:${local.service_account}"
}

resource "google_project_iam_member" "writes_log" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = local.member
}

resource "google_storage_bucket_iam_member" "reads_package" {
  bucket = var.package.bucket
  role   = "roles/storage.objectViewer"
  member = local.member
}
