# A network from which Google's APIs, the functions among them, are reached without an address on the internet.

resource "google_project_service" "first" {
  for_each = toset(["cloudresourcemanager.googleapis.com", "compute.googleapis.com", "iam.googleapis.com", "iap.googleapis.com"])

  project            = var.project_id
  service            = each.key
  disable_on_destroy = false
}

resource "google_compute_network" "workers" {
  project                 = var.project_id
  name                    = "workers"
  auto_create_subnetworks = false

  depends_on = [google_project_service.first]
}

resource "google_compute_subnetwork" "workers" {
  project                  = var.project_id
  name                     = "workers"
  region                   = var.region
  network                  = google_compute_network.workers.name
  ip_cidr_range            = "10.10.0.0/24"
  private_ip_google_access = true
}

# Log in by way of Google's proxy alone: https://cloud.google.com/iap/docs/using-tcp-forwarding
resource "google_compute_firewall" "ssh_by_proxy" {
  project       = var.project_id
  name          = "ssh-by-proxy"
  network       = google_compute_network.workers.name
  source_ranges = ["35.235.240.0/20"]

  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}
