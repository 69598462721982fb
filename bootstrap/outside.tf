# What a deployment has outside its own project: roles of the organization, targets and what is done to them, keys, a network. A
# role of a project could not be given there, so these are the organization's.

locals {
  # who does it, and to what → which kinds of resources it takes, and which permissions
  outside_permissions = {
    # no update: whoever could change a role that is given somewhere could give itself everything there
    apply_roles = {
      title       = "Make roles"
      kinds       = ["google_organization_iam_custom_role"]
      permissions = ["iam.roles.create", "iam.roles.get"]
    }
    apply_targets = {
      title = "Let targets be impersonated"
      kinds = ["google_logging_project_sink", "google_service_account_iam_member"]
      permissions = [
        "iam.serviceAccounts.get",
        "iam.serviceAccounts.getIamPolicy",
        "iam.serviceAccounts.setIamPolicy",
        "logging.sinks.create",
        "logging.sinks.delete",
        "logging.sinks.get",
        "logging.sinks.update",
      ]
    }
    apply_audit = {
      title       = "Have what is done to targets written down"
      kinds       = ["google_project_iam_audit_config"]
      permissions = ["resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy"]
    }
    apply_keys = {
      title       = "Let Google's agents use keys"
      kinds       = ["google_kms_crypto_key_iam_member"]
      permissions = ["cloudkms.cryptoKeys.get", "cloudkms.cryptoKeys.getIamPolicy", "cloudkms.cryptoKeys.setIamPolicy"]
    }
    apply_network = {
      title = "Be reached from a network"
      kinds = ["google_compute_global_forwarding_rule", "google_compute_instance_template", "google_dns_managed_zone"]
      permissions = [
        "compute.networks.get",
        "compute.networks.use",
        "compute.subnetworks.get",
        "compute.subnetworks.use",
        "dns.networks.bindPrivateDNSZone",
      ]
    }
    plan_roles = {
      title       = "Read roles"
      kinds       = ["google_organization_iam_custom_role"]
      permissions = ["iam.roles.get"]
    }
    plan_targets = {
      title = "Read who may impersonate targets"
      kinds = ["google_logging_project_sink", "google_project_iam_audit_config", "google_service_account_iam_member"]
      permissions = [
        "iam.serviceAccounts.get",
        "iam.serviceAccounts.getIamPolicy",
        "logging.sinks.get",
        "resourcemanager.projects.get",
        "resourcemanager.projects.getIamPolicy",
      ]
    }
    plan_keys = {
      title       = "Read who may use keys"
      kinds       = ["google_kms_crypto_key_iam_member"]
      permissions = ["cloudkms.cryptoKeys.get", "cloudkms.cryptoKeys.getIamPolicy"]
    }
  }
}

resource "google_organization_iam_custom_role" "outside" {
  for_each = { for key, role in local.outside_permissions : key => role if var.organization_id != null }

  org_id      = var.organization_id
  role_id     = "${local.role_prefix}_${each.key}"
  title       = "${each.value.title} (${var.name})"
  description = "Of the builds of Token Vending: ${join(", ", each.value.permissions)}."
  permissions = each.value.permissions
}

locals {
  outside_roles = { for key, role in google_organization_iam_custom_role.outside : key => "organizations/${role.org_id}/roles/${role.role_id}" }
}

resource "google_organization_iam_member" "roles" {
  for_each = { for name, member in local.members : name => member if var.organization_id != null }

  org_id = var.organization_id
  role   = local.outside_roles["${each.key}_roles"]
  member = each.value
}

resource "google_project_iam_member" "targets" {
  for_each = { for pair in setproduct(var.target_project_ids, keys(local.members)) : "${pair[0]}/${pair[1]}" => { project = pair[0], name = pair[1] } }

  project = each.value.project
  role    = local.outside_roles["${each.value.name}_targets"]
  member  = local.members[each.value.name]
}

# An audit configuration is part of a project's policy. The list may not be empty; this role shows that there is a project.
resource "google_project_iam_member" "audits_targets" {
  for_each = toset(var.target_project_ids)

  project = each.key
  role    = local.outside_roles["apply_audit"]
  member  = local.members.apply

  condition {
    title       = "the audit configuration"
    description = "Gives no role that lets anybody do anything."
    expression  = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/browser'])"
  }
}

resource "google_project_iam_member" "reached_from_network" {
  for_each = toset(var.network_project_id == null ? [] : [var.network_project_id])

  project = each.key
  role    = local.outside_roles["apply_network"]
  member  = local.members.apply
}

resource "google_kms_crypto_key_iam_member" "keys" {
  for_each = { for pair in setproduct(var.kms_keys, keys(local.members)) : "${pair[0]}/${pair[1]}" => { key = pair[0], name = pair[1] } }

  crypto_key_id = each.value.key
  role          = local.outside_roles["${each.value.name}_keys"]
  member        = local.members[each.value.name]
}
