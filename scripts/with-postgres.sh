#!/usr/bin/env bash
# Runs a command with a PostgreSQL of its own: a throw-away cluster on a free loopback port, whose
# address is in TWINTRACK_TEST_POSTGRES. It is stopped and removed however the command ends.
#
#   scripts/with-postgres.sh cargo test --release
set -euo pipefail
source "$(dirname "$0")/lib.sh"

# The folder of initdb and pg_ctl; Debian keeps them out of the PATH.
find_tools() {
  local candidates=("$(dirname "$(command -v initdb || echo none)")" /usr/lib/postgresql/*/bin) index
  for ((index = ${#candidates[@]} - 1; index >= 0; index--)); do
    if [ -x "${candidates[index]}/initdb" ] && [ -x "${candidates[index]}/pg_ctl" ]; then
      echo "${candidates[index]}"
      return 0
    fi
  done
  return 1
}

if ! tools=$(find_tools); then
  install_package postgresql
  tools=$(find_tools) || die "postgresql was installed, but initdb and pg_ctl are not found"
fi

# PostgreSQL refuses to run as root.
as_user=()
if [ "$(id -u)" -eq 0 ]; then
  user=nobody
  if id postgres >/dev/null 2>&1; then user=postgres; fi
  as_user=(runuser -u "$user" --)
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/twintrack-postgres-XXXXXX")
stop() {
  if [ -f "$folder/data/postmaster.pid" ]; then
    (cd / && "${as_user[@]}" "$tools/pg_ctl" stop -D "$folder/data" -m immediate >/dev/null) || true
  fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -n "${user:-}" ]; then chown "$user" "$folder"; fi

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
# The cluster is thrown away: nothing needs to survive a crash, so it does not wait for the disk.
options="-p $port -k $folder -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off -c full_page_writes=off"
(
  cd /
  "${as_user[@]}" "$tools/initdb" -D "$folder/data" -U twintrack -A trust -E UTF8 --locale=C >/dev/null
  "${as_user[@]}" "$tools/pg_ctl" start -w -D "$folder/data" -l "$folder/log" -o "$options" >/dev/null
) || { cat "$folder/log" >&2 || true; die "PostgreSQL does not start"; }

TWINTRACK_TEST_POSTGRES="postgres://twintrack@127.0.0.1:$port/postgres" "$@"
