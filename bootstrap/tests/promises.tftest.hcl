# What the builds are promised to be. Nothing is contacted.

mock_provider "google" {}

variables {
  project_id      = "acme-vending"
  repository      = "projects/acme-vending/locations/us-central1/connections/github/repositories/deployment"
  environment_dir = "deployments/production"
  approvers       = ["group:deployers@example.com"]
}

run "a_pull_request_is_planned_by_who_can_only_read" {
  command = plan

  assert {
    condition     = endswith(google_cloudbuild_trigger.plan.service_account, "/vending-plan@acme-vending.iam.gserviceaccount.com")
    error_message = "what comes from a pull request has to run as the account that plans"
  }
  assert {
    condition     = google_cloudbuild_trigger.plan.substitutions["_APPLY"] == "no"
    error_message = "a pull request is not applied"
  }
  assert {
    condition     = alltrue([for permission in google_project_iam_custom_role.plan.permissions : can(regex("\\.(get|getIamPolicy|getMetadata|list)$|^serviceusage\\.services\\.use$", permission))])
    error_message = "who plans may read, and nothing else"
  }
}

run "what_is_merged_is_applied_when_somebody_has_approved_it" {
  command = plan

  assert {
    condition     = endswith(google_cloudbuild_trigger.apply.service_account, "/vending-apply@acme-vending.iam.gserviceaccount.com") && google_cloudbuild_trigger.apply.approval_config[0].approval_required
    error_message = "an apply has to wait for an approval"
  }
  assert {
    condition     = google_cloudbuild_trigger.apply.repository_event_config[0].push[0].branch == "^main$" && length(google_cloudbuild_trigger.apply.repository_event_config[0].pull_request) == 0
    error_message = "only what was merged is applied"
  }
  assert {
    condition     = toset([for member in google_project_iam_member.approves : member.member]) == toset(["group:deployers@example.com"])
    error_message = "who approves was named"
  }
}

run "a_dot_in_the_name_of_the_branch_is_a_dot" {
  command = plan

  variables {
    branch = "release-1.0"
  }

  assert {
    condition     = google_cloudbuild_trigger.apply.repository_event_config[0].push[0].branch == "^release-1\\.0$"
    error_message = "no other branch may be deployed"
  }
}

run "the_state_cannot_get_lost" {
  command = plan

  assert {
    condition     = google_storage_bucket.state.versioning[0].enabled && google_storage_bucket.state.soft_delete_policy[0].retention_duration_seconds >= 7 * 24 * 3600 && !google_storage_bucket.state.force_destroy
    error_message = "what was overwritten or deleted can be taken back"
  }
}

run "the_state_is_encrypted_with_a_key_of_ones_own_where_one_is_given" {
  command = plan

  variables {
    state_kms_key = "projects/acme-keys/locations/us-central1/keyRings/vending/cryptoKeys/state"
  }

  assert {
    condition     = google_storage_bucket.state.encryption[0].default_kms_key_name == "projects/acme-keys/locations/us-central1/keyRings/vending/cryptoKeys/state"
    error_message = "the key has to be used"
  }
}

run "an_apply_gives_the_roles_of_the_deployment_alone" {
  command = plan

  variables {
    deployed_project_id = "acme-functions"
    name                = "vending-eu"
  }

  assert {
    condition     = google_project_iam_member.apply_limited["roles/resourcemanager.projectIamAdmin"].condition[0].expression == "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['projects/acme-functions/roles/vending_eu_manage_grants', 'projects/acme-functions/roles/vending_eu_read_grants', 'roles/logging.bucketWriter', 'roles/logging.logWriter', 'roles/storage.objectViewer'])"
    error_message = "these roles and no other"
  }
}

run "functions_in_another_project_are_deployed_there" {
  command = plan

  variables {
    deployed_project_id = "acme-functions"
  }

  assert {
    condition     = alltrue([for member in concat(values(google_project_iam_member.apply), values(google_project_iam_member.plan), values(google_project_iam_member.plans)) : member.project == "acme-functions"])
    error_message = "the builds' roles belong where the functions are"
  }
  assert {
    condition     = alltrue([for member in google_project_iam_member.writes_build_log : member.project == "acme-vending"])
    error_message = "logs of builds belong where the builds are"
  }
}

run "without_an_organization_nothing_outside_the_project_is_touched" {
  command = plan

  assert {
    condition     = length(google_organization_iam_custom_role.outside) + length(google_organization_iam_member.roles) + length(google_project_iam_member.targets) == 0
    error_message = "there is nothing outside"
  }
}

run "builds_are_denied_keys_wherever_there_are_targets" {
  command = plan

  variables {
    organization_id    = "987654321098"
    target_project_ids = ["acme-data"]
  }

  assert {
    condition     = toset(keys(google_iam_deny_policy.no_keys)) == toset(["acme-data", "acme-vending"])
    error_message = "the policy has to be on each project that has targets"
  }
}

run "without_an_organization_the_denial_can_be_left_out" {
  command = plan

  variables {
    deny_keys_and_tokens = false
  }

  assert {
    condition     = length(google_iam_deny_policy.no_keys) == 0
    error_message = "no policy is asked for"
  }
}

run "who_deploys_is_told_where_the_state_is_and_whose_changes_are_expected" {
  command = plan

  assert {
    condition     = output.backend_config == { bucket = "acme-vending-vending-state", prefix = "deployments/production" }
    error_message = "init needs both"
  }
  assert {
    condition     = output.deployers == ["vending-apply@acme-vending.iam.gserviceaccount.com"]
    error_message = "otherwise each apply raises alerts"
  }
}
