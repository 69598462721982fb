terraform {
  # validation that looks at several variables
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.30, < 9.0"
    }
  }
}

provider "google" {
  project = var.project_id

  # some APIs want a project to count for when a person applies
  user_project_override = true
  billing_project       = var.project_id
}
