#!/usr/bin/env bash
# Prints the path of a Chromium for the browser tests; installs Debian's where there is none.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

find_browser() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name"; then return 0; fi
  done
  return 1
}

if ! find_browser; then
  install_package chromium
  find_browser || die "chromium was installed, but is not in the PATH"
fi
