# From an empty project to the first token, with one apply:
#
#   gcloud services enable cloudresourcemanager.googleapis.com serviceusage.googleapis.com --project acme-vending
#   npm ci && npm run build:worker
#   terraform -chdir=terraform/examples/minimal init
#   terraform -chdir=terraform/examples/minimal apply -var project_id=acme-vending -var project_number=111222333444
#
# A network, a template of worker VMs, and one service account that their tasks may become. docs/deploying.md goes on from here.

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.30, < 9.0"
    }
  }
}

variable "project_id" {
  description = "Id of an empty project with billing."
  type        = string
}

variable "project_number" {
  description = "Its number: gcloud projects describe PROJECT --format 'value(projectNumber)'."
  type        = number
}

variable "region" {
  description = "Where it runs."
  type        = string
  default     = "us-central1"
}

variable "database_location" {
  description = "Where the grants are: nam5, eur3 or a region. It can never be changed."
  type        = string
  default     = "nam5"
}

variable "deletion_protection" {
  description = "Set it to false, and apply, before a tear down."
  type        = bool
  default     = true
}

provider "google" {
  project = var.project_id
  region  = var.region

  # some APIs, firebaserules among them, want a project to count for when a person applies
  user_project_override = true
  billing_project       = var.project_id
}

module "token_vending" {
  source = "../.."

  project_id     = var.project_id
  project_number = var.project_number
  regions        = [var.region]
  subnetworks    = local.subnetworks
  database       = { location = var.database_location }
  archive        = "${path.module}/../../../dist/functions.zip"
  worker_package = "${path.module}/../../../dist/worker.tar.gz"

  deletion_protection = var.deletion_protection

  callers = {
    workers = {
      service_account = module.workers.service_account
      unique_id       = module.workers.service_account_unique_id
      project_numbers = [var.project_number]
    }
  }

  targets = {
    trainer = { service_account = local.trainer }
  }

  bootstrap_grants = {
    workers = {
      "serviceAccount:${local.trainer}" = { scopes = ["https://www.googleapis.com/auth/devstorage.read_write"] }
    }
  }
}

module "workers" {
  source = "../../modules/worker"

  project_id   = var.project_id
  name         = "workers"
  machine_type = "e2-small"
  subnetworks  = local.subnetworks
  environments = module.token_vending.refresher_environments
  package      = module.token_vending.worker_package

  depends_on = [google_project_service.first]
}

# What the worker becomes. Its e-mail is written out, so that a plan can check it.
resource "google_service_account" "trainer" {
  project      = var.project_id
  account_id   = "trainer"
  display_name = "What tasks become"

  depends_on = [google_project_service.first]
}

locals {
  trainer     = "${google_service_account.trainer.account_id}@${var.project_id}.iam.gserviceaccount.com"
  subnetworks = { (var.region) = "projects/${var.project_id}/regions/${var.region}/subnetworks/${google_compute_subnetwork.workers.name}" }
}

output "first_token" {
  description = "Starts a worker VM, and shows on it that a task is the trainer account."
  value       = <<-EOT
    gcloud compute instances create worker-1 --project ${var.project_id} --zone ${var.region}-b --source-instance-template ${module.workers.instance_templates[var.region]}
    gcloud compute ssh worker-1 --project ${var.project_id} --zone ${var.region}-b --tunnel-through-iap --command '
      sudo cloud-init status --wait
      sudo ip netns add task-1
      sudo refresher task add task-1 --target serviceAccount:${local.trainer} --netns /run/netns/task-1
      sudo ip netns exec task-1 curl -s -H "Metadata-Flavor: Google" http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/email'
  EOT
}

output "archive_sha256" {
  description = "SHA-256 of the archive that is deployed."
  value       = module.token_vending.archive_sha256
}
