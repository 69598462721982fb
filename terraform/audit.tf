# The audit log: a bucket of its own that keeps decisions, and what Google says was done to the targets, the signers and the
# grants, longer than a project's log is kept.

locals {
  # targets of other projects: what is done to them is written there
  audited_projects = toset(concat([var.project_id], [
    for email in local.target_emails : regex("@([a-z0-9-]+)\\.iam\\.gserviceaccount\\.com$", email)[0] if endswith(email, ".iam.gserviceaccount.com")
  ]))

  audited_services = merge(
    { for pair in setproduct(local.audited_projects, ["iam.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com"]) : "${pair[0]}/${pair[1]}" => { project = pair[0], service = pair[1], quiet = [] } },
    # each exchange reads the grants, and says so itself
    { for service in ["datastore.googleapis.com", "firestore.googleapis.com"] : "${var.project_id}/${service}" => { project = var.project_id, service = service, quiet = values(local.runtime_members) } },
  )

  is_audited = join(" OR ", [
    "(${local.is_function} AND jsonPayload.event=(\"token_decision\" OR \"token_check\"))",
    "(${local.is_probe})",
    "(logName:\"cloudaudit.googleapis.com\" AND protoPayload.serviceName=(\"iam.googleapis.com\" OR \"iamcredentials.googleapis.com\" OR \"sts.googleapis.com\" OR \"firestore.googleapis.com\" OR \"datastore.googleapis.com\" OR \"cloudfunctions.googleapis.com\" OR \"run.googleapis.com\" OR \"cloudresourcemanager.googleapis.com\"))",
  ])
}

# The whole of what is written for that service in that project: what else was set there is replaced.
resource "google_project_iam_audit_config" "audited" {
  for_each = local.audited_services

  project = each.value.project
  service = each.value.service

  audit_log_config {
    log_type = "ADMIN_READ"
  }
  audit_log_config {
    log_type = "DATA_WRITE"
  }
  audit_log_config {
    log_type         = "DATA_READ"
    exempted_members = each.value.quiet
  }
}

resource "google_logging_project_bucket_config" "audit" {
  project        = var.project_id
  location       = var.regions[0]
  bucket_id      = "${var.name}-audit"
  description    = "Token Vending: who became whom, and who changed what."
  retention_days = var.audit.retention_days
  locked         = var.audit.locked

  dynamic "cmek_settings" {
    for_each = local.regional_keys[var.regions[0]]
    content {
      kms_key_name = cmek_settings.value
    }
  }

  depends_on = [google_project_service.needed, google_kms_crypto_key_iam_member.regional]
}

locals {
  audit_bucket = "projects/${var.project_id}/locations/${google_logging_project_bucket_config.audit.location}/buckets/${google_logging_project_bucket_config.audit.bucket_id}"
}

resource "google_logging_project_sink" "audit" {
  for_each = local.audited_projects

  project                = each.key
  name                   = "${var.name}-audit"
  description            = "Token Vending: to the audit log of ${var.project_id}."
  destination            = "logging.googleapis.com/${local.audit_bucket}"
  filter                 = local.is_audited
  unique_writer_identity = true
}

# Into the same project a sink writes as nobody, and needs no role.
resource "google_project_iam_member" "audit_writer" {
  for_each = setsubtract(local.audited_projects, [var.project_id])

  project = var.project_id
  role    = "roles/logging.bucketWriter"
  member  = google_logging_project_sink.audit[each.key].writer_identity

  condition {
    title       = "the audit log"
    description = "No other log bucket."
    expression  = "resource.name.endsWith(\"locations/${google_logging_project_bucket_config.audit.location}/buckets/${google_logging_project_bucket_config.audit.bucket_id}\")"
  }
}
