# Keys of the operator's own (CMEK), and the service agents that use them. No key of a service account is anywhere here.

locals {
  # as lists of none or one, for dynamic blocks
  regional_keys = { for region in var.regions : region => var.kms_keys == null ? [] : [var.kms_keys.regions[region]] }
  database_keys = var.kms_keys == null ? [] : [var.kms_keys.database]

  # https://cloud.google.com/functions/docs/securing/cmek#grant_service_accounts_access_to_the_key
  regional_agents = [
    "service-${var.project_number}@gcf-admin-robot.iam.gserviceaccount.com",
    "service-${var.project_number}@gcp-sa-artifactregistry.iam.gserviceaccount.com",
    # https://cloud.google.com/logging/docs/routing/managed-encryption-storage
    "cmek-p${var.project_number}@gcp-sa-logging.iam.gserviceaccount.com",
    "service-${var.project_number}@gs-project-accounts.iam.gserviceaccount.com",
    "service-${var.project_number}@serverless-robot-prod.iam.gserviceaccount.com",
  ]
  database_agent = "service-${var.project_number}@gcp-sa-firestore.iam.gserviceaccount.com"
}

resource "google_kms_crypto_key_iam_member" "regional" {
  for_each = merge([for region, keys in local.regional_keys : {
    for pair in setproduct(keys, local.regional_agents) : "${region}/${pair[1]}" => { key = pair[0], agent = pair[1] }
  }]...)

  crypto_key_id = each.value.key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.value.agent}"

  depends_on = [google_project_service.needed]
}

resource "google_kms_crypto_key_iam_member" "database" {
  for_each = toset(local.database_keys)

  crypto_key_id = each.key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${local.database_agent}"

  depends_on = [google_project_service.needed]
}
