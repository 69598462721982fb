# Whatever roles they have or give themselves: those who build make no key, no token and no signature of any service account.
# https://cloud.google.com/iam/docs/deny-overview

resource "google_iam_deny_policy" "no_keys" {
  for_each = toset(var.deny_keys_and_tokens ? concat([local.deployed_project_id], var.target_project_ids) : [])

  parent       = urlencode("cloudresourcemanager.googleapis.com/projects/${each.key}")
  name         = "${var.name}-builds-make-no-keys"
  display_name = "Builds of Token Vending make no keys and no tokens"

  rules {
    description = "Functions mint, builds deploy them."

    deny_rule {
      denied_principals = [for email in values(local.emails) : "principal://iam.googleapis.com/projects/-/serviceAccounts/${email}"]
      denied_permissions = [
        # an upload asks for it, too
        "iam.googleapis.com/serviceAccountKeys.create",
        "iam.googleapis.com/serviceAccounts.getAccessToken",
        "iam.googleapis.com/serviceAccounts.getOpenIdToken",
        "iam.googleapis.com/serviceAccounts.implicitDelegation",
        "iam.googleapis.com/serviceAccounts.signBlob",
        "iam.googleapis.com/serviceAccounts.signJwt",
      ]
    }
  }

  depends_on = [google_project_service.of_builds, google_project_service.of_deployment]
}
