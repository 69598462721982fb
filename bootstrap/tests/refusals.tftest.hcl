# What is stopped at the plan.

mock_provider "google" {}

variables {
  project_id      = "acme-vending"
  repository      = "projects/acme-vending/locations/us-central1/connections/github/repositories/deployment"
  environment_dir = "deployments/production"
  approvers       = ["group:deployers@example.com"]
}

run "a_project_id_that_is_a_number_is_refused" {
  command = plan

  variables {
    project_id = "111222333444"
    repository = "projects/1/locations/us-central1/connections/github/repositories/deployment"
  }

  expect_failures = [var.project_id]
}

run "a_deployed_project_that_is_an_address_is_refused" {
  command = plan

  variables {
    deployed_project_id = "https://acme"
  }

  expect_failures = [var.deployed_project_id]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "Vending"
  }

  expect_failures = [var.name]
}

run "a_zone_is_no_location" {
  command = plan

  variables {
    location   = "us-central1-b"
    repository = "projects/acme-vending/locations/us-central1-b/connections/github/repositories/deployment"
  }

  expect_failures = [var.location]
}

run "a_repository_by_its_address_is_refused" {
  command = plan

  variables {
    repository = "https://github.com/acme/deployment"
  }

  expect_failures = [var.repository]
}

run "a_repository_that_is_connected_elsewhere_is_refused" {
  command = plan

  variables {
    repository = "projects/acme-vending/locations/europe-west1/connections/github/repositories/deployment"
  }

  expect_failures = [var.repository]
}

run "a_pattern_is_no_branch" {
  command = plan

  variables {
    branch = ".*"
  }

  expect_failures = [var.branch]
}

run "a_folder_outside_the_repository_is_refused" {
  command = plan

  variables {
    environment_dir = "../elsewhere"
  }

  expect_failures = [var.environment_dir]
}

run "an_absolute_folder_is_refused" {
  command = plan

  variables {
    environment_dir = "/terraform"
  }

  expect_failures = [var.environment_dir]
}

run "nobody_to_approve_is_refused" {
  command = plan

  variables {
    approvers = []
  }

  expect_failures = [var.approvers]
}

run "a_program_must_not_approve" {
  command = plan

  variables {
    approvers = ["serviceAccount:robot@acme-vending.iam.gserviceaccount.com"]
  }

  expect_failures = [var.approvers]
}

run "everybody_must_not_approve" {
  command = plan

  variables {
    approvers = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.approvers]
}

run "an_organization_by_its_domain_is_refused" {
  command = plan

  variables {
    organization_id = "acme.example"
  }

  expect_failures = [var.organization_id]
}

run "targets_elsewhere_need_an_organization" {
  command = plan

  variables {
    target_project_ids = ["acme-data"]
  }

  expect_failures = [var.target_project_ids]
}

run "the_functions_own_project_is_no_other_project" {
  command = plan

  variables {
    organization_id    = "987654321098"
    target_project_ids = ["acme-vending"]
  }

  expect_failures = [var.target_project_ids]
}

run "a_network_elsewhere_needs_an_organization" {
  command = plan

  variables {
    network_project_id = "acme-network"
  }

  expect_failures = [var.network_project_id]
}

run "a_version_of_a_key_is_no_key" {
  command = plan

  variables {
    organization_id = "987654321098"
    kms_keys        = ["projects/acme-keys/locations/us-central1/keyRings/vending/cryptoKeys/vending/cryptoKeyVersions/1"]
  }

  expect_failures = [var.kms_keys]
}

run "keys_need_an_organization" {
  command = plan

  variables {
    kms_keys = ["projects/acme-keys/locations/us-central1/keyRings/vending/cryptoKeys/vending"]
  }

  expect_failures = [var.kms_keys]
}

run "a_key_ring_is_no_key_for_the_state" {
  command = plan

  variables {
    state_kms_key = "projects/acme-keys/locations/us-central1/keyRings/vending"
  }

  expect_failures = [var.state_kms_key]
}

run "builds_do_not_deploy_what_they_are_given" {
  command = plan

  variables {
    environment_dir = "bootstrap"
  }

  expect_failures = [var.environment_dir]
}
