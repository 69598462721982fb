# What is deployed, and what worker VMs install: objects named by their content, in buckets of their own, so that who
# may read the one need not read the other.

locals {
  archives = {
    functions = { path = var.archive, suffix = "zip" }
    worker    = { path = var.worker_package, suffix = "tar.gz" }
  }
  archive_sha256 = { for name, archive in local.archives : name => filesha256(archive.path) }
}

resource "google_storage_bucket" "archives" {
  for_each = local.archives

  project                     = var.project_id
  name                        = "${var.project_id}-${var.name}-${each.key}"
  location                    = var.regions[0]
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection
  labels                      = var.labels

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 90
    }
  }

  dynamic "encryption" {
    for_each = local.regional_keys[var.regions[0]]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.needed, google_kms_crypto_key_iam_member.regional]
}

resource "google_storage_bucket_object" "archives" {
  for_each = local.archives

  bucket   = google_storage_bucket.archives[each.key].name
  name     = "${each.key}-${local.archive_sha256[each.key]}.${each.value.suffix}"
  source   = each.value.path
  metadata = { sha256 = local.archive_sha256[each.key] }

  # those before stay: a worker VM that starts from an older template installs what that names
  deletion_policy = "ABANDON"

  lifecycle {
    create_before_destroy = true
  }
}
