# What is needed to go on.

output "state_bucket" {
  description = "The bucket of the state."
  value       = google_storage_bucket.state.name
}

output "backend_config" {
  description = "For terraform init of the deployment, one line each with -backend-config: the bucket, and the folder in it."
  value = {
    bucket = google_storage_bucket.state.name
    prefix = var.environment_dir
  }
}

output "own_backend" {
  description = "The backend of this root itself, for bootstrap/backend.tf: its state moves into the bucket that it made."
  value       = <<-EOT
    terraform {
      backend "gcs" {
        bucket = "${google_storage_bucket.state.name}"
        prefix = "bootstrap"
      }
    }
  EOT
}

output "build_accounts" {
  description = "The e-mails of the accounts that plan and apply."
  value       = local.emails
}

output "deployers" {
  description = "For `deployers` of the deployment: what this account changes raises no alert."
  value       = [local.emails.apply]
}

output "triggers" {
  description = "The triggers: gcloud builds triggers run NAME starts one by hand."
  value = {
    location = var.location
    plan     = google_cloudbuild_trigger.plan.name
    apply    = google_cloudbuild_trigger.apply.name
  }
}
