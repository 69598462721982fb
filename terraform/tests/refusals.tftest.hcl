# What is stopped at the plan.

mock_provider "google" {}

variables {
  project_id     = "acme-vending"
  project_number = 111222333444
  regions        = ["us-central1"]
  subnetworks    = { us-central1 = "projects/acme-vending/regions/us-central1/subnetworks/workers" }
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
    trainer = { service_account = "trainer@acme-vending.iam.gserviceaccount.com" }
  }
  delegation_signers = {
    drive = { subjects = ["@example.com"], scopes = ["https://www.googleapis.com/auth/drive.readonly"] }
  }
}

run "a_project_id_that_is_a_number_is_refused" {
  command = plan

  variables {
    project_id = "111222333444"
  }

  expect_failures = [var.project_id]
}

run "a_project_number_that_is_none_is_refused" {
  command = plan

  variables {
    project_number = -1
  }

  expect_failures = [var.project_number]
}

run "a_name_too_long_for_service_accounts_is_refused" {
  command = plan

  variables {
    name = "token-vending"
  }

  expect_failures = [var.name]
}

run "no_region_is_refused" {
  command = plan

  variables {
    regions     = []
    subnetworks = {}
  }

  expect_failures = [var.regions]
}

run "a_zone_for_a_region_is_refused" {
  command = plan

  variables {
    regions = ["us-central1-a"]
  }

  expect_failures = [var.regions]
}

run "a_region_twice_is_refused" {
  command = plan

  variables {
    regions = ["us-central1", "us-central1"]
  }

  expect_failures = [var.regions]
}

run "the_default_database_is_refused" {
  command = plan

  variables {
    database = { id = "(default)" }
  }

  expect_failures = [var.database]
}

run "an_archive_that_was_not_built_is_refused" {
  command = plan

  variables {
    archive = "no-such-file.zip"
  }

  expect_failures = [var.archive]
}

run "a_worker_package_that_was_not_built_is_refused" {
  command = plan

  variables {
    worker_package = "no-such-file.tar.gz"
  }

  expect_failures = [var.worker_package]
}

run "a_caller_that_is_a_person_is_refused" {
  command = plan

  variables {
    callers = { alice = { service_account = "alice@example.com", project_numbers = [1] } }
  }

  expect_failures = [var.callers]
}

run "a_caller_without_a_project_is_refused" {
  command = plan

  variables {
    callers = { workers = { service_account = "workers@acme-workers.iam.gserviceaccount.com", project_numbers = [] } }
  }

  expect_failures = [var.callers]
}

run "a_caller_whose_numeric_id_is_an_e_mail_is_refused" {
  command = plan

  variables {
    callers = { workers = { service_account = "workers@acme-workers.iam.gserviceaccount.com", project_numbers = [1], unique_id = "workers" } }
  }

  expect_failures = [var.callers]
}

run "a_caller_twice_is_refused" {
  command = plan

  variables {
    callers = {
      a = { service_account = "workers@acme-workers.iam.gserviceaccount.com", project_numbers = [1] }
      b = { service_account = "workers@acme-workers.iam.gserviceaccount.com", project_numbers = [2] }
    }
  }

  expect_failures = [var.callers]
}

run "a_target_in_capitals_is_refused" {
  command = plan

  variables {
    targets = { trainer = { service_account = "Trainer@acme-vending.iam.gserviceaccount.com" } }
  }

  expect_failures = [var.targets]
}

run "a_target_that_is_a_user_is_refused" {
  command = plan

  variables {
    targets = { alice = { service_account = "alice@example.com" } }
  }

  expect_failures = [var.targets]
}

run "a_target_twice_is_refused" {
  command = plan

  variables {
    targets = {
      a = { service_account = "trainer@acme-vending.iam.gserviceaccount.com" }
      b = { service_account = "trainer@acme-vending.iam.gserviceaccount.com" }
    }
  }

  expect_failures = [var.targets]
}

run "a_target_that_is_a_signer_is_refused" {
  command = plan

  variables {
    targets = { signer = { service_account = "vending-sign-drive@acme-vending.iam.gserviceaccount.com" } }
  }

  expect_failures = [var.targets]
}

run "a_target_that_is_a_function_is_refused" {
  command = plan

  variables {
    targets = { delegate = { service_account = "vending-delegate@acme-vending.iam.gserviceaccount.com" } }
  }

  expect_failures = [var.targets]
}

run "a_target_that_builds_a_function_is_refused" {
  command = plan

  variables {
    targets = { build = { service_account = "vending-delegate-build@acme-vending.iam.gserviceaccount.com" } }
  }

  expect_failures = [var.targets]
}

run "a_target_that_is_a_caller_is_refused" {
  command = plan

  variables {
    organization_id = "987654321098"
    targets         = { workers = { service_account = "workers@acme-workers.iam.gserviceaccount.com" } }
  }

  expect_failures = [var.targets]
}

run "a_target_of_no_token_is_refused" {
  command = plan

  variables {
    targets = { trainer = { service_account = "trainer@acme-vending.iam.gserviceaccount.com", access_tokens = false } }
  }

  expect_failures = [var.targets]
}

run "a_target_for_longer_than_google_allows_is_refused" {
  command = plan

  variables {
    targets = { trainer = { service_account = "trainer@acme-vending.iam.gserviceaccount.com", max_lifetime_seconds = 86400 } }
  }

  expect_failures = [var.targets]
}

run "a_target_of_another_project_without_an_organization_is_refused" {
  command = plan

  variables {
    targets = { trainer = { service_account = "trainer@acme-data.iam.gserviceaccount.com" } }
  }

  expect_failures = [var.targets]
}

run "an_organization_by_its_name_is_refused" {
  command = plan

  variables {
    organization_id = "acme.example"
  }

  expect_failures = [var.organization_id]
}

run "a_signer_whose_name_is_too_long_is_refused" {
  command = plan

  variables {
    delegation_signers = { everything-in-the-drive = { subjects = ["@example.com"], scopes = ["https://www.googleapis.com/auth/drive.readonly"] } }
  }

  expect_failures = [var.delegation_signers]
}

run "a_signer_for_nobody_is_refused" {
  command = plan

  variables {
    delegation_signers = { drive = { subjects = [], scopes = ["https://www.googleapis.com/auth/drive.readonly"] } }
  }

  expect_failures = [var.delegation_signers]
}

run "a_signer_for_everybody_with_a_star_is_refused" {
  command = plan

  variables {
    delegation_signers = { drive = { subjects = ["*@example.com"], scopes = ["https://www.googleapis.com/auth/drive.readonly"] } }
  }

  expect_failures = [var.delegation_signers]
}

run "a_subject_that_is_a_service_account_is_refused" {
  command = plan

  variables {
    delegation_signers = { drive = { subjects = ["trainer@acme-vending.iam.gserviceaccount.com"], scopes = ["https://www.googleapis.com/auth/drive.readonly"] } }
  }

  expect_failures = [var.delegation_signers]
}

run "a_scope_that_is_no_url_is_refused" {
  command = plan

  variables {
    delegation_signers = { drive = { subjects = ["@example.com"], scopes = ["drive.readonly"] } }
  }

  expect_failures = [var.delegation_signers]
}

run "a_scope_that_manages_the_directory_is_refused" {
  command = plan

  variables {
    delegation_signers = { drive = { subjects = ["@example.com"], scopes = ["https://www.googleapis.com/auth/admin.directory.user"] } }
  }

  expect_failures = [var.delegation_signers]
}

run "a_scope_that_reads_everybodys_mail_is_refused" {
  command = plan

  variables {
    delegation_signers = { drive = { subjects = ["@example.com"], scopes = ["https://www.googleapis.com/auth/ediscovery"] } }
  }

  expect_failures = [var.delegation_signers]
}

run "a_grant_for_a_caller_that_is_none_is_refused" {
  command = plan

  variables {
    bootstrap_grants = { others = {} }
  }

  expect_failures = [var.bootstrap_grants]
}

run "a_grant_for_a_caller_without_a_numeric_id_is_refused" {
  command = plan

  variables {
    callers          = { workers = { service_account = "workers@acme-workers.iam.gserviceaccount.com", project_numbers = [1] } }
    bootstrap_grants = { workers = {} }
  }

  expect_failures = [var.bootstrap_grants]
}

run "a_grant_of_what_is_no_target_is_refused" {
  command = plan

  variables {
    bootstrap_grants = { workers = { "serviceAccount:other@acme-vending.iam.gserviceaccount.com" = { scopes = ["https://www.googleapis.com/auth/devstorage.read_only"] } } }
  }

  expect_failures = [google_firestore_document.bootstrap]
}

run "a_grant_of_a_user_without_a_signer_is_refused" {
  command = plan

  variables {
    bootstrap_grants = { workers = { "user:alice@example.com" = { scopes = ["https://www.googleapis.com/auth/drive.readonly"] } } }
  }

  expect_failures = [google_firestore_document.bootstrap]
}

run "a_grant_for_longer_than_its_target_allows_is_refused" {
  command = plan

  variables {
    bootstrap_grants = { workers = { "serviceAccount:trainer@acme-vending.iam.gserviceaccount.com" = { scopes = ["https://www.googleapis.com/auth/devstorage.read_only"], lifetime_seconds = 7200 } } }
  }

  expect_failures = [google_firestore_document.bootstrap]
}

run "a_grant_of_id_tokens_where_the_target_has_none_is_refused" {
  command = plan

  variables {
    bootstrap_grants = { workers = { "serviceAccount:trainer@acme-vending.iam.gserviceaccount.com" = { id_token_audiences = ["https://api.example.com"] } } }
  }

  expect_failures = [google_firestore_document.bootstrap]
}

run "a_grant_of_nothing_is_refused" {
  command = plan

  variables {
    bootstrap_grants = { workers = { "serviceAccount:trainer@acme-vending.iam.gserviceaccount.com" = {} } }
  }

  expect_failures = [google_firestore_document.bootstrap]
}

run "a_grant_of_a_user_beyond_the_signers_subjects_is_refused" {
  command = plan

  variables {
    bootstrap_grants = { workers = { "user:alice@example.org" = { signer = "drive", scopes = ["https://www.googleapis.com/auth/drive.readonly"] } } }
  }

  expect_failures = [google_firestore_document.bootstrap]
}

run "a_grant_of_a_user_beyond_the_signers_scopes_is_refused" {
  command = plan

  variables {
    bootstrap_grants = { workers = { "user:alice@example.com" = { signer = "drive", scopes = ["https://www.googleapis.com/auth/drive"] } } }
  }

  expect_failures = [google_firestore_document.bootstrap]
}

run "a_grant_administrator_that_is_everybody_is_refused" {
  command = plan

  variables {
    grant_administrators = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.grant_administrators]
}

run "an_edge_that_there_is_not_is_refused" {
  command = plan

  variables {
    edge = "none"
  }

  expect_failures = [var.edge]
}

run "one_address_that_the_platform_does_not_know_is_refused" {
  command = plan

  variables {
    address = { domain = "vending.acme.example", network = "projects/p/global/networks/n", certificates = ["c"] }
  }

  expect_failures = [var.edge]
}

run "an_ingress_that_there_is_not_is_refused" {
  command = plan

  variables {
    ingress = "public"
  }

  expect_failures = [var.ingress]
}

run "one_address_and_the_internet_is_refused" {
  command = plan

  variables {
    edge    = "function"
    ingress = "all"
    address = { domain = "vending.acme.example", network = "projects/p/global/networks/n", certificates = ["c"] }
  }

  expect_failures = [var.ingress]
}

run "a_region_without_a_subnetwork_is_refused" {
  command = plan

  variables {
    regions = ["us-central1", "europe-west1"]
  }

  expect_failures = [var.subnetworks]
}

run "a_subnetwork_of_a_region_without_the_function_is_refused" {
  command = plan

  variables {
    subnetworks = {
      us-central1 = "projects/acme-vending/regions/us-central1/subnetworks/workers"
      asia-east1  = "projects/acme-vending/regions/asia-east1/subnetworks/workers"
    }
  }

  expect_failures = [var.subnetworks]
}

run "a_subnetwork_of_another_region_is_refused" {
  command = plan

  variables {
    subnetworks = { us-central1 = "projects/acme-vending/regions/europe-west1/subnetworks/workers" }
  }

  expect_failures = [var.subnetworks]
}

run "an_egress_that_there_is_not_is_refused" {
  command = plan

  variables {
    egress = "none"
  }

  expect_failures = [var.egress]
}

run "an_address_with_a_scheme_is_refused" {
  command = plan

  variables {
    edge    = "function"
    address = { domain = "https://vending.acme.example", network = "projects/p/global/networks/n", certificates = ["c"] }
  }

  expect_failures = [var.address]
}

run "an_address_without_a_certificate_is_refused" {
  command = plan

  variables {
    edge    = "function"
    address = { domain = "vending.acme.example", network = "projects/p/global/networks/n", certificates = [] }
  }

  expect_failures = [var.address]
}

run "an_audience_that_both_functions_would_accept_is_refused" {
  command = plan

  variables {
    further_audiences = { impersonate = ["https://old.example/v1/token"], delegate = ["https://old.example/v1/token"] }
  }

  expect_failures = [var.further_audiences]
}

run "an_audience_that_is_the_other_functions_own_is_refused" {
  command = plan

  variables {
    further_audiences = { impersonate = ["https://vending-delegate-111222333444.us-central1.run.app/v1/token"] }
  }

  expect_failures = [var.further_audiences]
}

run "an_audience_that_the_platform_accepts_is_refused" {
  command = plan

  variables {
    further_audiences = { impersonate = ["https://vending-impersonate-111222333444.us-central1.run.app/"] }
  }

  expect_failures = [var.further_audiences]
}

run "more_instances_at_least_than_at_most_is_refused" {
  command = plan

  variables {
    scaling = { min_instances = 5, max_instances = 2 }
  }

  expect_failures = [var.scaling]
}

run "instances_without_bound_is_refused" {
  command = plan

  variables {
    scaling = { max_instances = 1000 }
  }

  expect_failures = [var.scaling]
}

run "a_deadline_after_the_platforms_is_refused" {
  command = plan

  variables {
    deadline_ms = 60000
  }

  expect_failures = [var.deadline_ms]
}

run "a_region_without_a_key_is_refused" {
  command = plan

  variables {
    kms_keys = { regions = {}, database = "projects/k/locations/us/keyRings/r/cryptoKeys/c" }
  }

  expect_failures = [var.kms_keys]
}

run "a_key_that_is_none_is_refused" {
  command = plan

  variables {
    kms_keys = { regions = { us-central1 = "my-key" }, database = "projects/k/locations/us/keyRings/r/cryptoKeys/c" }
  }

  expect_failures = [var.kms_keys]
}

run "a_build_pool_of_a_region_without_the_function_is_refused" {
  command = plan

  variables {
    build_worker_pools = { asia-east1 = "projects/p/locations/asia-east1/workerPools/w" }
  }

  expect_failures = [var.build_worker_pools]
}

run "a_notification_channel_by_its_e_mail_is_refused" {
  command = plan

  variables {
    notification_channels = ["oncall@example.com"]
  }

  expect_failures = [var.notification_channels]
}

run "a_deployer_as_an_iam_member_is_refused" {
  command = plan

  variables {
    deployers = ["serviceAccount:terraform@acme-ci.iam.gserviceaccount.com"]
  }

  expect_failures = [var.deployers]
}

run "an_audit_log_for_a_day_is_refused" {
  command = plan

  variables {
    audit = { retention_days = 1 }
  }

  expect_failures = [var.audit]
}

run "an_objective_that_nobody_can_meet_is_refused" {
  command = plan

  variables {
    objectives = { without_fault = 1 }
  }

  expect_failures = [var.objectives]
}
