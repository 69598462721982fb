#!/bin/sh
# Step `apply`: exactly what step `plan` showed; Terraform refuses where the state has changed since.

set -eu
PATH=$PATH:$PWD/dist/tools
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0

if [ "$APPLY" != yes ]; then
  echo "apply: _APPLY is $APPLY, so this build ends with its plan"
  exit 0
fi
terraform -chdir="$ENVIRONMENT_DIR" apply -lock-timeout=5m "$PWD/dist/plan"
date -u +%Y-%m-%dT%H:%M:%SZ > dist/applied-at
