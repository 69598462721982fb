# One address for all regions, inside a VPC: an internal load balancer across regions. Cloud Run counts what comes through it as
# internal.

locals {
  addressed         = var.address == null ? {} : local.deployments
  addressed_names   = var.address == null ? [] : local.functions
  addressed_regions = var.address == null ? [] : var.regions
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each = local.addressed

  project               = var.project_id
  region                = each.value.region
  name                  = each.value.service
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloudfunctions2_function.vending[each.key].name
  }
}

resource "google_compute_backend_service" "function" {
  for_each = toset(local.addressed_names)

  project               = var.project_id
  name                  = "${var.name}-${each.key}"
  protocol              = "HTTPS"
  load_balancing_scheme = "INTERNAL_MANAGED"

  dynamic "backend" {
    for_each = var.regions
    content {
      group = google_compute_region_network_endpoint_group.function["${each.key}/${backend.value}"].id
    }
  }

  # a region that only fails is left alone for a while
  outlier_detection {
    consecutive_errors = 5
    base_ejection_time {
      seconds = 30
    }
    interval {
      seconds = 10
    }
  }

  log_config {
    enable      = true
    sample_rate = 1
  }
}

resource "google_compute_url_map" "functions" {
  count = var.address == null ? 0 : 1

  project         = var.project_id
  name            = var.name
  default_service = google_compute_backend_service.function["impersonate"].id

  dynamic "host_rule" {
    for_each = local.addressed_names
    content {
      hosts        = ["${host_rule.value}.${var.address.domain}"]
      path_matcher = host_rule.value
    }
  }

  dynamic "path_matcher" {
    for_each = local.addressed_names
    content {
      name            = path_matcher.value
      default_service = google_compute_backend_service.function[path_matcher.value].id
    }
  }
}

resource "google_compute_target_https_proxy" "functions" {
  count = var.address == null ? 0 : 1

  project                          = var.project_id
  name                             = var.name
  url_map                          = google_compute_url_map.functions[0].id
  certificate_manager_certificates = var.address.certificates
}

resource "google_compute_global_forwarding_rule" "functions" {
  for_each = toset(local.addressed_regions)

  project               = var.project_id
  name                  = "${var.name}-${each.key}"
  target                = google_compute_target_https_proxy.functions[0].id
  port_range            = "443"
  load_balancing_scheme = "INTERNAL_MANAGED"
  network               = var.address.network
  subnetwork            = var.subnetworks[each.key]
}

resource "google_dns_managed_zone" "functions" {
  count = var.address == null ? 0 : 1

  project     = var.project_id
  name        = var.name
  dns_name    = "${var.address.domain}."
  description = "Token Vending: the functions, inside the VPC."
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = var.address.network
    }
  }

  depends_on = [google_project_service.needed]
}

# each VM is sent to the region that is nearest to it
resource "google_dns_record_set" "functions" {
  for_each = toset(local.addressed_names)

  project      = var.project_id
  managed_zone = google_dns_managed_zone.functions[0].name
  name         = "${each.key}.${var.address.domain}."
  type         = "A"
  ttl          = 60

  routing_policy {
    dynamic "geo" {
      for_each = google_compute_global_forwarding_rule.functions
      content {
        location = geo.key
        rrdatas  = [geo.value.ip_address]
      }
    }
  }
}
