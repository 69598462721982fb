# What is promised: exchanges end without a fault. A refusal is a good answer.

resource "google_monitoring_custom_service" "vending" {
  project      = var.project_id
  service_id   = var.name
  display_name = "Token Vending (${var.name})"

  depends_on = [google_project_service.needed]
}

resource "google_monitoring_slo" "without_fault" {
  project             = var.project_id
  service             = google_monitoring_custom_service.vending.service_id
  slo_id              = "without-fault"
  display_name        = "${var.objectives.without_fault * 100}% of exchanges end without a fault"
  goal                = var.objectives.without_fault
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      total_service_filter = "metric.type=\"${local.metric_types.decisions}\" AND resource.type=\"cloud_run_revision\""
      bad_service_filter   = "metric.type=\"${local.metric_types.decisions}\" AND resource.type=\"cloud_run_revision\" AND metric.label.outcome=\"fault\""
    }
  }

  depends_on = [google_logging_metric.decisions]
}

locals {
  slo = "projects/${var.project_number}/services/${google_monitoring_custom_service.vending.service_id}/serviceLevelObjectives/${google_monitoring_slo.without_fault.slo_id}"
}

# At ten times the pace that the objective allows, the month is used up in three days.
resource "google_monitoring_alert_policy" "faults" {
  project               = var.project_id
  display_name          = "Exchanges fail (${var.name})"
  severity              = "CRITICAL"
  combiner              = "AND"
  notification_channels = var.notification_channels
  user_labels           = var.labels

  dynamic "conditions" {
    for_each = { "over an hour" = "3600s", "over five minutes" = "300s" }
    content {
      display_name = "Ten times the faults that there may be, ${conditions.key}"
      condition_threshold {
        filter          = "select_slo_burn_rate(\"${local.slo}\", \"${conditions.value}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = 10
        duration        = "0s"
      }
    }
  }

  documentation {
    subject   = "Exchanges fail"
    content   = "${local.playbooks}/faults.md"
    mime_type = "text/markdown"
  }

  alert_strategy {
    auto_close = "86400s"
  }

  # as in alerts.tf: the metric needs a while
  depends_on = [google_cloudfunctions2_function.vending]
}
