# One page: are exchanges answered, how fast, what is refused, and do probers get what they should.

locals {
  # title → what is drawn, and by what it is told apart
  charts = [
    { title = "Decisions", filter = "metric.type=\"${local.metric_types.decisions}\" AND resource.type=\"cloud_run_revision\"", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.label.function", "metric.label.outcome"] },
    { title = "Milliseconds, 95 of 100", filter = "metric.type=\"${local.metric_types.latency}\" AND resource.type=\"cloud_run_revision\"", aligner = "ALIGN_PERCENTILE_95", reducer = "REDUCE_MAX", by = ["metric.label.function"] },
    { title = "Refusals, by reason", filter = "metric.type=\"${local.metric_types.decisions}\" AND resource.type=\"cloud_run_revision\" AND metric.label.outcome=\"refused\"", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.label.reason"] },
    { title = "Faults, by reason", filter = "metric.type=\"${local.metric_types.decisions}\" AND resource.type=\"cloud_run_revision\" AND metric.label.outcome=\"fault\"", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.label.reason"] },
    { title = "Probes, by result", filter = "metric.type=\"${local.metric_types.probes}\" AND resource.type=\"generic_node\"", aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["metric.label.region", "metric.label.result"] },
    { title = "Instances", filter = "metric.type=\"run.googleapis.com/container/instance_count\" AND ${local.is_service}", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = ["resource.label.service_name"] },
  ]
  is_service = "resource.type=\"cloud_run_revision\" AND resource.label.service_name=starts_with(\"${var.name}-\")"
}

resource "google_monitoring_dashboard" "vending" {
  project = var.project_id
  dashboard_json = jsonencode({
    displayName = "Token Vending (${var.name})"
    mosaicLayout = {
      columns = 48
      tiles = [for index, chart in local.charts : {
        xPos   = index % 2 * 24
        yPos   = floor(index / 2) * 16
        width  = 24
        height = 16
        widget = {
          title = chart.title
          xyChart = {
            dataSets = [{
              plotType = "LINE"
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter = chart.filter
                  aggregation = {
                    alignmentPeriod    = "60s"
                    perSeriesAligner   = chart.aligner
                    crossSeriesReducer = chart.reducer
                    groupByFields      = chart.by
                  }
                }
              }
            }]
          }
        }
      }]
    }
  })

  depends_on = [google_project_service.needed]
}
