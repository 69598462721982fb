# What the variables' validations look for. Decisions alone: each list holds what is wrong, and is empty where nothing is.

locals {
  service_account = "^[a-z0-9-]+@([a-z0-9-]+\\.)*gserviceaccount\\.com$"
  user            = "^[a-z0-9_'+-]+(\\.[a-z0-9_'+-]+)*@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$"

  caller_emails     = { for key, caller in var.callers : key => caller.service_account }
  malformed_callers = [for key, email in local.caller_emails : "${key} (\"${email}\")" if !can(regex(local.service_account, email))]
  repeated_callers  = distinct([for email in values(local.caller_emails) : email if length([for other in values(local.caller_emails) : other if other == email]) > 1])

  target_emails     = { for key, target in var.targets : key => target.service_account }
  malformed_targets = [for key, email in local.target_emails : "${key} (\"${email}\")" if !can(regex(local.service_account, email))]
  repeated_targets  = distinct([for email in values(local.target_emails) : email if length([for other in values(local.target_emails) : other if other == email]) > 1])

  # whoever can become one of these can do what only a function may, or act as a VM
  never_targets = concat(
    values(local.caller_emails),
    [for key in keys(var.delegation_signers) : "${var.name}-sign-${key}@${local.own_domain}"],
    flatten([for name in ["impersonate", "delegate"] : ["${var.name}-${name}@${local.own_domain}", "${var.name}-${name}-build@${local.own_domain}"]]),
    ["${var.name}-probe@${local.own_domain}", "${var.name}-probe-target@${local.own_domain}"],
  )
  misplaced_targets = [for key, email in local.target_emails : "${key} (\"${email}\")" if contains(local.never_targets, email)]

  # an account of Google's own makes (…@developer.gserviceaccount.com) does not say whose it is
  foreign_targets = [for key, email in local.target_emails : "${key} (\"${email}\")" if endswith(email, ".iam.gserviceaccount.com") && !endswith(email, "@${local.own_domain}")]
}

# Delegation.
locals {
  subjects           = distinct(flatten([for signer in var.delegation_signers : signer.subjects]))
  delegated_scopes   = distinct(flatten([for signer in var.delegation_signers : signer.scopes]))
  malformed_subjects = [for subject in local.subjects : "\"${subject}\"" if !can(regex(local.user, startswith(subject, "@") ? "anyone${subject}" : subject)) || endswith(subject, "gserviceaccount.com")]
  malformed_scopes   = [for scope in local.delegated_scopes : "\"${scope}\"" if !can(regex("^https://[a-z0-9.-]+/[^\\s,\"\\\\]*$", scope))]

  # https://developers.google.com/identity/protocols/oauth2/scopes: what manages accounts, groups, devices, licences and everybody's mail
  administration = join("|", [
    "www\\.googleapis\\.com/auth/(admin|apps|chrome\\.management|cloud-identity|cloud_search|ediscovery|siteverification)([./]|$)",
    "apps-apis\\.google\\.com/",
    "www\\.google\\.com/m8/feeds",
    "www\\.googleapis\\.com/auth/(cloudplatformorganizations|cloudplatformfolders)",
  ])
  administrative_scopes = [for scope in local.delegated_scopes : "\"${scope}\"" if can(regex("^https://(${local.administration})", scope))]
}

# Grants of the first apply.
locals {
  first_grants = merge([for caller, grants in var.bootstrap_grants : {
    for member, grant in grants : "${caller} → ${member}" => merge(grant, {
      member  = member
      kind    = split(":", member)[0]
      target  = one([for target in values(var.targets) : target if "serviceAccount:${target.service_account}" == member])
      ceiling = lookup(var.delegation_signers, coalesce(grant.signer, "-"), null)
      subject = trimprefix(member, "user:")
    })
  }]...)

  granted_strangers = [for name, grant in local.first_grants : name if grant.kind == "user" ? grant.ceiling == null : grant.target == null]

  overlong_grants = [for name, grant in local.first_grants : "${name} has lifetime_seconds ${grant.lifetime_seconds}, its target allows ${grant.target == null ? 3600 : grant.target.max_lifetime_seconds}" if
    grant.lifetime_seconds == null ? false : grant.kind == "user" || grant.lifetime_seconds < 900 || grant.lifetime_seconds > (grant.target == null ? 3600 : grant.target.max_lifetime_seconds)
  ]

  mistyped_grants = [for name, grant in local.first_grants : name if
    length(coalesce(grant.scopes, [])) + length(coalesce(grant.id_token_audiences, [])) == 0
    || (grant.target == null ? grant.id_token_audiences != null : (
      (length(coalesce(grant.scopes, [])) > 0 && !grant.target.access_tokens) ||
      (length(coalesce(grant.id_token_audiences, [])) > 0 && !grant.target.id_tokens)
    ))
  ]

  grants_above_ceilings = [for name, grant in local.first_grants : name if grant.ceiling == null ? false :
    length(setsubtract(coalesce(grant.scopes, []), grant.ceiling.scopes)) > 0 ||
    length(setintersection([grant.subject, "@${element(split("@", grant.subject), 1)}"], grant.ceiling.subjects)) == 0
  ]
}

# Addresses.
locals {
  shared_audiences = setintersection(local.audiences.impersonate, local.audiences.delegate)
  edge_audiences   = [for audience in distinct(flatten(values(local.audiences))) : "\"${audience}\"" if contains(local.edge_urls, trimsuffix(audience, "/"))]
}
