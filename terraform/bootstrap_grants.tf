# The first grants, as Firestore holds them. Written once; then they belong to whoever manages grants.

resource "google_firestore_document" "bootstrap" {
  for_each = var.bootstrap_grants

  project     = var.project_id
  database    = google_firestore_database.grants.name
  collection  = "principals"
  document_id = "serviceAccount:${var.callers[each.key].service_account}"
  fields = jsonencode({
    uniqueId = { stringValue = var.callers[each.key].unique_id }
    grants   = { mapValue = { fields = { for member, grant in each.value : member => local.stored_grants["${each.key} → ${member}"] } } }
  })

  lifecycle {
    ignore_changes = [fields]
  }
}

locals {
  # https://cloud.google.com/firestore/docs/reference/rest/v1/Value; what is not said is not stored
  stored_grants = { for name, grant in local.first_grants : name => { mapValue = { fields = { for field, value in {
    scopes           = grant.scopes == null ? null : { arrayValue = { values = [for scope in coalesce(grant.scopes, []) : { stringValue = scope }] } }
    idTokenAudiences = grant.id_token_audiences == null ? null : { arrayValue = { values = [for audience in coalesce(grant.id_token_audiences, []) : { stringValue = audience }] } }
    lifetimeSeconds  = grant.lifetime_seconds == null ? null : { integerValue = format("%d", coalesce(grant.lifetime_seconds, 0)) }
    signer           = grant.signer == null ? null : { stringValue = lookup(local.signer_emails, coalesce(grant.signer, "-"), "") }
  } : field => value if value != null } } } }
}
