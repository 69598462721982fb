# A company's deployment: two regions behind one address inside the VPC, targets in other projects, users by domain-wide delegation,
# keys of the company's own, and somebody who hears of alerts. The network, the keys and the certificate are made elsewhere.

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.30, < 9.0"
    }
  }
}

provider "google" {
  project = local.project_id
}

locals {
  project_id = "acme-vending"
  network    = "projects/acme-network/global/networks/workers"
  subnetworks = {
    europe-west1 = "projects/acme-network/regions/europe-west1/subnetworks/workers"
    us-central1  = "projects/acme-network/regions/us-central1/subnetworks/workers"
  }
}

module "token_vending" {
  source = "../.."

  project_id      = local.project_id
  project_number  = 111222333444
  organization_id = "987654321098"
  regions         = ["europe-west1", "us-central1"]
  database        = { location = "eur3" }
  archive         = "${path.module}/../../../dist/functions.zip"
  worker_package  = "${path.module}/../../../dist/worker.tar.gz"

  # the platform's own check does not know a common address: it admits everybody who gets there (allUsers), which from outside the VPC
  # is nobody, and the functions are the ones to check
  edge        = "function"
  ingress     = "internal"
  egress      = "vpc"
  subnetworks = local.subnetworks
  address = {
    domain       = "vending.acme.example"
    network      = local.network
    certificates = ["projects/acme-vending/locations/global/certificates/vending"]
  }

  callers = {
    batch = {
      service_account = "batch-workers@acme-workers.iam.gserviceaccount.com"
      project_numbers = [326694433618]
    }
    notebooks = {
      service_account = "notebooks@acme-notebooks.iam.gserviceaccount.com"
      project_numbers = [402112233445]
    }
  }

  targets = {
    trainer  = { service_account = "trainer@acme-data.iam.gserviceaccount.com" }
    reporter = { service_account = "reporter@acme-data.iam.gserviceaccount.com", id_tokens = true }
    deployer = { service_account = "deployer@acme-web.iam.gserviceaccount.com", access_tokens = false, id_tokens = true }
  }

  delegation_signers = {
    drive = {
      subjects = ["@acme.example"]
      scopes   = ["https://www.googleapis.com/auth/drive.readonly", "https://www.googleapis.com/auth/spreadsheets"]
    }
    calendar = {
      subjects = ["rooms@acme.example"]
      scopes   = ["https://www.googleapis.com/auth/calendar.events"]
    }
  }

  grant_administrators = ["group:token-admins@acme.example"]
  deployers            = ["terraform-apply@acme-ci.iam.gserviceaccount.com"]

  kms_keys = {
    regions = {
      europe-west1 = "projects/acme-keys/locations/europe-west1/keyRings/vending/cryptoKeys/vending"
      us-central1  = "projects/acme-keys/locations/us-central1/keyRings/vending/cryptoKeys/vending"
    }
    database = "projects/acme-keys/locations/europe/keyRings/vending/cryptoKeys/grants"
  }

  notification_channels = ["projects/acme-vending/notificationChannels/1234567890"]
  audit                 = { retention_days = 2555, locked = true }
  scaling               = { min_instances = 2, max_instances = 20 }
  labels                = { team = "platform" }
}

output "delegation" {
  description = "For the Workspace admin console: client id and scopes of each signer."
  value       = module.token_vending.delegation
}

output "refresher_environments" {
  description = "For the worker VMs of each region."
  value       = module.token_vending.refresher_environments
}

output "archive_sha256" {
  description = "SHA-256 of the archive that is deployed."
  value       = module.token_vending.archive_sha256
}
