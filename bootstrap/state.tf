# The state: what Terraform believes to be there. It holds no secret, because the deployment makes none; who writes it can make an
# apply delete what it should keep.

resource "google_storage_bucket" "state" {
  project                     = var.project_id
  name                        = "${var.project_id}-${var.name}-state"
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = var.labels

  # every state that there was, until long after the next ones
  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 365
      num_newer_versions         = 50
    }
  }

  # what was deleted, versions too, can be taken back for so long
  soft_delete_policy {
    retention_duration_seconds = 30 * 24 * 3600
  }

  dynamic "encryption" {
    for_each = var.state_kms_key == null ? [] : [var.state_kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.of_builds]
}

# A plan reads the state and takes no lock (-lock=false), so that it writes nothing at all: pull requests run code that nobody
# has looked at yet. An apply plans again, with the lock.
resource "google_storage_bucket_iam_member" "reads_state" {
  for_each = local.members

  bucket = google_storage_bucket.state.name
  role   = "roles/storage.objectViewer"
  member = each.value
}

resource "google_storage_bucket_iam_member" "apply_writes_state" {
  bucket = google_storage_bucket.state.name
  role   = "roles/storage.objectUser"
  member = local.members.apply

  condition {
    title       = "the state of ${var.environment_dir}"
    description = "Not the one that says what the builds themselves are given."
    expression  = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.state.name}/objects/${var.environment_dir}/\")"
  }
}
