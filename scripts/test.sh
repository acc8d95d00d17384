#!/usr/bin/env bash
# Every test that needs no more than the repository and the package registries.
#
#   scripts/test.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh
binary=$1

say "format and lints"
cargo fmt --all --check
cargo clippy --locked --workspace --all-targets -- -D warnings

say "web: lints, types, unit tests"
npm --prefix web run lint
npm --prefix web run typecheck
npm --prefix web run test

# The same selection of packages everywhere: another one would compile with other features again.
say "tests on SQLite"
cargo test --locked --workspace

say "the same tests on PostgreSQL"
scripts/with-postgres.sh cargo test --locked --workspace

say "the demo"
cargo build --locked --workspace --bins --examples
PORT=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
PORT=$PORT ONCE=1 node scripts/demo.mjs "$binary"

say "public clients of Dependency-Track"
node scripts/clients.mjs "$binary"

say "the analyzer by its description"
scripts/schemathesis.sh "$binary"

say "web: browser test"
CHROMIUM=$(scripts/chromium.sh)
TWINTRACK_BIN=$(realpath "$binary")
# The stand-in for other servers.
STAND_IN_BIN=$(dirname "$TWINTRACK_BIN")/examples/stand_in
export CHROMIUM TWINTRACK_BIN STAND_IN_BIN
npm --prefix web run test:browser

say "all tests passed"
