# What the module promises. Nothing is contacted.

mock_provider "google" {}

variables {
  project_id     = "acme-vending"
  project_number = 111222333444
  regions        = ["us-central1", "europe-west1"]
  subnetworks = {
    europe-west1 = "projects/acme-vending/regions/europe-west1/subnetworks/workers"
    us-central1  = "projects/acme-vending/regions/us-central1/subnetworks/workers"
  }
  # any file does: its content is not looked at
  archive        = "firestore.rules"
  worker_package = "firestore.rules"
  callers = {
    workers = {
      service_account = "workers@acme-workers.iam.gserviceaccount.com"
      project_numbers = [326694433618]
      unique_id       = "109422233875895820585"
    }
  }
  targets = {
    trainer  = { service_account = "trainer@acme-vending.iam.gserviceaccount.com" }
    reporter = { service_account = "reporter@acme-vending.iam.gserviceaccount.com", access_tokens = false, id_tokens = true }
  }
  delegation_signers = {
    drive = { subjects = ["@example.com"], scopes = ["https://www.googleapis.com/auth/drive.readonly"] }
  }
}

run "there_are_two_functions_in_each_region" {
  command = plan

  assert {
    condition     = toset(keys(google_cloudfunctions2_function.vending)) == toset(["delegate/europe-west1", "delegate/us-central1", "impersonate/europe-west1", "impersonate/us-central1"])
    error_message = "impersonate and delegate have to be in both regions, and nothing else"
  }
}

run "without_signers_nobody_can_become_a_user_because_there_is_no_delegate" {
  command = plan

  variables {
    delegation_signers = {}
  }

  assert {
    condition     = toset([for function in google_cloudfunctions2_function.vending : function.build_config[0].entry_point]) == toset(["impersonate"])
    error_message = "delegate must not be deployed"
  }
  assert {
    condition     = length(google_service_account_iam_policy.signer) == 0
    error_message = "nobody signs"
  }
}

run "only_callers_and_the_prober_may_call" {
  command = plan

  assert {
    condition = alltrue([for binding in google_cloud_run_v2_service_iam_binding.invoker : toset(binding.members) == toset([
      "serviceAccount:workers@acme-workers.iam.gserviceaccount.com",
      "serviceAccount:vending-probe@acme-vending.iam.gserviceaccount.com",
    ])])
    error_message = "somebody else may call, or a caller may not"
  }
}

run "who_wants_agentless_files_says_so_and_gets_them" {
  command = plan

  variables {
    edge = "function"
  }

  assert {
    condition     = alltrue([for binding in google_cloud_run_v2_service_iam_binding.invoker : binding.members == toset(["allUsers"])])
    error_message = "the platform has to let everybody in"
  }
  assert {
    condition     = jsondecode(output.adc_files["us-central1"].trainer).audience == "//iam.googleapis.com/serviceAccount:trainer@acme-vending.iam.gserviceaccount.com"
    error_message = "there has to be a file for each target"
  }
}

run "behind_the_platform_there_are_no_agentless_files" {
  command = plan

  assert {
    condition     = length(output.adc_files) == 0
    error_message = "such a file would be refused by the platform"
  }
}

run "functions_are_reached_from_inside_alone" {
  command = plan

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.vending : function.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"])
    error_message = "ingress has to be internal by default"
  }
}

run "a_target_gets_the_permissions_that_were_asked_for_and_no_other" {
  command = plan

  assert {
    condition     = toset(keys(google_service_account_iam_member.impersonate)) == toset(["trainer/mint_access_tokens", "reporter/mint_id_tokens"])
    error_message = "each target has to have exactly what was asked for"
  }
  assert {
    condition     = alltrue([for member in google_service_account_iam_member.impersonate : member.member == "serviceAccount:vending-impersonate@acme-vending.iam.gserviceaccount.com"])
    error_message = "impersonate alone may act on targets"
  }
}

run "targets_of_other_projects_are_reached_by_roles_of_the_organization" {
  command = plan

  variables {
    organization_id = "987654321098"
    targets         = { trainer = { service_account = "trainer@acme-data.iam.gserviceaccount.com" } }
  }

  assert {
    condition     = google_service_account_iam_member.impersonate["trainer/mint_access_tokens"].role == "organizations/987654321098/roles/vending_mint_access_tokens"
    error_message = "a project's role cannot be given there"
  }
  assert {
    condition     = toset(keys(google_logging_project_sink.audit)) == toset(["acme-data", "acme-vending"])
    error_message = "what is done to the target is written down in its project, and has to come here"
  }
}

run "delegate_alone_may_sign_and_the_signers_policy_says_nothing_else" {
  command = plan

  assert {
    condition = jsondecode(google_service_account_iam_policy.signer["drive"].policy_data) == {
      bindings = [{
        role    = "projects/acme-vending/roles/vending_sign_assertions"
        members = ["serviceAccount:vending-delegate@acme-vending.iam.gserviceaccount.com"]
      }]
    }
    error_message = "the policy of a signer has one entry"
  }
}

run "ceilings_are_what_the_variables_say" {
  command = plan

  variables {
    delegation_signers = {
      drive    = { subjects = ["@example.com"], scopes = ["https://www.googleapis.com/auth/drive.readonly"] }
      calendar = { subjects = ["rooms@example.org"], scopes = ["https://www.googleapis.com/auth/calendar"] }
    }
  }

  assert {
    condition = alltrue([for key, function in google_cloudfunctions2_function.vending :
      function.service_config[0].environment_variables["TOKEN_VENDING_DELEGATION_SIGNERS"] == "vending-sign-calendar@acme-vending.iam.gserviceaccount.com,vending-sign-drive@acme-vending.iam.gserviceaccount.com"
      && function.service_config[0].environment_variables["TOKEN_VENDING_DELEGATION_SUBJECTS"] == "@example.com,rooms@example.org"
      && function.service_config[0].environment_variables["TOKEN_VENDING_DELEGATION_SCOPES"] == "https://www.googleapis.com/auth/calendar,https://www.googleapis.com/auth/drive.readonly"
      if startswith(key, "delegate/")
    ])
    error_message = "delegate has to have the ceilings of the variables"
  }
}

run "projects_of_callers_are_the_only_ones_that_may_call" {
  command = plan

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.vending : function.service_config[0].environment_variables["TOKEN_VENDING_PROJECT_NUMBERS"] == "111222333444,326694433618"])
    error_message = "the callers' projects, and that of the probers"
  }
}

run "an_audience_that_changes_is_accepted_beside_the_new_one" {
  command = plan

  variables {
    further_audiences = { impersonate = ["https://old.example/v1/token"] }
  }

  assert {
    condition     = contains(output.audiences.impersonate, "https://old.example/v1/token") && !contains(output.audiences.delegate, "https://old.example/v1/token")
    error_message = "the function it was named for has to accept it, and the other must not"
  }
}

run "one_address_stands_for_all_regions" {
  command = plan

  variables {
    edge = "function"
    address = {
      domain       = "vending.acme.example"
      network      = "projects/acme-vending/global/networks/workers"
      certificates = ["projects/acme-vending/locations/global/certificates/vending"]
    }
  }

  assert {
    condition     = jsonencode(output.audiences) == jsonencode({ delegate = ["https://delegate.vending.acme.example/v1/token"], impersonate = ["https://impersonate.vending.acme.example/v1/token"] })
    error_message = "one audience for each function, in all regions"
  }
  assert {
    condition     = length(google_compute_backend_service.function) == 2 && length(google_compute_region_network_endpoint_group.function) == 4
    error_message = "each function is behind it, in each region"
  }
  assert {
    condition     = output.refresher_environments["europe-west1"] == output.refresher_environments["us-central1"]
    error_message = "refreshers of all regions call the same address"
  }
}

run "the_database_outlives_mistakes" {
  command = plan

  assert {
    condition     = google_firestore_database.grants.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_firestore_database.grants.deletion_policy == "ABANDON" && google_firestore_database.grants.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"
    error_message = "neither Terraform nor Google may delete it, and yesterday has to be there"
  }
  assert {
    condition     = google_firestore_backup_schedule.daily.retention == "1209600s"
    error_message = "backups are kept for two weeks"
  }
}

run "a_tear_down_is_said_before_it_is_done" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = google_firestore_database.grants.delete_protection_state == "DELETE_PROTECTION_DISABLED" && google_firestore_database.grants.deletion_policy == "DELETE" && google_storage_bucket.archives["functions"].force_destroy
    error_message = "everything has to go"
  }
}

run "grant_administrators_reach_one_database" {
  command = plan

  variables {
    grant_administrators = ["group:token-admins@example.com"]
  }

  assert {
    condition     = google_project_iam_member.manages_grants["group:token-admins@example.com"].condition[0].expression == "resource.name == \"projects/acme-vending/databases/grants\""
    error_message = "no other database of the project"
  }
}

run "keys_of_ones_own_encrypt_whatever_holds_something" {
  command = plan

  variables {
    kms_keys = {
      regions = {
        europe-west1 = "projects/k/locations/europe-west1/keyRings/r/cryptoKeys/a"
        us-central1  = "projects/k/locations/us-central1/keyRings/r/cryptoKeys/b"
      }
      database = "projects/k/locations/us/keyRings/r/cryptoKeys/c"
    }
  }

  assert {
    condition     = alltrue([for key, function in google_cloudfunctions2_function.vending : function.kms_key_name == var.kms_keys.regions[split("/", key)[1]]])
    error_message = "functions have the key of their region"
  }
  assert {
    condition     = google_firestore_database.grants.cmek_config[0].kms_key_name == var.kms_keys.database && google_logging_project_bucket_config.audit.cmek_settings[0].kms_key_name == var.kms_keys.regions["us-central1"] && alltrue([for bucket in google_storage_bucket.archives : bucket.encryption[0].default_kms_key_name == var.kms_keys.regions["us-central1"]])
    error_message = "so have the database, the audit log and the buckets"
  }
}

run "in_a_perimeter_all_egress_goes_through_the_vpc_and_builds_run_in_pools_of_ones_own" {
  command = plan

  variables {
    egress             = "vpc"
    build_worker_pools = { us-central1 = "projects/p/locations/us-central1/workerPools/w" }
  }

  assert {
    condition     = alltrue([for key, function in google_cloudfunctions2_function.vending : function.service_config[0].direct_vpc_egress == "VPC_EGRESS_ALL_TRAFFIC" && function.service_config[0].direct_vpc_network_interface[0].subnetwork == var.subnetworks[split("/", key)[1]]])
    error_message = "egress has to go through the subnetwork of the region"
  }
  assert {
    condition     = google_cloudfunctions2_function.vending["impersonate/us-central1"].build_config[0].worker_pool == "projects/p/locations/us-central1/workerPools/w"
    error_message = "the build has to run in the pool of its region"
  }
}

run "an_archive_is_named_by_its_content" {
  command = plan

  assert {
    condition     = google_storage_bucket_object.archives["functions"].name == "functions-${filesha256("firestore.rules")}.zip" && output.archive_sha256 == filesha256("firestore.rules")
    error_message = "the object's name is the digest of what it holds"
  }
}

run "a_worker_vm_that_starts_from_an_older_template_still_finds_its_package" {
  command = plan

  assert {
    condition     = alltrue([for object in google_storage_bucket_object.archives : object.deletion_policy == "ABANDON"])
    error_message = "the package before must not be deleted: templates before name it"
  }
}

run "after_an_apply_the_admin_console_can_be_told_what_to_allow" {
  command = apply

  override_resource {
    target = google_service_account.signer["drive"]
    values = { unique_id = "103366554412345678901" }
  }

  assert {
    condition     = output.delegation.drive.client_id == "103366554412345678901" && output.delegation.drive.scopes == "https://www.googleapis.com/auth/drive.readonly"
    error_message = "the numeric client id and the line of scopes"
  }
}
