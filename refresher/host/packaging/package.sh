#!/bin/sh
# `npm run build:worker`: puts what a worker VM installs into dist/worker.tar.gz, to be unpacked at its root: the daemon, the
# prober, and the Node that runs them. Files alone: a folder in it would change the VM's own.

set -eu
packaging=$(cd "$(dirname "$0")" && pwd)
dist=$packaging/../../../dist
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

sh "$packaging/install.sh" "$scratch/root"
install -m 644 "$dist/probe.mjs" "$scratch/root/usr/local/lib/token-vending/probe.mjs"
(cd "$scratch/root" && find etc usr -type f | LC_ALL=C sort) > "$scratch/files"
tar --create --file "$scratch/worker.tar" --directory "$scratch/root" --no-recursion --files-from "$scratch/files" \
  --owner 0 --group 0 --numeric-owner --mtime @0
gzip -n < "$scratch/worker.tar" > "$dist/worker.tar.gz"
echo "dist/worker.tar.gz: sha256 $(sha256sum < "$dist/worker.tar.gz" | cut -d ' ' -f 1)"
