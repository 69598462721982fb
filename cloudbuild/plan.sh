#!/bin/sh
# Step `plan`: what an apply would change, into dist/plan and, to be read by others, dist/plan.json.
#
# A build that does not apply takes no lock: its account writes nothing, not even that.

set -eu
PATH=$PATH:$PWD/dist/tools
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0

stop() {
  echo "plan: $1" >&2
  exit 1
}

[ -n "$ENVIRONMENT_DIR" ] || stop "no environment: give the trigger _ENVIRONMENT_DIR, the folder of a Terraform root"
[ -d "$ENVIRONMENT_DIR" ] || stop "_ENVIRONMENT_DIR is $ENVIRONMENT_DIR, and there is no such folder: commit it, or correct the trigger"
[ -n "$STATE_BUCKET" ] || stop "no bucket for the state: give the trigger _STATE_BUCKET, an output of bootstrap"
grep -q '^ *backend "gcs"' "$ENVIRONMENT_DIR"/*.tf ||
  stop "$ENVIRONMENT_DIR keeps its state in this build, which ends: add backend \"gcs\" {} to its terraform block"
[ -f "$ENVIRONMENT_DIR/.terraform.lock.hcl" ] ||
  stop "$ENVIRONMENT_DIR has no lock file: run terraform -chdir=$ENVIRONMENT_DIR init -backend=false, and commit .terraform.lock.hcl"
case $APPLY in
  yes) lock=true ;;
  no) lock=false ;;
  *) stop "_APPLY is $APPLY: give the trigger yes or no" ;;
esac

terraform -chdir="$ENVIRONMENT_DIR" init -lockfile=readonly \
  -backend-config="bucket=$STATE_BUCKET" -backend-config="prefix=$ENVIRONMENT_DIR"
terraform -chdir="$ENVIRONMENT_DIR" plan -lock="$lock" -lock-timeout=5m -out="$PWD/dist/plan"
terraform -chdir="$ENVIRONMENT_DIR" show -json "$PWD/dist/plan" > dist/plan.json
node cloudbuild/planned-archives.ts
