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
