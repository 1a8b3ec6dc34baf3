# Sourced after common.bash by tests that let sdcont talk to tests/integration/fake_systemd.py instead of to systemd.

fakes=() # processes
fake_groups=()

require_fake() {
  /usr/bin/python3 -c 'import dbus, gi' 2>/dev/null && type dbus-daemon >/dev/null ||
    skip "not here: this machine has no python3-dbus, python3-gi or dbus-daemon for the fake systemd"
}

# Where a systemd's units can be: on v2 below the root, which alone may have processes beside cgroups with controllers;
# on v1 in the hierarchy of its name.
fake_hierarchy() {
  if unified; then echo /sys/fs/cgroup; return; fi
  echo "/sys/fs/cgroup/systemd$(sed -n 's/^[0-9]*:name=systemd://p' /proc/self/cgroup)"
}

# start_fake NAME MODE [ARG]: its bus is in $BATS_TEST_TMPDIR/NAME
start_fake() {
  local bus=$BATS_TEST_TMPDIR/$1 group
  group=$(realpath "$(fake_hierarchy)")/fake-$$-$1
  mkdir "$bus" "$group"
  fake_groups+=("$group")
  if unified; then
    # no process may be where controllers are given to those below, but for the root
    for controller in cpu memory pids io cpuset; do
      echo "+$controller" >"${group%/*}/cgroup.subtree_control" || true
      echo "+$controller" >"$group/cgroup.subtree_control" || true
    done 2>/dev/null
  fi
  "$BATS_TEST_DIRNAME/fake_systemd.py" --bus "$bus" --cgroup "$group" "${@:2}" >"$bus/address" 2>"$bus/log" 3>&- &
  fakes+=($!)
  wait_until test -s "$bus/address" || { cat "$bus/log" >&2; return 1; }
}

stop_fakes() {
  local pid group
  for pid in "${fakes[@]}"; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  for group in "${fake_groups[@]}"; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
  fakes=() fake_groups=()
}

# with_fake NAME COMMAND...: in a mount namespace where systemd seems to be booted, with that bus as the system's
with_fake() {
  local bus=$BATS_TEST_TMPDIR/$1
  mkdir -p /run/systemd
  timeout -k 5 "${LIMIT:-60}" unshare -m sh -c 'mount -t tmpfs none /run/systemd && mkdir /run/systemd/system && exec "$@"' sh \
    env "DBUS_SYSTEM_BUS_ADDRESS=$(cat "$bus/address")" "${@:2}"
}
