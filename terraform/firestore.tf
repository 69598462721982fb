# The database of the grants, alone in it: Firestore's permissions are per database.

resource "google_firestore_database" "grants" {
  project                           = var.project_id
  name                              = var.database.id
  location_id                       = var.database.location
  type                              = "FIRESTORE_NATIVE"
  database_edition                  = "STANDARD"
  concurrency_mode                  = "OPTIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = var.deletion_protection ? "ABANDON" : "DELETE"

  dynamic "cmek_config" {
    for_each = local.database_keys
    content {
      kms_key_name = cmek_config.value
    }
  }

  depends_on = [google_project_service.needed, google_kms_crypto_key_iam_member.database]
}

locals {
  is_database_of_grants = "resource.name == \"projects/${var.project_id}/databases/${google_firestore_database.grants.name}\""
}

resource "google_firestore_backup_schedule" "daily" {
  project   = var.project_id
  database  = google_firestore_database.grants.name
  retention = "${14 * 24 * 3600}s"

  daily_recurrence {}
}

# Firestore removes what has expired. Nobody asks for it by time, and an index of times would be a hot spot.
resource "google_firestore_field" "expires_at" {
  project    = var.project_id
  database   = google_firestore_database.grants.name
  collection = "principals"
  field      = "expiresAt"

  ttl_config {}
  index_config {}
}

# A document would be refused at 40 000 index entries, and nobody queries grants.
resource "google_firestore_field" "grants" {
  project    = var.project_id
  database   = google_firestore_database.grants.name
  collection = "principals"
  field      = "grants"

  index_config {}
}

resource "google_firebaserules_ruleset" "deny_all" {
  project = var.project_id

  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/firestore.rules")
    }
  }

  depends_on = [google_project_service.needed]
}

resource "google_firebaserules_release" "grants" {
  project      = var.project_id
  name         = "cloud.firestore/${google_firestore_database.grants.name}"
  ruleset_name = "projects/${var.project_id}/rulesets/${google_firebaserules_ruleset.deny_all.name}"

  # a ruleset that is in use cannot be replaced under the release's feet
  lifecycle {
    replace_triggered_by = [google_firebaserules_ruleset.deny_all]
  }
}

resource "google_project_iam_member" "manages_grants" {
  for_each = toset(var.grant_administrators)

  project = var.project_id
  role    = local.roles.manage_grants
  member  = each.key

  condition {
    title       = "the database ${var.database.id}"
    description = "No other database of the project."
    expression  = local.is_database_of_grants
  }
}
