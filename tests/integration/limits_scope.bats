#!/usr/bin/env bats
# Limits and back ends: each limit has a value or a refusal, systemd's own spelling, and what a reload leaves of them.

load common

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$lab/rootfs" "$ROOT"
}

needs_systemd() { systemd_here || skip "not here: no systemd runs"; }
shown() { systemctl show --value -p "$1" "$2"; }

@test "every limit has a value or a refusal here" {
  disk=${SDCONT_LAB_DISK:-}
  if [ -z "$disk" ]; then
    truncate -s 16M "$BATS_TEST_TMPDIR/disk"
    disk=$(losetup --find --show "$BATS_TEST_TMPDIR/disk")
  fi
  run timeout 500 "$BATS_TEST_DIRNAME/limits_table.py" "$SDCONT" "$ROOT" "$disk"
  [ -n "${SDCONT_LAB_DISK:-}" ] || losetup -d "$disk"
  echo "$output"
  ended 0
}

# All that the kernel and systemd hold of a container's limits.
holdings() {
  local pid id
  id=$(readlink /var/lib/sdcont/names/held)
  pid=$(init_of held)
  cat "/proc/$pid/cgroup"
  # of payload and of the scope around it
  python3 - "/run/sdcont/containers/$id/record.json" <<'P'
import json, os, sys
record = json.load(open(sys.argv[1]))["cgroup"]
names = ["memory.max", "cpu.max", "cpu.weight", "pids.max", "memory.limit_in_bytes", "cpu.cfs_quota_us",
         "cpu.cfs_period_us", "cpu.shares", "devices.list", "cpuset.cpus"]
for payload in sorted({mount + record["payload"]["path"] for mount in record["payload"]["mounts"].values()}):
    for directory in (payload, os.path.dirname(payload)):
        for name in names:
            path = f"{directory}/{name}"
            if os.path.exists(path): print(path, open(path).read().split())
P
  systemctl show -p MemoryMax -p CPUQuotaPerSecUSec -p CPUWeight -p TasksMax -p DevicePolicy -p Delegate sdcont-held.scope
}

@test "daemon-reload and daemon-reexec leave the limits as they are" {
  needs_systemd
  "$SDCONT" run --rm --name held --memory 100M --cpu 12.5% --cpu-weight 300 --pids-limit 50 --cpuset-cpus 0 \
    "$ROOT" sleep 1000 &
  client=$!
  wait_until runs held
  as_made=$(holdings)
  grep -q 'MemoryMax=104857600' <<<"$as_made"
  for command in daemon-reload daemon-reexec daemon-reload; do
    systemctl "$command"
    wait_until systemctl is-active sdcont-held.scope
    diff <(echo "$as_made") <(holdings) || {
      echo "changed by $command" >&2
      return 1
    }
  done
  sdcont rm -f held
  wait $client || true
}

@test "--property with systemd's spelling" {
  if ! systemd_here; then
    # what has a counterpart here is translated
    run run_root -p MemoryMax=100M -p TasksMax=50 -p CPUQuota=20% 'cat /proc/self/cgroup'
    ended 0
    file=/sys/fs/cgroup/pids.max
    unified || file=/sys/fs/cgroup/pids/pids.max
    run run_root --property TasksMax=50 "cat $file"
    [ "$output" = 50 ]
    return
  fi
  "$SDCONT" run --rm --name worded -p MemoryMax=100M -p TasksMax=50 -p CPUQuota=20% -p RuntimeMaxSec=1h \
    --property Documentation=https://example.org/ "$ROOT" sleep 1000 &
  client=$!
  wait_until runs worded
  unit=sdcont-worded.scope
  [ "$(shown MemoryMax $unit)" = 104857600 ]
  [ "$(shown CPUQuotaPerSecUSec $unit)" = 200ms ]
  [ "$(shown RuntimeMaxUSec $unit)" = 1h ]
  [ "$(shown Documentation $unit)" = https://example.org/ ]
  [ "$(cat "$(directory_of worded pids)/pids.max")" = 50 ]
  sdcont rm -f worded
  wait $client || true
}

@test "--property RuntimeMaxSec: systemd ends it, and that is told" {
  needs_systemd
  run sdcont run --rm --summary --init -p RuntimeMaxSec=1s "$ROOT" sleep 1000
  ended 143
  has "its RuntimeMaxSec ran out"
}

@test "systemd signals one process after the other: the command may end before its supervisor hears of it" {
  needs_systemd
  "$SDCONT" run --name torn "$ROOT" sh -c 'trap "exit 143" TERM; sleep 1000 & wait' &
  client=$!
  wait_until runs torn
  init=$(init_of torn)
  supervisor=$(ps -o ppid= "$init")
  kill -TERM "$init"
  sleep 0.02
  kill -TERM $supervisor
  wait $client || true
  run sdcont inspect -f '{{.Sdcont.Explanation}}' torn
  has "stopped: "
}

@test "--property MemoryHigh: a limit of cgroup v2" {
  run run_root -p MemoryHigh=50M 'cat /sys/fs/cgroup/memory.high'
  if unified; then
    ended 0
    [ "$output" = 52428800 ]
  else
    refused "--property MemoryHigh cannot be had here: cgroup v1 has no memory.high"
  fi
}

@test "--property without a counterpart is refused without systemd" {
  systemd_here && skip "not here: systemd runs"
  for property in IPAddressDeny=any RuntimeMaxSec=1h; do
    run sdcont run --rm -p "$property" "$ROOT" true
    refused "--property ${property%=*} cannot be had here: only systemd has it"
    run sdcont run --rm --limits=best-effort -p "$property" "$ROOT" echo ran
    ended 0
    has "sdcont: warning: --property ${property%=*} cannot be had here: "
    has ran
  done
  run sdcont run --rm --ip-deny any "$ROOT" true
  refused "--ip-deny cannot be had here: only systemd has it"
}

@test "--property: what systemd takes for scopes, it gets" {
  needs_systemd
  properties=(SuccessAction=none FailureAction=none SuccessActionExitStatus=3 FailureActionExitStatus=4
    JobTimeoutAction=none JobTimeoutRebootArgument=x StartLimitIntervalSec=9s StartLimitBurst=7 StartLimitAction=none
    RebootArgument=x OnFailureJobMode=fail OnSuccessJobMode=fail AllowIsolate=yes SourcePath=/etc/fstab
    JoinsNamespaceOf=a.service PropagatesReloadTo=a.service ReloadPropagatedFrom=a.service TasksMax=10%
    CPUAccounting=yes MemoryAccounting=yes TasksAccounting=yes IOAccounting=yes Delegate=yes)
  "$SDCONT" run --rm --name taken "${properties[@]/#/--property=}" "$ROOT" sleep 1000 &
  client=$!
  wait_until runs taken
  unit=sdcont-taken.scope
  [ "$(shown StartLimitIntervalUSec $unit)" = 9s ]
  for property in StartLimitBurst=7 FailureActionExitStatus=4 SourcePath=/etc/fstab AllowIsolate=yes \
    JoinsNamespaceOf=a.service CPUAccounting=yes Delegate=yes; do
    [ "$(shown "${property%=*}" $unit)" = "${property#*=}" ]
  done
  [[ $(shown TasksMax $unit) =~ ^[0-9]+$ ]]
  sdcont rm -f taken
  wait $client || true
}

@test "options of the scope are told to do nothing without systemd" {
  slice=' --slice,' # without systemd it is a cgroup of ours
  systemd_here || slice=
  run sdcont --cgroup-manager cgroupfs run --rm --unit u --slice s --description d --slice-inherit "$ROOT" true
  ended 0
  has "sdcont: warning: --unit,$slice --slice-inherit, --description: without effect: scopes are systemd's, and cgroups are written directly here"
  run sdcont run --rm "$ROOT" true
  [ "$output" = "" ]
}

@test "limits of the caller's slice that the container escapes are told" {
  needs_systemd
  file=memory.max
  unified || file=memory.limit_in_bytes
  systemctl set-property --runtime fence.slice MemoryMax=500M
  run systemd-run -q --scope --slice fence.slice "$SDCONT" run --rm "$ROOT" true
  outside=$output
  run systemd-run -q --scope --slice fence.slice "$SDCONT" run --rm --slice-inherit "$ROOT" true
  inside=$output
  systemctl stop fence.slice
  systemctl revert fence.slice
  output=$outside
  has "sdcont: warning: the container is in sdcont.slice, outside of what limits its caller: $file 524288000 of fence.slice"
  has "; --slice-inherit keeps it in its slice"
  [ "$inside" = "" ]
}

@test "a BPF program that is not there is refused" {
  for property in BPFProgram=egress:/nope IPIngressFilterPath=/nope; do
    run sdcont run --rm -p "$property" "$ROOT" true
    refused "cannot look at the BPF program /nope: No such file or directory"
  done
  run sdcont run --rm -p BPFProgram=egress:/etc/passwd "$ROOT" true
  refused "--property BPFProgram: '/etc/passwd' is no BPF program that is pinned"
}

@test "IPAddressDeny=any keeps a container from the host's loopback" {
  needs_systemd
  python3 -c '
import socket, sys, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
time.sleep(600)' >"$BATS_TEST_TMPDIR/port" &
  server=$!
  wait_until test -s "$BATS_TEST_TMPDIR/port"
  port=$(cat "$BATS_TEST_TMPDIR/port")
  # a traceback may show the line, which so does not hold the word
  connect="import socket; socket.create_connection(('127.0.0.1', $port), 3); print('connect' + 'ed')"
  run sdcont run --rm --network host host python3 -c "$connect"
  allowed=$output
  run sdcont run --rm --network host -p IPAddressDeny=any host python3 -c "$connect"
  denied=$output
  kill $server
  wait $server || true
  [[ $allowed == *connected* ]]
  [[ $denied != *connected* ]]
}
