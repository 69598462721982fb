# What is counted: decisions of the functions, and results of probers, from their log lines.

locals {
  is_function = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(${join(" OR ", [for name in local.functions : "\"${var.name}-${name}\""])})"
  is_decision = "${local.is_function} AND jsonPayload.event=\"token_decision\""
  # where the probers' line says what it is, as probe/report.ts writes it
  is_probe = "logName=\"projects/${var.project_id}/logs/token-vending-probe\" AND jsonPayload.event=\"probe_result\""

  metric_types = { for name in ["decisions", "latency", "probes", "foreign_mints"] : name => "logging.googleapis.com/user/${var.name}/${name}" }
}

resource "google_logging_metric" "decisions" {
  project     = var.project_id
  name        = "${var.name}/decisions"
  description = "Decisions about exchanges, by function, outcome and reason."
  filter      = local.is_decision

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key = "function"
    }
    labels {
      key = "outcome"
    }
    labels {
      key = "reason"
    }
  }

  label_extractors = {
    function = "EXTRACT(jsonPayload.function)"
    outcome  = "EXTRACT(jsonPayload.outcome)"
    reason   = "EXTRACT(jsonPayload.reason)"
  }

  depends_on = [google_project_service.needed]
}

resource "google_logging_metric" "latency" {
  project         = var.project_id
  name            = "${var.name}/latency"
  description     = "Milliseconds from a request to the decision that grants it, by function."
  filter          = "${local.is_decision} AND jsonPayload.outcome=\"granted\""
  value_extractor = "EXTRACT(jsonPayload.durationMs)"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "ms"

    labels {
      key = "function"
    }
  }

  label_extractors = {
    function = "EXTRACT(jsonPayload.function)"
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 32
      growth_factor      = 1.4
      scale              = 1
    }
  }

  depends_on = [google_project_service.needed]
}

resource "google_logging_metric" "probes" {
  project     = var.project_id
  name        = "${var.name}/probes"
  description = "Results of probers, by region, probe and result: as_expected, broken or too_open."
  filter      = local.is_probe

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key = "probe"
    }
    labels {
      key = "region"
    }
    labels {
      key = "result"
    }
  }

  label_extractors = {
    probe  = "EXTRACT(jsonPayload.probe)"
    region = "EXTRACT(jsonPayload.region)"
    result = "EXTRACT(jsonPayload.result)"
  }

  depends_on = [google_project_service.needed]
}
