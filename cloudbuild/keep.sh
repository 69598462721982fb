#!/bin/sh
# keep.sh PROGRAM: takes a program out of the image of this step, for steps with other images. It goes into dist, which all steps share.

set -eu
mkdir -p dist/tools
cp "$(command -v "$1")" "dist/tools/$1"
