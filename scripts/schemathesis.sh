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

command -v python3 >/dev/null || install_package python3
tool=${SCHEMATHESIS:-}
if [ -z "$tool" ]; then
  say "install schemathesis $version"
  python3 -m venv "$folder/venv" 2>/dev/null || { rm -rf "$folder/venv"; install_package python3-venv; python3 -m venv "$folder/venv"; }
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
  tool=$folder/venv/bin/schemathesis
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

say "every operation, as described and otherwise"
# Left out: what ends the key or the session of the run, and the search that answers nothing at all, not even an
# empty list, when nothing is asked for, as Dependency-Track does.
(
  cd "$folder"
  "$tool" run "$base/api/openapi.json" \
    --header "X-Api-Key: $key" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --phases coverage --workers 2 --seed 1 \
    --generation-deterministic --suppress-health-check all \
    --continue-on-failure --request-timeout 30 --no-color \
    --exclude-path-regex '/v1/team/key/|/v1/user/(forceChangePassword|logout)|/v1/component/identity' "$@"
) || { grep -E 'ERROR|panicked' "$folder/server.log" | tail -20 >&2; die "schemathesis found something"; }
