# What an apply makes, and by which role it may. Where a role of Google's would also make keys, passwords or tokens, or change what
# a role means, there is one of our own in its place.

locals {
  role_prefix = replace(var.name, "-", "_")

  # kind of resource → what makes, changes and removes it
  apply_permissions = {
    google_cloud_run_v2_service_iam_binding = ["run.services.getIamPolicy", "run.services.setIamPolicy"]
    # a function and a VM run as somebody
    google_cloudfunctions2_function  = ["iam.serviceAccounts.actAs"]
    google_compute_instance_template = ["iam.serviceAccounts.actAs"]
    google_firestore_database = [
      "datastore.databases.create", "datastore.databases.delete", "datastore.databases.get", "datastore.databases.getMetadata",
      "datastore.databases.update",
    ]
    google_firestore_document = ["datastore.entities.create", "datastore.entities.delete", "datastore.entities.get", "datastore.entities.update"]
    # whoever could change a role that it may give could give itself everything
    google_project_iam_custom_role = ["iam.roles.create", "iam.roles.get"]
    google_service_account = [
      "iam.serviceAccounts.create", "iam.serviceAccounts.delete", "iam.serviceAccounts.get", "iam.serviceAccounts.list",
      "iam.serviceAccounts.update",
    ]
    google_service_account_iam_member = ["iam.serviceAccounts.getIamPolicy", "iam.serviceAccounts.setIamPolicy"]
    google_service_account_iam_policy = ["iam.serviceAccounts.getIamPolicy", "iam.serviceAccounts.setIamPolicy"]
    google_storage_bucket = [
      "storage.buckets.create", "storage.buckets.delete", "storage.buckets.get", "storage.buckets.list", "storage.buckets.update",
    ]
    google_storage_bucket_iam_member = ["storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy"]
    google_storage_bucket_object = [
      "storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list", "storage.objects.update",
    ]
  }

  # role → kinds of resources
  apply_roles = {
    "roles/artifactregistry.admin"         = ["google_artifact_registry_repository", "google_artifact_registry_repository_iam_member"]
    "roles/certificatemanager.editor"      = ["google_compute_target_https_proxy"]
    "roles/cloudfunctions.developer"       = ["google_cloudfunctions2_function"]
    "roles/compute.instanceAdmin.v1"       = ["google_compute_instance_template", "google_compute_region_instance_group_manager", "google_compute_region_network_endpoint_group"]
    "roles/compute.networkAdmin"           = ["google_compute_backend_service", "google_compute_global_forwarding_rule", "google_compute_network", "google_compute_subnetwork", "google_compute_target_https_proxy", "google_compute_url_map"]
    "roles/compute.securityAdmin"          = ["google_compute_firewall"]
    "roles/datastore.backupSchedulesAdmin" = ["google_firestore_backup_schedule"]
    "roles/datastore.indexAdmin"           = ["google_firestore_field"]
    "roles/dns.admin"                      = ["google_dns_managed_zone", "google_dns_record_set"]
    "roles/firebaserules.admin"            = ["google_firebaserules_release", "google_firebaserules_ruleset"]
    "roles/logging.configWriter"           = ["google_logging_metric", "google_logging_project_bucket_config", "google_logging_project_sink"]
    "roles/monitoring.editor"              = ["google_monitoring_alert_policy", "google_monitoring_custom_service", "google_monitoring_dashboard", "google_monitoring_slo"]
    "roles/serviceusage.serviceUsageAdmin" = ["google_project_service"]
  }

  # the same for the project's own policy, within the limits below
  apply_limited = {
    "roles/resourcemanager.projectIamAdmin" = ["google_project_iam_audit_config", "google_project_iam_member"]
  }

  # after an apply a build reads what the probers wrote
  probe_permissions = ["logging.logEntries.list"]

  # what the deployment gives in its project, and thus all that an apply may give there
  given_roles = [
    "projects/${local.deployed_project_id}/roles/${local.role_prefix}_manage_grants",
    "projects/${local.deployed_project_id}/roles/${local.role_prefix}_read_grants",
    "roles/logging.bucketWriter",
    "roles/logging.logWriter",
    "roles/storage.objectViewer",
  ]
}

resource "google_project_iam_custom_role" "apply" {
  project     = local.deployed_project_id
  role_id     = "${local.role_prefix}_apply"
  title       = "Apply a deployment (${var.name})"
  description = "Of Token Vending: makes accounts, roles, the database and buckets, and reads the probers' log; makes no key."
  permissions = sort(distinct(concat(local.probe_permissions, flatten(values(local.apply_permissions)))))

  depends_on = [google_project_service.of_builds, google_project_service.of_deployment]
}

resource "google_project_iam_member" "applies" {
  project = local.deployed_project_id
  role    = "projects/${local.deployed_project_id}/roles/${google_project_iam_custom_role.apply.role_id}"
  member  = local.members.apply
}

resource "google_project_iam_member" "apply" {
  for_each = local.apply_roles

  project = local.deployed_project_id
  role    = each.key
  member  = local.members.apply
}

# https://cloud.google.com/iam/docs/setting-limits-on-granting-roles; an audit configuration gives no role, and passes.
resource "google_project_iam_member" "apply_limited" {
  for_each = local.apply_limited

  project = local.deployed_project_id
  role    = each.key
  member  = local.members.apply

  condition {
    title       = "roles of the deployment"
    description = "Gives and takes these roles, and no other."
    expression  = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${join(", ", [for role in local.given_roles : "'${role}'"])}])"
  }
}
