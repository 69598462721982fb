# What is needed to go on.

locals {
  worker_package = {
    bucket = google_storage_bucket.archives["worker"].name
    object = google_storage_bucket_object.archives["worker"].name
    sha256 = local.archive_sha256.worker
  }

  # of each region, or the common address
  refresher_environments = { for region in var.regions : region => merge([for name in local.functions : {
    "TOKEN_VENDING_${upper(name)}_URL" = local.urls["${name}/${region}"]
  }]...) }

  # as `refresher adc` prints it
  adc = { for region in var.regions : region => { for name in local.functions : name => {
    type               = "external_account"
    subject_token_type = "urn:ietf:params:oauth:token-type:id_token"
    token_url          = "${local.urls["${name}/${region}"]}${local.token_path}"
    credential_source = {
      url     = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=${urlencode("${local.urls["${name}/${region}"]}${local.token_path}")}&format=full"
      headers = { "Metadata-Flavor" = "Google" }
      format  = { type = "text" }
    }
  } } }
}

output "functions" {
  description = "Function → region → the URL that the platform answers to."
  value       = { for name in local.functions : name => { for region in var.regions : region => local.regional_urls["${name}/${region}"] } }
}

output "audiences" {
  description = "Function → the audiences that it accepts."
  value       = { for name in local.functions : name => local.audiences[name] }
}

output "refresher_environments" {
  description = "Region → the variables of refreshers there."
  value       = local.refresher_environments
}

output "adc_files" {
  description = "Where `edge` is `function`: region → target → a credentials file for programs without a refresher. For a user, put `user:EMAIL` in the place of `user:`."
  value = var.edge == "iam" ? {} : { for region in var.regions : region => merge(
    { for key, target in var.targets : key => jsonencode(merge(local.adc[region].impersonate, { audience = "//iam.googleapis.com/serviceAccount:${target.service_account}" })) },
    { for name in local.functions : "user" => jsonencode(merge(local.adc[region][name], { audience = "//iam.googleapis.com/user:" })) if name == "delegate" },
  ) }
}

output "delegation" {
  description = "Signer → what the Workspace admin console is told, under Security → Access and data control → API controls → Manage Domain Wide Delegation: the client id and the line of scopes."
  value = { for key, signer in var.delegation_signers : key => {
    service_account = local.signer_emails[key]
    client_id       = google_service_account.signer[key].unique_id
    scopes          = join(",", sort(distinct(signer.scopes)))
  } }
}

output "archive_sha256" {
  description = "SHA-256 of the functions' archive: the one that npm run build prints."
  value       = local.archive_sha256.functions
}

output "worker_package" {
  description = "What worker VMs install, for modules/worker."
  value       = local.worker_package
}

output "database" {
  description = "The database of the grants."
  value       = { project = var.project_id, id = google_firestore_database.grants.name }
}

output "audit_log" {
  description = "The bucket of the audit log, for gcloud logging read --bucket."
  value       = { location = google_logging_project_bucket_config.audit.location, bucket = google_logging_project_bucket_config.audit.bucket_id }
}

output "runtime_accounts" {
  description = "Function → the e-mail that it runs as."
  value       = local.runtime_emails
}
