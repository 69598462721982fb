# How a VM becomes a worker: https://cloudinit.readthedocs.io. The image brings cloud-init, python3, curl, ip and nft.

locals {
  host_flags = join(" ", [for cgroup in concat(local.own_cgroups, var.allowed_cgroups) : "--allow-cgroup ${cgroup}"])

  host_environments = {
    for region in keys(var.subnetworks) : region => join("\n", concat(
      [for variable, value in var.environments[region] : "${variable}=${value}"],
      ["TOKEN_VENDING_HOST_FLAGS=${local.host_flags}", ""],
    ))
  }

  cloud_init = {
    for region in keys(var.subnetworks) : region => join("\n", ["#cloud-config", yamlencode({
      write_files = concat(
        [
          { path = "/etc/token-vending/host.env", permissions = "0600", content = local.host_environments[region] },
          { path = "/var/lib/token-vending/install.sh", permissions = "0700", content = local.install },
        ],
        [for path, content in lookup(var.files, region, {}) : { path = path, permissions = "0644", content = content }],
      )
      runcmd = concat(
        ["/var/lib/token-vending/install.sh || { touch /run/token-vending-failed; shutdown -h now 'Token Vending could not be installed'; }"],
        var.commands,
      )
    })])
  }

  install = templatefile("${path.module}/install.sh.tftpl", {
    url    = "https://storage.googleapis.com/${var.package.bucket}/${var.package.object}"
    sha256 = var.package.sha256
  })
}
