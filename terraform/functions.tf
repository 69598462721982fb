# The two functions, in each region, and who may call them.

locals {
  # Google's own endpoints, as the functions have them by default: set, so that nobody else's can be there unseen
  common_environment = {
    GOOGLE_CLOUD_PROJECT              = var.project_id
    NODE_ENV                          = "production"
    TOKEN_VENDING_DATABASE            = var.database.id
    TOKEN_VENDING_DEADLINE_MS         = tostring(var.deadline_ms)
    TOKEN_VENDING_IAM_CREDENTIALS_URL = "https://iamcredentials.googleapis.com"
    TOKEN_VENDING_JWKS_URL            = "https://www.googleapis.com/oauth2/v3/certs"
    TOKEN_VENDING_PROJECT_NUMBERS     = join(",", local.caller_project_numbers)
  }

  environments = {
    impersonate = merge(local.common_environment, {
      TOKEN_VENDING_AUDIENCE = join(",", local.audiences.impersonate)
    })
    delegate = merge(local.common_environment, local.ceilings, {
      TOKEN_VENDING_AUDIENCE        = join(",", local.audiences.delegate)
      TOKEN_VENDING_OAUTH_TOKEN_URL = "https://oauth2.googleapis.com/token"
    })
  }

  # the probers' VMs are of this project
  caller_project_numbers = sort(distinct([for number in concat([var.project_number], flatten([for caller in var.callers : caller.project_numbers])) : format("%d", number)]))
}

resource "google_cloudfunctions2_function" "vending" {
  for_each = local.deployments

  project      = var.project_id
  location     = each.value.region
  name         = each.value.service
  description  = each.value.function == "delegate" ? "Makes tokens of Workspace users." : "Makes tokens of service accounts."
  labels       = var.labels
  kms_key_name = one(local.regional_keys[each.value.region])

  build_config {
    runtime           = "nodejs24"
    entry_point       = each.value.function
    service_account   = "projects/${var.project_id}/serviceAccounts/${google_service_account.build[each.value.function].account_id}@${local.own_domain}"
    docker_repository = "projects/${var.project_id}/locations/${each.value.region}/repositories/${google_artifact_registry_repository.images[each.key].repository_id}"
    worker_pool       = lookup(var.build_worker_pools, each.value.region, null)

    source {
      storage_source {
        bucket     = google_storage_bucket.archives["functions"].name
        object     = google_storage_bucket_object.archives["functions"].name
        generation = google_storage_bucket_object.archives["functions"].generation
      }
    }

    automatic_update_policy {}
  }

  service_config {
    service_account_email          = local.runtime_emails[each.value.function]
    ingress_settings               = var.ingress == "internal" ? "ALLOW_INTERNAL_ONLY" : "ALLOW_ALL"
    environment_variables          = local.environments[each.value.function]
    all_traffic_on_latest_revision = true

    # an exchange waits for others: one processor serves many
    available_cpu                    = "1"
    available_memory                 = "512Mi"
    max_instance_request_concurrency = 40
    timeout_seconds                  = 30
    min_instance_count               = var.scaling.min_instances
    max_instance_count               = var.scaling.max_instances

    direct_vpc_egress = var.egress == "vpc" ? "VPC_EGRESS_ALL_TRAFFIC" : null

    dynamic "direct_vpc_network_interface" {
      for_each = var.egress == "vpc" ? [var.subnetworks[each.value.region]] : []
      content {
        subnetwork = direct_vpc_network_interface.value
      }
    }
  }

  # a build that starts before its account may build, and a function that starts before it may read, fail
  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_firestore_database.grants,
    google_project_iam_member.build_reads_copy,
    google_project_iam_member.build_writes_log,
    google_project_iam_member.reads_grants,
    google_storage_bucket_iam_member.build_reads_archive,
  ]
}

# The whole list of those who may call: whoever else was given the role is removed.
resource "google_cloud_run_v2_service_iam_binding" "invoker" {
  for_each = local.deployments

  project  = var.project_id
  location = each.value.region
  name     = google_cloudfunctions2_function.vending[each.key].name
  role     = "roles/run.invoker"
  members  = var.edge == "iam" ? local.caller_members : ["allUsers"]
}

locals {
  caller_members = concat(sort([for caller in var.callers : "serviceAccount:${caller.service_account}"]), [module.prober.member])
}
