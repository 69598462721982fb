# What the module of worker VMs promises, and what it stops at the plan.

mock_provider "google" {}

variables {
  project_id   = "acme-workers"
  name         = "workers"
  subnetworks  = { us-central1 = "projects/acme-workers/regions/us-central1/subnetworks/workers" }
  environments = { us-central1 = { TOKEN_VENDING_IMPERSONATE_URL = "https://impersonate.example" } }
  package = {
    bucket = "acme-vending-vending-worker"
    object = "worker-0000000000000000000000000000000000000000000000000000000000000000.tar.gz"
    sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  }
}

run "a_vm_is_told_its_functions" {
  command = plan

  assert {
    condition     = strcontains(google_compute_instance_template.worker["us-central1"].metadata["user-data"], "TOKEN_VENDING_IMPERSONATE_URL=https://impersonate.example")
    error_message = "the refresher's variables have to be in host.env"
  }
}

run "the_account_may_write_logs_and_read_the_package" {
  command = plan

  assert {
    condition     = google_project_iam_member.writes_log.role == "roles/logging.logWriter" && google_storage_bucket_iam_member.reads_package.bucket == "acme-vending-vending-worker"
    error_message = "and nothing else"
  }
}

run "a_scheduler_that_is_named_reaches_the_metadata_server" {
  command = plan

  variables {
    allowed_cgroups = ["system.slice/scheduler.service"]
  }

  assert {
    condition     = strcontains(google_compute_instance_template.worker["us-central1"].metadata["user-data"], "--allow-cgroup system.slice/scheduler.service")
    error_message = "its cgroup has to pass the concealment"
  }
}

run "a_region_without_the_function_is_refused" {
  command = plan

  variables {
    subnetworks = { asia-east1 = "projects/acme-workers/regions/asia-east1/subnetworks/workers" }
  }

  expect_failures = [var.subnetworks]
}

run "a_name_that_is_no_service_accounts_is_refused" {
  command = plan

  variables {
    name = "w"
  }

  expect_failures = [var.name]
}

run "a_variable_with_a_line_break_is_refused" {
  command = plan

  variables {
    environments = { us-central1 = { TOKEN_VENDING_IMPERSONATE_URL = "https://a.example\nTOKEN_VENDING_HOST_FLAGS=" } }
  }

  expect_failures = [var.environments]
}

run "a_package_without_a_digest_is_refused" {
  command = plan

  variables {
    package = { bucket = "b", object = "o", sha256 = "" }
  }

  expect_failures = [var.package]
}

run "a_slice_that_may_hold_tasks_is_refused" {
  command = plan

  variables {
    allowed_cgroups = ["system.slice"]
  }

  expect_failures = [var.allowed_cgroups]
}
