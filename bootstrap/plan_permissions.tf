# What a plan asks Google for: how each thing that is deployed is now. A role of our own, because the predefined viewers read logs, metrics and
# images as well, and yet neither rulesets nor the settings of buckets.

locals {
  # kind of resource → what reads it; services.use lets a question be counted for the project (user_project_override)
  plan_permissions = {
    google_artifact_registry_repository            = ["artifactregistry.repositories.get"]
    google_artifact_registry_repository_iam_member = ["artifactregistry.repositories.getIamPolicy"]
    google_cloud_run_v2_service_iam_binding        = ["run.services.getIamPolicy"]
    google_cloudfunctions2_function                = ["cloudfunctions.functions.get", "run.services.get"]
    google_compute_backend_service                 = ["compute.backendServices.get"]
    google_compute_firewall                        = ["compute.firewalls.get"]
    google_compute_global_forwarding_rule          = ["compute.globalForwardingRules.get"]
    google_compute_instance_template               = ["compute.instanceTemplates.get"]
    google_compute_network                         = ["compute.networks.get"]
    google_compute_region_instance_group_manager   = ["compute.instanceGroupManagers.get", "compute.instanceGroups.get"]
    google_compute_region_network_endpoint_group   = ["compute.networkEndpointGroups.get", "compute.regionNetworkEndpointGroups.get"]
    google_compute_subnetwork                      = ["compute.subnetworks.get"]
    google_compute_target_https_proxy              = ["compute.targetHttpsProxies.get"]
    google_compute_url_map                         = ["compute.urlMaps.get"]
    google_dns_managed_zone                        = ["dns.managedZones.get"]
    google_dns_record_set                          = ["dns.resourceRecordSets.get", "dns.resourceRecordSets.list"]
    google_firebaserules_release                   = ["firebaserules.releases.get"]
    google_firebaserules_ruleset                   = ["firebaserules.rulesets.get"]
    google_firestore_backup_schedule               = ["datastore.backupSchedules.get"]
    google_firestore_database                      = ["datastore.databases.get", "datastore.databases.getMetadata"]
    google_firestore_document                      = ["datastore.entities.get"]
    google_logging_metric                          = ["logging.logMetrics.get"]
    google_logging_project_bucket_config           = ["logging.buckets.get"]
    google_logging_project_sink                    = ["logging.sinks.get"]
    google_monitoring_alert_policy                 = ["monitoring.alertPolicies.get"]
    google_monitoring_custom_service               = ["monitoring.services.get"]
    google_monitoring_dashboard                    = ["monitoring.dashboards.get"]
    google_monitoring_slo                          = ["monitoring.slos.get"]
    google_project_iam_audit_config                = ["resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy"]
    google_project_iam_custom_role                 = ["iam.roles.get"]
    google_project_iam_member                      = ["resourcemanager.projects.getIamPolicy"]
    google_project_service                         = ["serviceusage.services.get", "serviceusage.services.list", "serviceusage.services.use"]
    google_service_account                         = ["iam.serviceAccounts.get"]
    google_service_account_iam_member              = ["iam.serviceAccounts.getIamPolicy"]
    google_service_account_iam_policy              = ["iam.serviceAccounts.getIamPolicy"]
    google_storage_bucket                          = ["storage.buckets.get"]
    google_storage_bucket_iam_member               = ["storage.buckets.getIamPolicy"]
    google_storage_bucket_object                   = ["storage.objects.get"]
  }

  # by a role of Google's: what its fields are called has changed before
  plan_roles = {
    "roles/datastore.viewer" = ["google_firestore_field"]
  }
}

resource "google_project_iam_custom_role" "plan" {
  project     = local.deployed_project_id
  role_id     = "${local.role_prefix}_plan"
  title       = "Plan a deployment (${var.name})"
  description = "Of Token Vending: reads what a deployment is made of, and nothing else."
  permissions = sort(distinct(flatten(values(local.plan_permissions))))

  depends_on = [google_project_service.of_builds, google_project_service.of_deployment]
}

# The apply account as well: an apply plans first.
resource "google_project_iam_member" "plans" {
  for_each = local.members

  project = local.deployed_project_id
  role    = "projects/${local.deployed_project_id}/roles/${google_project_iam_custom_role.plan.role_id}"
  member  = each.value
}

resource "google_project_iam_member" "plan" {
  for_each = local.plan_roles

  project = local.deployed_project_id
  role    = each.key
  member  = local.members.plan
}
