#!/usr/bin/env bats
# Services that run containers: sdcont@NAME, units for containers that exist, and cgroups below a unit's own.

load common

needs_systemd() { systemd_here || skip "not here: no systemd runs"; }

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$lab/rootfs" "$ROOT"
  systemd_here || return 0
  ln -s "$SDCONT" /usr/local/bin/sdcont # where systemd looks for it
  cp "$BATS_TEST_DIRNAME/../../units/sdcont@.service" /etc/systemd/system/
  mkdir -p /etc/sdcont
  systemctl daemon-reload
}

teardown_file() {
  systemd_here || return 0
  rm -rf /usr/local/bin/sdcont /etc/systemd/system/sdcont@.service /etc/sdcont
  systemctl daemon-reload
}

clean_up() {
  systemd_here || return 0
  systemctl disable -q --now sdcont@web 2>/dev/null || true
  systemctl stop 'sdcont@*' sdtest 2>/dev/null || true
  systemctl reset-failed 'sdcont@*' sdtest 2>/dev/null || true
  rm -f /etc/sdcont/*.conf /etc/systemd/system/sdtest.service
}

# What the journal has of a unit, once it has this.
journal_has() { wait_until journal_of "$1" "$2" || { journalctl -u "$1" -o cat >&2; return 1; }; }
journal_of() { journalctl -u "$1" -o cat | grep -qF -- "$2"; }
property() { systemctl show --value -p "$2" "$1"; }
limit_file() { if unified; then echo memory.max; else echo memory.limit_in_bytes; fi; }

@test "sdcont@web: a service of one cgroup tree, with its limits, its logs and its restarts" {
  needs_systemd
  cat >/etc/sdcont/web.conf <<'F'
# A server.
image = host
memory = 64M
pids-limit = 100
env = WORD=two words
env = OTHER=x
read-only
init

command = sh -c 'echo "started with $WORD"; sleep 1000 & wait'
F
  run sdcont config check /etc/sdcont/web.conf
  ended 0
  systemctl enable -q --now sdcont@web
  [ "$(property sdcont@web ActiveState)" = active ]
  [ "$(systemctl is-enabled sdcont@web)" = enabled ]
  journal_has sdcont@web "started with two words"
  # in the service's cgroup, and in no scope
  directory=$(directory_of web memory)
  [[ $directory = */sdcont.slice/sdcont@web.service/* ]]
  [ "$(cat "$directory/$(limit_file)")" -eq $((64 << 20)) ]
  [ -z "$(systemctl list-units --all --plain --no-legend 'sdcont-*.scope')" ]
  systemctl status sdcont@web --no-pager | grep -q "sleep 1000"
  # every command knows it
  sdcont update --memory 80M web
  [ "$(cat "$directory/$(limit_file)")" -eq $((80 << 20)) ]
  run sdcont exec web sh -c 'echo $OTHER; cat /proc/self/cgroup'
  has x
  run sdcont stats --no-stream --format '{{.Name}} {{.MemUsage}}' web
  has "/ 80MiB"
  run sdcont why web
  ended 0
  run sdcont inspect --format '{{.Sdcont.CgroupPath}}' web
  has sdcont@web.service
  # systemd runs it again
  before_kill=$(init_of web)
  kill -KILL "$before_kill"
  started_again() { [ "$(property sdcont@web NRestarts)" = 1 ] && [ "$(property sdcont@web ActiveState)" = active ] && runs web; }
  wait_until started_again
  [ "$(init_of web)" != "$before_kill" ]
  systemctl stop sdcont@web
  [ "$(property sdcont@web Result)" = success ]
  [ -z "$(sdcont ps -aq)" ]
  journal_of sdcont@web "Stopped"
}

@test "sdcont@web: what its file has wrong is in its journal, with file and line" {
  needs_systemd
  printf 'image = host\nmemroy = 64M\ncommand = true\n' >/etc/sdcont/web.conf
  run systemctl start sdcont@web
  [ "$status" -ne 0 ]
  journal_has sdcont@web "/etc/sdcont/web.conf:2: 'memroy' is no option; did you mean memory?"
}

@test "sdcont@web: the command itself says that it is ready, and the stop signal is its own" {
  needs_systemd
  cat >/etc/sdcont/web.conf <<'F'
image = host
sdnotify = container
stop-signal = USR1
volume = /run/sdtest:/run/sdtest
command = sh -c 'trap "echo asked; exit 0" USR1; until [ -e /run/sdtest/go ]; do sleep 0.1; done; systemd-notify --ready; while :; do sleep 0.1; done'
F
  mkdir -p /run/sdtest
  systemctl start --no-block sdcont@web
  wait_until runs web
  [ "$(property sdcont@web ActiveState)" = activating ]
  touch /run/sdtest/go
  is_active() { [ "$(property sdcont@web ActiveState)" = active ]; }
  wait_until is_active
  systemctl stop sdcont@web
  journal_has sdcont@web asked
  [ "$(property sdcont@web Result)" = success ]
  rm -r /run/sdtest
}

@test "--cgroups split: only below a cgroup that was delegated" {
  if ! systemd_here; then
    run sdcont run --rm --cgroups split "$ROOT" true
    refused "systemd is not running"
    return
  fi
  run systemd-run -q --wait --pipe --collect "$SDCONT" run --rm --cgroups split "$ROOT" true
  ended 125
  has "Delegate=yes"
  run systemd-run -q --wait --pipe --collect -p Delegate=yes "$SDCONT" run --rm --cgroups split --memory 50M "$ROOT" cat /sys/fs/cgroup/memory.max
  ended 0
  [ "$output" = $((50 << 20)) ]
  # one after the other in one unit, and two at once
  run systemd-run -q --wait --pipe --collect -p Delegate=yes \
    sh -c '"$0" run --rm --cgroups split "$1" true; "$0" run -d --name other --rm --cgroups split "$1" sleep 1000 >/dev/null; "$0" run --rm --cgroups split "$1" echo well; "$0" rm -f other' "$SDCONT" "$ROOT"
  ended 0
  has well
  # the whole unit is killed for memory: which limit is known
  run systemd-run -q --wait --pipe --collect -p Delegate=yes "$SDCONT" run --rm --summary --cgroups split --memory 40M --memory-swap 40M host python3 -c 'x = bytearray(200 << 20)'
  has "memory.max 40M of this container reached"
  run sdcont run --rm --cgroups split --slice x.slice "$ROOT" true
  refused "--slice"
}

@test "generate unit: a container that exists becomes a service" {
  needs_systemd
  sdcont create --name box1 --memory 64M --stop-timeout 3 "$ROOT" sh -c 'sleep 1000' >/dev/null
  sdcont generate unit box1 >/etc/systemd/system/sdtest.service
  run systemd-analyze verify --man=no /etc/systemd/system/sdtest.service
  ended 0
  systemctl daemon-reload
  systemctl start sdtest
  [ "$(property sdtest ActiveState)" = active ]
  [ "$(cat "$(directory_of box1 memory)/$(limit_file)")" -eq $((64 << 20)) ]
  first=$(init_of box1)
  kill -KILL "$first"
  again() { [ "$(property sdtest NRestarts)" = 1 ] && runs box1 && [ "$(init_of box1)" != "$first" ]; }
  wait_until again
  systemctl stop sdtest
  run sdcont ps -a --format '{{.Names}} {{.State}}'
  has "box1 exited"
  sdcont rm box1
}

@test "generate unit: its words" {
  sdcont create --name box1 --stop-timeout 3 --restart always --log-driver json-file "$ROOT" true >/dev/null
  run sdcont generate unit box1
  ended 0
  has "TimeoutStopSec=13"
  has "Restart=no"
  has "StandardOutput=null"
  has "start --attach --sdnotify conmon box1"
  sdcont rm box1
  run sdcont generate unit box1
  refused box1
  sdcont run -d --rm --name box2 "$ROOT" sleep 1000 >/dev/null
  run sdcont generate unit box2
  refused "systemctl start sdcont@box2"
  sdcont rm -f box2
}
