# A token of a target, a signature of a signer, or a key of either, that somebody else than the functions had Google make. It is counted in
# the audit log, where the entries of all projects are.

locals {
  # IAM's own API signs, too, and whoever has a key signs without Google
  is_mint = "protoPayload.serviceName=(\"iam.googleapis.com\" OR \"iamcredentials.googleapis.com\") AND protoPayload.methodName=~\"(GenerateAccessToken|GenerateIdToken|SignBlob|SignJwt|CreateServiceAccountKey|UploadServiceAccountKey)$\""

  # which accounts only which function may use; a filter has room for so many
  guarded = merge(
    { for index, emails in chunklist(concat(local.target_emails, [local.probe_target_email]), 75) : "targets-${index}" => { emails = emails, by = local.runtime_emails.impersonate } },
    { for index, emails in chunklist(sort(values(local.signer_emails)), 75) : "signers-${index}" => { emails = emails, by = local.runtime_emails.delegate } },
  )
  guarded_emails = { for key, one in local.guarded : key => join(" OR ", [for email in one.emails : "\"${email}\""]) }
}

resource "google_logging_metric" "foreign_mints" {
  for_each = local.guarded

  project     = var.project_id
  name        = "${var.name}/foreign_mints/${each.key}"
  description = "Tokens, signatures and keys of these accounts that others than the functions had made."
  bucket_name = local.audit_bucket
  # by the resource, because a request may name an account by its number
  filter = "${local.is_mint} AND (resource.labels.email_id=(${local.guarded_emails[each.key]}) OR protoPayload.request.name:(${local.guarded_emails[each.key]})) AND NOT protoPayload.authenticationInfo.principalEmail=\"${each.value.by}\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key = "account"
    }
    labels {
      key = "by"
    }
  }

  label_extractors = {
    account = "EXTRACT(resource.labels.email_id)"
    by      = "EXTRACT(protoPayload.authenticationInfo.principalEmail)"
  }
}

resource "google_monitoring_alert_policy" "foreign_mint" {
  project               = var.project_id
  display_name          = "A token for a target was minted by somebody else (${var.name})"
  severity              = "CRITICAL"
  combiner              = "OR"
  notification_channels = var.notification_channels
  user_labels           = var.labels

  dynamic "conditions" {
    for_each = google_logging_metric.foreign_mints
    content {
      display_name = "Minted past the functions: ${conditions.key}"
      condition_threshold {
        filter          = "metric.type=\"logging.googleapis.com/user/${conditions.value.name}\" AND resource.type=\"service_account\""
        comparison      = "COMPARISON_GT"
        threshold_value = 0
        duration        = "0s"
        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = "ALIGN_DELTA"
          cross_series_reducer = "REDUCE_SUM"
          group_by_fields      = ["metric.label.account", "metric.label.by"]
        }
      }
    }
  }

  documentation {
    subject   = "A token for a target was minted by somebody else"
    content   = "${local.playbooks}/foreign-mint.md"
    mime_type = "text/markdown"
  }

  alert_strategy {
    auto_close = "86400s"
  }

  # as in alerts.tf: the metrics need a while
  depends_on = [google_cloudfunctions2_function.vending]
}
