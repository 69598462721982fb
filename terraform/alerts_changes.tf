# What wakes somebody: changes that the deployment did not make. Google writes them down for every project, whatever is set.

locals {
  is_change = "logName=\"projects/${var.project_id}/logs/cloudaudit.googleapis.com%2Factivity\""

  # Google's own agents change the service beneath a function
  expected_changers = concat(var.deployers, [
    "service-${var.project_number}@gcf-admin-robot.iam.gserviceaccount.com",
    "service-${var.project_number}@serverless-robot-prod.iam.gserviceaccount.com",
  ])
  is_unexpected = "NOT protoPayload.authenticationInfo.principalEmail=(${join(" OR ", [for email in local.expected_changers : "\"${email}\""])})"

  change_alerts = {
    permissions-changed = {
      title  = "Permissions were changed"
      filter = "protoPayload.methodName=~\"SetIamPolicy|SetIAMPolicy|CreateRole|UpdateRole|DeleteRole|UndeleteRole\" AND ${local.is_unexpected}"
    }
    # nobody makes keys here, deployers neither
    key-made = {
      title  = "A key of a service account was made"
      filter = "protoPayload.methodName=~\"CreateServiceAccountKey|UploadServiceAccountKey\""
    }
    function-changed = {
      title  = "A function was changed"
      filter = "protoPayload.serviceName=(\"cloudfunctions.googleapis.com\" OR \"run.googleapis.com\") AND protoPayload.methodName=~\"(Create|Update|Delete|Replace)(Function|Service)\" AND ${local.is_unexpected}"
    }
    database-changed = {
      title  = "The database of the grants was changed"
      filter = "protoPayload.serviceName=(\"firestore.googleapis.com\" OR \"firebaserules.googleapis.com\") AND ${local.is_unexpected}"
    }
  }
}

resource "google_monitoring_alert_policy" "change" {
  for_each = local.change_alerts

  project               = var.project_id
  display_name          = "${each.value.title} (${var.name})"
  severity              = "CRITICAL"
  combiner              = "OR"
  notification_channels = var.notification_channels
  user_labels           = var.labels

  conditions {
    display_name = each.value.title
    condition_matched_log {
      filter = "${local.is_change} AND ${each.value.filter}"
      label_extractors = {
        by = "EXTRACT(protoPayload.authenticationInfo.principalEmail)"
      }
    }
  }

  documentation {
    subject   = each.value.title
    content   = "${local.playbooks}/${each.key}.md"
    mime_type = "text/markdown"
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "300s"
    }
  }

  depends_on = [google_project_service.needed]
}
