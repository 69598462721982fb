# The first grants, as Firestore holds them. Written once; then they belong to whoever manages grants.

locals {
  # each with what bounds it: its target, or its signer
  first_grants = flatten([for caller, grants in var.bootstrap_grants : [
    for member, grant in grants : {
      caller   = caller
      member   = member
      scopes   = coalesce(grant.scopes, [])
      audience = coalesce(grant.id_token_audiences, [])
      seconds  = grant.lifetime_seconds
      target   = one([for target in values(var.targets) : target if "serviceAccount:${target.service_account}" == member])
      signer   = startswith(member, "user:") ? one([for key, signer in var.delegation_signers : merge(signer, { key = key }) if key == grant.signer]) : null
      subjects = [trimprefix(member, "user:"), replace(member, "/^[^@]*/", "")]
    }
  ]])

  granted_strangers = [for grant in local.first_grants : "${grant.member} of ${grant.caller}" if grant.target == null && grant.signer == null]

  overlong_grants = [for grant in local.first_grants : "${grant.member} of ${grant.caller} has lifetime_seconds ${grant.seconds}" if
    grant.seconds == null ? false : grant.target == null ? true : grant.seconds < 900 || grant.seconds > grant.target.max_lifetime_seconds
  ]

  mistyped_grants = [for grant in local.first_grants : "${grant.member} of ${grant.caller}" if
    grant.target == null
    ? length(grant.scopes) == 0 || length(grant.audience) > 0
    : length(grant.scopes) + length(grant.audience) == 0 || (length(grant.scopes) > 0 && !grant.target.access_tokens) || (length(grant.audience) > 0 && !grant.target.id_tokens)
  ]

  grants_above_ceilings = [for grant in local.first_grants : "${grant.member} of ${grant.caller}" if
    grant.signer == null ? false : length(setsubtract(grant.scopes, grant.signer.scopes)) > 0 || length(setintersection(grant.subjects, grant.signer.subjects)) == 0
  ]

  # https://cloud.google.com/firestore/docs/reference/rest/v1/Value; what is not said is not stored
  stored_grants = { for caller in keys(var.bootstrap_grants) : caller => {
    for grant in local.first_grants : grant.member => { mapValue = { fields = { for field, value in {
      scopes           = length(grant.scopes) == 0 ? null : { arrayValue = { values = [for scope in grant.scopes : { stringValue = scope }] } }
      idTokenAudiences = length(grant.audience) == 0 ? null : { arrayValue = { values = [for audience in grant.audience : { stringValue = audience }] } }
      lifetimeSeconds  = grant.seconds == null ? null : { integerValue = format("%d", grant.seconds) }
      signer           = grant.signer == null ? null : { stringValue = local.signer_emails[grant.signer.key] }
    } : field => value if value != null } } } if grant.caller == caller
  } }
}

resource "google_firestore_document" "bootstrap" {
  for_each = var.bootstrap_grants

  project     = var.project_id
  database    = google_firestore_database.grants.name
  collection  = "principals"
  document_id = "serviceAccount:${var.callers[each.key].service_account}"
  fields = jsonencode({
    uniqueId = { stringValue = var.callers[each.key].unique_id }
    grants   = { mapValue = { fields = local.stored_grants[each.key] } }
  })

  lifecycle {
    ignore_changes = [fields]

    precondition {
      condition     = length(local.granted_strangers) == 0
      error_message = "bootstrap_grants: ${join(", ", local.granted_strangers)} is no target of this deployment; add the service account to targets, or name one of delegation_signers as the user's signer."
    }
    precondition {
      condition     = length(local.overlong_grants) == 0
      error_message = "bootstrap_grants: ${join(", ", local.overlong_grants)}, which its target does not allow; give 900 or more, and shorten it or raise the target's max_lifetime_seconds. A user's grant has none: such a token lives an hour."
    }
    precondition {
      condition     = length(local.mistyped_grants) == 0
      error_message = "bootstrap_grants: ${join(", ", local.mistyped_grants)} does not fit its target; give scopes where the target has access_tokens, id_token_audiences where it has id_tokens, and scopes alone for a user."
    }
    precondition {
      condition     = length(local.grants_above_ceilings) == 0
      error_message = "bootstrap_grants: ${join(", ", local.grants_above_ceilings)} is above what its signer may; add the subject and the scopes to delegation_signers, or leave them out."
    }
  }
}
