#!/bin/sh
# Step `install`: the packages of the lock file, without the scripts that they would run, and signed by their registry.

set -eu
npm ci --ignore-scripts
npm audit signatures
sh cloudbuild/keep.sh node
