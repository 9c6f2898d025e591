#!/bin/sh
# gzip.sh FILE TARGET: compresses without a name and a time, so that the same file gives the same bytes.
set -e
gzip -9n <"$1" >"$2"
