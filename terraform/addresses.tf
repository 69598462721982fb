# Which functions there are, where, and what they are called: known before the first apply, because a function has to be
# told its own audience.

locals {
  own_domain = "${var.project_id}.iam.gserviceaccount.com"

  # without a signer nobody could become a user: then that power is not there at all
  functions = length(var.delegation_signers) > 0 ? ["delegate", "impersonate"] : ["impersonate"]

  deployments = merge([for name in local.functions : {
    for region in var.regions : "${name}/${region}" => { function = name, region = region, service = "${var.name}-${name}" }
  }]...)

  # https://cloud.google.com/run/docs/triggering/https-request#deterministic
  regional_urls = { for key, one in local.deployments : key => "https://${one.service}-${var.project_number}.${one.region}.run.app" }

  # what refreshers call: the common address, or that of their region
  urls = { for key, one in local.deployments : key => var.address == null ? local.regional_urls[key] : "https://${one.function}.${var.address.domain}" }

  token_path = "/v1/token"

  # by name, because variables are checked against both of them, deployed or not
  own_audiences = { for name in ["delegate", "impersonate"] : name => distinct([for key, url in local.urls : "${url}${local.token_path}" if local.deployments[key].function == name]) }

  audiences = {
    delegate    = distinct(concat(local.own_audiences.delegate, var.further_audiences.delegate))
    impersonate = distinct(concat(local.own_audiences.impersonate, var.further_audiences.impersonate))
  }

  # what the platform's check accepts as an audience of the service
  edge_urls = concat(values(local.regional_urls), values(local.urls))
}
