# shellcheck shell=bash
# For the scripts beside it that run on a throw-away machine.

# What there is of the system, without what dpkg, systemd and ldconfig keep for themselves.
files() {
  local -a places=(/usr /etc /var/lib)
  [ ! -e /run/sdcont ] || places+=(/run/sdcont)
  find "${places[@]}" -xdev ! -path '/var/lib/dpkg/*' ! -path '/var/lib/systemd/*' ! -path /etc/ld.so.cache | sort
}
# Fails where the files are not as they were.
nothing_is_left() {
  diff <(echo "$1") <(files) || return 1
  if systemctl list-units --all --plain --no-legend 'sdcont*.scope' | grep .; then return 1; fi
  if pgrep -a sdcont; then return 1; fi
  echo "nothing is left"
}
