# shellcheck shell=bash
# What the scripts share. Sourced, not run.

# Says what is being done.
say() {
  printf '\n== %s\n' "$*"
}

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Installs a Debian package, or says that it has to be done by hand.
install_package() {
  local package=$1 as_root=()
  command -v apt-get >/dev/null || die "$package is needed: install it and run this again"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "$package is needed: run 'apt-get install $package' as root"
    as_root=(sudo)
  fi
  say "install $package" >&2
  "${as_root[@]}" apt-get update -q >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$package" >&2
}
