# Probers: an ordinary worker VM in each region that asks again and again for what it may have, and for what it may not. It
# becomes one account of its own and reads one object with it.

resource "google_service_account" "probe_target" {
  project      = var.project_id
  account_id   = "${var.name}-probe-target"
  display_name = "Token Vending: what probers become"

  depends_on = [google_project_service.needed]
}

locals {
  probe_target_email = "${google_service_account.probe_target.account_id}@${local.own_domain}"
  probe_object       = "hello.txt"

  # a target that the prober has no grant for: if there is none of the deployment's, the function's own account, which nobody becomes
  forbidden_target = concat(local.target_emails, [local.runtime_emails.impersonate])[0]
  forbidden_user   = length(local.subjects) == 0 ? null : "token-vending-probe@${element(split("@", sort(local.subjects)[0]), 1)}"
}

resource "google_storage_bucket" "probe" {
  project                     = var.project_id
  name                        = "${var.project_id}-${var.name}-probe"
  location                    = var.regions[0]
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true
  labels                      = var.labels

  dynamic "encryption" {
    for_each = local.regional_keys[var.regions[0]]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.needed, google_kms_crypto_key_iam_member.regional]
}

resource "google_storage_bucket_object" "probe" {
  bucket  = google_storage_bucket.probe.name
  name    = local.probe_object
  content = "Read by a prober, as the account that it became."
}

resource "google_storage_bucket_iam_member" "probe_target_reads" {
  bucket = google_storage_bucket.probe.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${local.probe_target_email}"
}

resource "google_service_account_iam_member" "impersonate_probe_target" {
  service_account_id = "projects/${var.project_id}/serviceAccounts/${local.probe_target_email}"
  role               = local.roles.mint_access_tokens
  member             = local.runtime_members.impersonate
}

# The prober's only grant. Its scope reads storage and does nothing else.
resource "google_firestore_document" "probe" {
  project     = var.project_id
  database    = google_firestore_database.grants.name
  collection  = "principals"
  document_id = "serviceAccount:${module.prober.service_account}"
  fields = jsonencode({
    uniqueId = { stringValue = module.prober.service_account_unique_id }
    grants = { mapValue = { fields = {
      "serviceAccount:${local.probe_target_email}" = { mapValue = { fields = {
        lifetimeSeconds = { integerValue = "900" }
        scopes          = { arrayValue = { values = [{ stringValue = "https://www.googleapis.com/auth/devstorage.read_only" }] } }
      } } }
    } } }
  })
}

module "prober" {
  source = "./modules/worker"

  project_id      = var.project_id
  name            = "${var.name}-probe"
  machine_type    = "e2-micro"
  subnetworks     = var.subnetworks
  environments    = local.refresher_environments
  package         = local.worker_package
  allowed_cgroups = ["system.slice/token-vending-probe.service"]
  labels          = var.labels

  files = {
    for region in var.regions : region => {
      "/etc/systemd/system/token-vending-probe.service" = file("${path.module}/../probe/packaging/token-vending-probe.service")
      "/etc/token-vending/probe.json"                   = jsonencode(local.probes[region])
    }
  }
  commands = ["systemctl enable --now token-vending-probe.service"]

  depends_on = [google_project_service.needed]
}

locals {
  # what probe/config.ts reads
  probes = {
    for region in var.regions : region => {
      projectId   = var.project_id
      region      = region
      edge        = var.edge
      impersonate = { url = local.regional_urls["impersonate/${region}"], audience = local.audiences.impersonate[0] }
      delegate = !contains(local.functions, "delegate") ? null : {
        url      = local.regional_urls["delegate/${region}"]
        audience = local.audiences.delegate[0]
        user     = local.forbidden_user
      }
      target          = local.probe_target_email
      forbiddenTarget = local.forbidden_target
      bucket          = google_storage_bucket.probe.name
      object          = local.probe_object
    }
  }
}

resource "google_compute_region_instance_group_manager" "prober" {
  for_each = toset(var.regions)

  project            = var.project_id
  region             = each.key
  name               = "${var.name}-probe"
  base_instance_name = "${var.name}-probe"
  target_size        = 1

  version {
    instance_template = module.prober.instance_templates[each.key]
  }

  update_policy {
    type                           = "PROACTIVE"
    minimal_action                 = "REPLACE"
    most_disruptive_allowed_action = "REPLACE"
    max_surge_fixed                = 0
    max_unavailable_fixed          = 3
  }
}
