# A role for each thing that is done here, with the one permission that it takes. Predefined roles would do more: that of a
# token creator signs, too.

locals {
  permissions = {
    mint_access_tokens = { title = "Mint access tokens", permissions = ["iam.serviceAccounts.getAccessToken"], on_targets = true }
    mint_id_tokens     = { title = "Mint ID tokens", permissions = ["iam.serviceAccounts.getOpenIdToken"], on_targets = true }
    sign_assertions    = { title = "Sign delegation assertions", permissions = ["iam.serviceAccounts.signJwt"], on_targets = false }
    read_grants        = { title = "Read grants", permissions = ["datastore.entities.get"], on_targets = false }
    manage_grants = {
      title = "Manage grants"
      permissions = [
        "datastore.entities.create",
        "datastore.entities.delete",
        "datastore.entities.get",
        "datastore.entities.list",
        "datastore.entities.update",
      ]
      on_targets = false
    }
  }
  role_prefix = replace(var.name, "-", "_")

  # a project's role cannot be given on another project's service account
  organization_roles = { for key, role in local.permissions : key => role if role.on_targets && var.organization_id != null }
  project_roles      = { for key, role in local.permissions : key => role if !contains(keys(local.organization_roles), key) }

  roles = merge(
    { for key, role in google_project_iam_custom_role.own : key => "projects/${var.project_id}/roles/${role.role_id}" },
    { for key, role in google_organization_iam_custom_role.own : key => "organizations/${role.org_id}/roles/${role.role_id}" },
  )
}

resource "google_project_iam_custom_role" "own" {
  for_each = local.project_roles

  project     = var.project_id
  role_id     = "${local.role_prefix}_${each.key}"
  title       = "${each.value.title} (${var.name})"
  description = "Of Token Vending: ${join(", ", each.value.permissions)}."
  permissions = each.value.permissions

  depends_on = [google_project_service.needed]
}

resource "google_organization_iam_custom_role" "own" {
  for_each = local.organization_roles

  org_id      = var.organization_id
  role_id     = "${local.role_prefix}_${each.key}"
  title       = "${each.value.title} (${var.name})"
  description = "Of Token Vending: ${join(", ", each.value.permissions)}."
  permissions = each.value.permissions
}
