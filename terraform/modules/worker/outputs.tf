output "service_account" {
  description = "E-mail of the VMs' service account, for `callers`."
  value       = local.service_account
}

output "service_account_unique_id" {
  description = "Its numeric id, which grants name."
  value       = google_service_account.worker.unique_id
}

output "member" {
  description = "The same account as an IAM member."
  value       = local.member
}

output "instance_templates" {
  description = "Region → the template."
  value       = { for region, template in google_compute_instance_template.worker : region => template.self_link_unique }
  # a VM that starts before its account may read the package stops again
  depends_on = [google_storage_bucket_iam_member.reads_package]
}
