# shellcheck shell=bash
# For the scripts beside it: the cache of images and roots, and where Debian comes from.

lab=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck disable=SC2034 # for the scripts
top=$(realpath "$lab/../..")
cache=${SDCONT_LAB_CACHE:-/var/cache/sdcont-lab}

# 125, so that no caller takes it for the status of a command that ran.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 125
}

# Prints the comment at the top of the script.
usage() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
  exit 2
}

# The package names of a list such as packaging/build-deps, on one line each.
packages_in() { sed 's/#.*//; s/[[:space:]]//g; /^$/d' "$@"; }

# cached NAME VERSION MAKER [ARG...]: sees to it that $cache/NAME-VERSION is there, by calling MAKER ARG...
# DIR. One maker at a time; what it makes appears whole, or not at all. Versions that nobody used for two
# weeks go.
cached() {
  local dir=$cache/$1-$2 old="$cache/$1-*" lock status
  shift 2
  [ ! -d "$dir" ] || { touch "$dir"; return 0; }
  mkdir -p "$cache"
  exec {lock}>"$dir.lock"
  flock "$lock"
  if [ ! -d "$dir" ]; then
    echo "${0##*/}: making $dir, once ..." >&2
    rm -rf "$dir.part"
    mkdir "$dir.part"
    set +e # behind an 'if' the maker would run on after an error
    (set -e; "$@" "$dir.part") >"$dir.log" 2>&1
    status=$?
    set -e
    [ "$status" = 0 ] || { tail -n 20 "$dir.log" >&2; die "could not make $dir (all of it: $dir.log)"; }
    mv "$dir.part" "$dir"
    find "$cache" -maxdepth 1 -path "$old" -mtime +14 -exec rm -rf {} +
  fi
  exec {lock}>&-
}

# debian SUITE DIR PACKAGE...: a minimal Debian with PACKAGEs in DIR, from the archive and with the
# apt settings that this machine uses. A PACKAGE may be a pattern of apt's, such as ?name(^libfmt[0-9]+$).
debian() {
  local suite=$1 dir=$2 codename mirror setting package options=()
  shift 2
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016 # apt fills these in
  mirror=${SDCONT_LAB_MIRROR:-$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v codename="$codename" '$1 == codename && $2 == "main" { print $3; exit }')}
  while read -r setting; do options+=(--aptopt="$setting"); done \
    < <(apt-config dump | grep -E '^Acquire::(https?|Retries|Check-)[^ ]* "[^"]+"')
  for package in "$@"; do options+=(--include="$package"); done
  mmdebstrap --variant=minbase "${options[@]}" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' "$suite" "$dir" ${mirror:+"$mirror"}
}
