# What wakes somebody: what is counted. Each alert carries the page that says what to do.

locals {
  playbooks = "https://github.com/token-vending/token-vending/blob/main/docs/playbooks"

  # above: more than that, over alignment, for seconds
  metric_alerts = {
    latency = {
      title     = "Exchanges are slow", severity = "WARNING"
      filter    = "metric.type=\"${local.metric_types.latency}\" AND resource.type=\"cloud_run_revision\""
      aligner   = "ALIGN_PERCENTILE_95", reducer = "REDUCE_MAX", by = ["metric.label.function"]
      alignment = 300, seconds = 600, above = var.objectives.latency_ms
    }
    refusals = {
      title     = "Many exchanges are refused", severity = "WARNING"
      filter    = "metric.type=\"${local.metric_types.decisions}\" AND resource.type=\"cloud_run_revision\" AND metric.label.outcome=\"refused\""
      aligner   = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["metric.label.reason"]
      alignment = 60, seconds = 300, above = var.refusals_per_minute
    }
    # once may be a network that was slow
    probe-broken = {
      title     = "A prober does not get what it may have", severity = "CRITICAL"
      filter    = "metric.type=\"${local.metric_types.probes}\" AND resource.type=\"generic_node\" AND metric.label.result=\"broken\""
      aligner   = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["metric.label.region", "metric.label.probe"]
      alignment = 900, seconds = 0, above = 1
    }
    probe-too-open = {
      title     = "A prober gets what it may not have", severity = "CRITICAL"
      filter    = "metric.type=\"${local.metric_types.probes}\" AND resource.type=\"generic_node\" AND metric.label.result=\"too_open\""
      aligner   = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["metric.label.region", "metric.label.probe"]
      alignment = 300, seconds = 0, above = 0
    }
  }
}

resource "google_monitoring_alert_policy" "metric" {
  for_each = local.metric_alerts

  project               = var.project_id
  display_name          = "${each.value.title} (${var.name})"
  severity              = each.value.severity
  combiner              = "OR"
  notification_channels = var.notification_channels
  user_labels           = var.labels

  conditions {
    display_name = each.value.title
    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.above
      duration        = "${each.value.seconds}s"
      aggregations {
        alignment_period     = "${each.value.alignment}s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
        group_by_fields      = each.value.by
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
  }

  # Monitoring knows a new metric minutes later: https://github.com/hashicorp/terraform-provider-google/issues/11102
  depends_on = [
    google_cloudfunctions2_function.vending,
    google_logging_metric.decisions,
    google_logging_metric.latency,
    google_logging_metric.probes,
  ]
}

resource "google_monitoring_alert_policy" "probe_silent" {
  project               = var.project_id
  display_name          = "A prober is silent (${var.name})"
  severity              = "ERROR"
  combiner              = "OR"
  notification_channels = var.notification_channels
  user_labels           = var.labels

  dynamic "conditions" {
    for_each = toset(var.regions)
    content {
      display_name = "Nothing from ${conditions.key}"
      condition_absent {
        filter   = "metric.type=\"${local.metric_types.probes}\" AND resource.type=\"generic_node\" AND metric.label.region=\"${conditions.key}\""
        duration = "1800s"
        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = "ALIGN_DELTA"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  documentation {
    subject   = "A prober is silent"
    content   = "${local.playbooks}/probe-silent.md"
    mime_type = "text/markdown"
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_cloudfunctions2_function.vending, google_logging_metric.probes]
}
