#!/usr/bin/env bash
# Writes what is made from the code. Its results are committed.
#
#   scripts/gen.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1

# A result is replaced only when it was made whole.
made=$(mktemp)
trap 'rm -f "$made"' EXIT

"$binary" schema >"$made"
cp "$made" web/schema.graphql
npm --prefix web run gen

{
  printf '# Options of the server\n\n'
  printf 'A flag beats its variable, the variable beats the file, the file beats the default.\n\n'
  "$binary" config reference
} >"$made"
cp "$made" docs/src/configuration.md

"$binary" operations >"$made"
cp "$made" docs/src/operations.md

"$binary" sqlite-tables >"$made"
cp "$made" crates/analyzer/tables.sql
