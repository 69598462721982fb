#!/bin/sh
# test.sh ARGUMENT…: what `npm test` runs, as far as the image of this step can. The image's own programs come first.

set -eu
PATH=$PATH:$PWD/dist/tools
exec node node_modules/vitest/vitest.mjs run "$@"
