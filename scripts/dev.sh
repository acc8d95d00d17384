#!/usr/bin/env bash
# A server on ./data, and the web UI's development server in front of it. Ctrl-C ends both.
#
#   scripts/dev.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."

"$1" serve --mirrors false &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" || true' EXIT
npm --prefix web run dev
