# A template of worker VMs in each region: the refresher's host daemon gives each task its own identity and keeps the VM's from
# all of them.

locals {
  # its access token could write a log and read the package; identity tokens need no scope
  scopes = [
    "https://www.googleapis.com/auth/devstorage.read_only",
    "https://www.googleapis.com/auth/logging.write",
    "https://www.googleapis.com/auth/monitoring.write",
  ]

  # services of the host that need the VM's metadata server, beside those that are asked for
  own_cgroups = [
    "system.slice/google-guest-agent.service",
    "system.slice/google-guest-agent-manager.service",
    "system.slice/ssh.service",
    "system.slice/chrony.service",
  ]
}

resource "google_compute_instance_template" "worker" {
  for_each = var.subnetworks

  project      = var.project_id
  name_prefix  = "${var.name}-"
  description  = "Token Vending: worker VMs in ${each.key}."
  machine_type = var.machine_type
  labels       = var.labels

  disk {
    source_image = var.image
    disk_size_gb = var.disk_size_gb
    auto_delete  = true
    boot         = true
  }

  # no address of its own: Private Google Access is all that it needs
  network_interface {
    subnetwork = each.value
  }

  service_account {
    email  = local.service_account
    scopes = local.scopes
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  metadata = {
    block-project-ssh-keys   = "TRUE"
    disable-legacy-endpoints = "TRUE"
    enable-oslogin           = "TRUE"
    serial-port-enable       = "FALSE"
    user-data                = local.cloud_init[each.key]
  }

  lifecycle {
    create_before_destroy = true
  }
}
