#!/usr/bin/env bash
# Calls every operation of the analyzer with what its own description allows and what it does not:
# nothing may answer 5xx, and what is answered must be as described.
#
#   scripts/schemathesis.sh BINARY [options of `schemathesis run`]
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh
binary=$(realpath "$1")
shift
config=$PWD/scripts/schemathesis.toml
version=4.32.5

folder=$(mktemp -d "${TMPDIR:-/tmp}/twintrack-schemathesis-XXXXXX")
server=
stop() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# SCHEMATHESIS names another one, installed already.
tool=${SCHEMATHESIS:-}
if [ -z "$tool" ]; then
  venv=$(realpath -m "${CARGO_TARGET_DIR:-target}/schemathesis-$version")
  tool=$venv/bin/schemathesis
  if ! "$tool" --version >/dev/null 2>&1; then
    say "install schemathesis $version"
    command -v python3 >/dev/null || install_package python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_package python3-venv
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
  fi
fi

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
data=(--data-dir "$folder/data")
"$binary" advisories import --source osv demo/advisories "${data[@]}" >/dev/null
key=$("$binary" api-key create --team Administrators "${data[@]}")
"$binary" serve --listen "127.0.0.1:$port" --mirrors false "${data[@]}" 2>"$folder/server.log" &
server=$!
base=http://127.0.0.1:$port
for _ in $(seq 100); do curl -fsS "$base/health/ready" >/dev/null 2>&1 && break; sleep 0.1; done
curl -fsS -H "X-Api-Key: $key" -F projectName=saleor -F projectVersion=1 -F autoCreate=true \
  -F "bom=@$(ls demo/sboms/*.json | head -1)" "$base/api/v1/bom" >/dev/null

# The same cases at every run. Left out: what ends the key or the session of the run.
say "every operation, as described and otherwise"
(
  cd "$folder"
  "$tool" --config-file "$config" run "$base/api/openapi.json" \
    --header "X-Api-Key: $key" \
    --phases examples,coverage,fuzzing --max-examples 10 --workers 2 \
    --generation-deterministic --suppress-health-check all \
    --continue-on-failure --request-timeout 30 --warnings off --no-color \
    --exclude-path-regex '/v1/team/key/|/v1/user/(forceChangePassword|logout)' "$@"
) || { grep -E 'ERROR|panicked' "$folder/server.log" | tail -20 >&2; die "schemathesis found something"; }
