#!/usr/bin/env bash
# Fuzzes one target, or each, for a bounded time. It ends with an error at the first input that fails; the input lies in
# fuzz/artifacts.
#
#   scripts/fuzz.sh SECONDS [TARGET]
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh
seconds=$1 target=${2:-}

command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked
# The stable compiler does, and without sanitizers: the project has no unsafe code.
export RUSTC_BOOTSTRAP=1
# Its flags are those of cargo-fuzz.
unset RUSTFLAGS

all=$(cargo fuzz list)
if [ -n "$target" ] && ! grep -qx "$target" <<<"$all"; then
  die "there is no target $target; the targets are:
$all"
fi
for name in ${target:-$all}; do
  say "$name, $seconds s"
  mkdir -p "fuzz/corpus/$name"
  folders=("fuzz/corpus/$name")
  if [ -d "fuzz/seeds/$name" ]; then folders+=("fuzz/seeds/$name"); fi
  # version_maven has the words of version.dict; a version is short.
  words="fuzz/${name%%_*}.dict"
  longest=4096
  if [ "${name%%_*}" = version ]; then longest=200; fi
  options=("-max_total_time=$seconds" "-max_len=$longest" -timeout=20)
  if [ -f "$words" ]; then options+=("-dict=$words"); fi
  cargo fuzz run -s none "$name" "${folders[@]}" -- "${options[@]}"
done
