# Who builds: for each function an account that reads the archive, writes a log and writes the images of that one function.
# Without it Google takes the default account of Compute Engine, which is often an editor of the project.

resource "google_service_account" "build" {
  for_each = toset(local.functions)

  project      = var.project_id
  account_id   = "${var.name}-${each.key}-build"
  display_name = "Token Vending: builds ${each.key}"

  depends_on = [google_project_service.needed]
}

locals {
  build_members = { for name, account in google_service_account.build : name => "serviceAccount:${account.account_id}@${local.own_domain}" }
}

resource "google_artifact_registry_repository" "images" {
  for_each = local.deployments

  project       = var.project_id
  location      = each.value.region
  repository_id = each.value.service
  format        = "DOCKER"
  description   = "Images of ${each.value.function}, which Google builds from the archive."
  kms_key_name  = one(local.regional_keys[each.value.region])
  labels        = var.labels

  cleanup_policies {
    id     = "keep-the-last"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-the-old"
    action = "DELETE"
    condition {
      older_than = "${90 * 24 * 3600}s"
    }
  }

  depends_on = [google_project_service.needed, google_kms_crypto_key_iam_member.regional]
}

resource "google_artifact_registry_repository_iam_member" "build" {
  for_each = local.deployments

  project    = var.project_id
  location   = each.value.region
  repository = google_artifact_registry_repository.images[each.key].repository_id
  role       = "roles/artifactregistry.writer"
  member     = local.build_members[each.value.function]
}

resource "google_storage_bucket_iam_member" "build_reads_archive" {
  for_each = local.build_members

  bucket = google_storage_bucket.archives["functions"].name
  role   = "roles/storage.objectViewer"
  member = each.value
}

# Google copies an archive into a bucket of its own before it builds from it: one for each region, and another one, whose name ends with a
# hash, for each key: https://cloud.google.com/functions/docs/building
resource "google_project_iam_member" "build_reads_copy" {
  for_each = local.build_members

  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = each.value

  condition {
    title       = "the copy of ${each.key}"
    description = "Nothing else in the project's buckets."
    expression  = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${var.project_number}-\") && resource.name.extract(\"/objects/{function}/\") == \"${var.name}-${each.key}\""
  }
}

resource "google_project_iam_member" "build_writes_log" {
  for_each = local.build_members

  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = each.value
}
