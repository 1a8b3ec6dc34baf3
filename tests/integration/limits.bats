#!/usr/bin/env bats
# Each limit against a real program that runs into it, and what is told of it afterwards.

load common

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$lab/rootfs" "$ROOT"
  # reads a container's record (--summary=json, the last line of its output) as `r`, its counters as `u`
  cat >"$BATS_FILE_TMPDIR/record.py" <<'P'
import json, sys
r = json.loads(sys.argv[1].splitlines()[-1])
u = r["usage"]
assert eval(sys.argv[2]), r
P
  # burns CPU for so many seconds, all of its kind for the very same ones; tells how much it got
  cat >"$BATS_FILE_TMPDIR/burn.py" <<'P'
import os, sys, time
seconds, crowd = float(sys.argv[1]), int(sys.argv[2])
open("/meet/%s" % os.uname().nodename, "w").close()
while len(os.listdir("/meet")) < crowd: time.sleep(0.01)
begin = max(os.stat("/meet/" + name).st_mtime for name in os.listdir("/meet")) + 1
time.sleep(max(0, begin - time.time()))
before = time.process_time()
while time.time() < begin + seconds: pass
print(time.process_time() - before)
P
}

record() { python3 "$BATS_FILE_TMPDIR/record.py" "$output" "$1"; }

# no swap to escape to, where it can be limited
no_swap() { sdcont info | grep -qE '^ *--memory-swap +unavailable' || echo "--memory-swap $1"; }

# touches so much memory, in a buffer of its own: touch 97M
touch_memory() { echo "dd if=/dev/zero of=/dev/null bs=$1 count=1"; }

@test "memory: 97 MB live below a limit of 100M" {
  run sdcont run --rm --memory 100M $(no_swap 100M) --summary=json "$ROOT" $(touch_memory 97M)
  ended 0
  record 'r["reason"] == "exited" and u["oomKills"] == 0 and 97 << 20 <= u["memoryPeak"] <= 100 << 20'
  run sdcont run --rm --memory 100M $(no_swap 100M) host python3 -c 'bytearray(b"x") * 85000000'
  ended 0
}

@test "memory: 101 MB are killed, and the reason is told" {
  run sdcont run --rm --memory 100M $(no_swap 100M) --summary "$ROOT" $(touch_memory 101M)
  ended 137
  has "killed by the out-of-memory killer: memory.max 100M of this container reached, peak "
  run sdcont run --rm --memory 100M $(no_swap 100M) --summary=json host python3 -c 'bytearray(b"x") * (101 << 20)'
  ended 137
  record 'r["reason"] == "out-of-memory" and r["status"] == 137 and r["signal"] == 9 and u["oomKills"] > 0'
  record '"memory.max 100M of this container reached, peak" in r["explanation"] and u["memoryLimit"] == 100 << 20'
}

@test "memory and tasks: stress-ng within its limits, and beyond" {
  stress() { sdcont run --rm --memory 100M $(no_swap 100M) --pids-limit 20 --summary=json host stress-ng -q -t 2 "$@"; }
  run stress --vm 1 --vm-bytes 64M --vm-keep
  ended 0
  record 'u["oomKills"] == 0 and u["tasksLimitHits"] == 0'
  run stress --oomable --vm 1 --vm-bytes 200M --vm-keep
  record 'u["oomKills"] > 0 and "memory.max 100M of this container reached" in r["explanation"]'
  run stress --fork 4 --fork-max 40
  record 'u["tasksLimitHits"] > 0 and u.get("tasksPeak", 20) == 20'
}

@test "memory: a child is killed, and the container goes on" {
  run run_root --memory 100M $(no_swap 100M) --summary=json "$(touch_memory 101M); echo child \$?; exit 3"
  ended 3
  has "child 137"
  record 'r["reason"] == "exited" and u["oomKills"] == 1'
  record 'r["explanation"].startswith("exited with status 3; the out-of-memory killer ended 1 process in it: memory.max 100M of this container reached")'
}

@test "memory: the record keeps what happened" {
  run sdcont run --name hungry --memory 100M "$ROOT" $(touch_memory 101M)
  ended 137
  run sdcont ps -a
  has "Exited (137)"
  sdcont rm hungry
}

@test "memory: with --oom-kill-disable nobody is killed, the program waits until the container is stopped" {
  unified && skip "not here: cgroup v2 has no such switch"
  run sdcont run --rm --memory 64M --oom-kill-disable --timeout 2 --stop-timeout 1 --summary=json \
    host python3 -c 'bytearray(b"x") * (200 << 20)'
  ended 137
  record 'r["reason"] == "timeout" and u["oomKills"] == 0 and u["memoryPeak"] <= 64 << 20'
}

@test "memory: with a reaper as PID 1 (--init) the same is told" {
  run sdcont run --rm --init --memory 100M $(no_swap 100M) --summary=json "$ROOT" $(touch_memory 101M)
  ended 137
  record 'r["reason"] == "out-of-memory"'
}

# Runs a command below a memory limit of 50M that is not the container's, in a slice or cgroup called "fence".
below_a_fence() {
  local own
  if systemd_here; then
    systemctl set-property --runtime fence.slice MemoryMax=50M
    "$@" --slice fence.slice "$ROOT" $(touch_memory 80M)
    return
  fi
  if unified; then
    own=/sys/fs/cgroup/fence
    mkdir "$own"
    echo +memory +pids >/sys/fs/cgroup/cgroup.subtree_control
    echo 50M >"$own/memory.max"
    # a cgroup with processes in it gives no controllers to those below
    echo +memory +pids >"$own/cgroup.subtree_control"
    own=$own/caller
  else
    own=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)/fence
  fi
  mkdir "$own"
  unified || echo 50M >"$own/memory.limit_in_bytes"
  (
    echo "$BASHPID" >"$own/cgroup.procs"
    "$@" "$ROOT" $(touch_memory 80M)
  )
}
remove_fence() {
  local own
  if systemd_here; then
    systemctl stop fence.slice
    systemctl revert fence.slice
    return
  fi
  own=/sys/fs/cgroup/fence
  unified || own=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)/fence
  [ ! -d "$own" ] || find "$own" -depth -type d -exec rmdir {} +
}

@test "memory: a percentage is one of what the cgroups around leave" {
  run below_a_fence sdcont run --dry-run --memory 50%
  remove_fence
  ended 0
  has '"requested": "26214400"'
}

@test "memory: where a limit above was the one reached, that is named" {
  run below_a_fence sdcont run --rm --memory 100M $(no_swap 100M) --summary
  remove_fence
  ended 137
  has "killed by the out-of-memory killer: the memory limit of fence"
  has "above it reached (50M)"
}

# How much of one CPU a container got: asked for PERCENT, within a tenth of it. What the limit cannot be blamed for is
# left out: periods in which others on a busy machine left it less than its quota.
gets_cpu() {
  run sdcont run --rm --cpu "$1%" --timeout "$seconds" --summary=json "$ROOT" sh -c 'trap "exit 0" TERM; while :; do :; done'
  ended 0
  record "u['cpuUsec'] * 1e3 / r['wallNs'] <= 1.1 * $1 / 100"
  record "u['cpuUsec'] * 1e3 / r['wallNs'] >= 0.9 * $1 / 100 * u['throttledPeriods'] / u['periods']"
}

@test "--cpu: a busy loop of 5 s gets 20% of one CPU, or 50%" {
  seconds=5
  [[ $SDCONT_ENV == vm-* ]] && seconds=20 # so that the launch weighs as little as it does elsewhere
  gets_cpu 20
  gets_cpu 50
}

@test "--pids-limit 50: the fifty-first is refused" {
  script='
import os, time
children = []
refused = 0
while refused < 3:
    try:
        pid = os.fork()
    except BlockingIOError:
        refused += 1
        continue
    if pid == 0:
        time.sleep(1000)
    children.append(pid)
print("tasks", 1 + len(children))
for pid in children: os.kill(pid, 9)
'
  run sdcont run --rm --pids-limit 50 --summary host python3 -c "$script"
  ended 0
  has "tasks 50"
  has "; tasks limit of 50 hit 3 times"
  has "peak 50 of 50"
}

# Two containers that burn CPU 0 for the same seconds: their CPU time, after options of the one and of the other.
compete() {
  local seconds=4 meet=$BATS_TEST_TMPDIR/meet
  [[ $SDCONT_ENV == vm-* ]] && seconds=10
  mkdir "$meet"
  for i in 1 2; do
    # shellcheck disable=SC2086
    LIMIT=120 sdcont run --rm --cpuset-cpus 0 ${!i} --hostname "burner$i" -v "$meet:/meet" \
      -v "$BATS_FILE_TMPDIR/burn.py:/burn.py:ro" host python3 /burn.py "$seconds" 2 >"$BATS_TEST_TMPDIR/$i" &
  done
  wait
  cat "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2"
}

@test "weights of 1:3 share a CPU 1:3" {
  run compete "--cpu-weight 100" "--cpu-weight 300"
  python3 -c 'import sys; a, b = map(float, sys.argv[1:]); assert 2.7 <= b / a <= 3.3, (a, b)' "${lines[@]}"
}

@test "docker's shares of 1:3 share a CPU as the weights do that they become" {
  run compete "--cpu-shares 1024" "--cpu-shares 3072"
  # 3072 shares are a weight of 240 on v2, by the formula that all runtimes have agreed on
  if unified; then least=2.15 most=2.65; else least=2.7 most=3.3; fi
  python3 -c "import sys; a, b = map(float, sys.argv[1:]); assert $least <= b / a <= $most, (a, b)" "${lines[@]}"
}

@test "--cpuset-cpus: pinned, and seen so inside" {
  for cpu in 0 $(($(nproc) - 1)); do
    run sdcont run --rm --cpuset-cpus "$cpu" host sh -c 'nproc; python3 -c "import os; print(os.sched_getaffinity(0))"'
    ended 0
    [ "${lines[0]}" = 1 ]
    [ "${lines[1]}" = "{$cpu}" ]
  done
  run sdcont run --rm host nproc
  [ "$output" = "$(nproc)" ]
}

@test "inside, the files show exactly what was asked for" {
  if unified; then
    run run_root --memory 100M --cpu 25% --pids-limit 77 'cd /sys/fs/cgroup; cat memory.max cpu.max pids.max'
    [ "$output" = $'104857600\n25000 100000\n77' ]
  else
    run run_root --memory 100M --cpu 25% --pids-limit 77 \
      'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us pids/pids.max'
    [ "$output" = $'104857600\n25000\n100000\n77' ]
  fi
  # half a percent is not a whole one, although systemd up to 255 keeps whole ones
  file=cpu.max
  unified || file=cpu/cpu.cfs_quota_us
  run run_root --cpu 12.5% "cat /sys/fs/cgroup/$file"
  [[ $output =~ ^12500( 100000)?$ ]] || {
    echo "got: $output" >&2
    return 1
  }
}

@test "--quiet keeps no dropped limit quiet" {
  run sdcont run --rm -q --limits=best-effort -p NoSuchLimit=1 "$ROOT" true
  refused "NoSuchLimit"
  if unified; then flag="--memory-swappiness 10"; else flag="--memory-high 10M"; fi
  run sdcont run --rm -q --limits=best-effort $flag "$ROOT" true
  ended 0
  has "sdcont: warning: ${flag% *} cannot be had here"
}

@test "--dry-run shows what would be done, and does nothing" {
  before_run=$(find /run/sdcont /var/lib/sdcont 2>/dev/null | sort)
  run sdcont run --dry-run --name dry --cidfile "$BATS_TEST_TMPDIR/cid" -v "$BATS_TEST_TMPDIR/none:/v" \
    --memory 100M --cpu 20% --pids-limit 50 -u app --nice 5 --init --timeout 90 --stop-timeout 2 "$ROOT" echo hello
  ended 0
  [ "$(find /run/sdcont /var/lib/sdcont 2>/dev/null | sort)" = "$before_run" ]
  same_footprint
  [ ! -e "$BATS_TEST_TMPDIR/cid" ]
  [ ! -e "$BATS_TEST_TMPDIR/none" ]
  python3 - "$output" "$(systemd_here && echo systemd)" "$(unified && echo unified)" <<'P'
import json, sys
plan, systemd, unified = json.loads(sys.argv[1]), *sys.argv[2:]
config = plan["config"]
assert config["process"]["args"] == ["echo", "hello"], config
resources = config["linux"]["resources"]
assert resources["memory"]["limit"] == 104857600 and resources["pids"]["limit"] == 50, resources
assert resources["cpu"] == {"quota": 20000, "period": 100000}, resources
assert config["process"]["user"] == {"uid": 1000, "gid": 1000, "umask": 18, "additionalGids": [29, 1000, 2000]}, config["process"]
assert config["process"]["scheduler"]["nice"] == 5, config["process"]
notes = config["annotations"]
assert notes["org.sdcont.timeout"] == "90s" and notes["org.sdcont.init"] == "true", notes
mounts = {mount["destination"]: mount for mount in config["mounts"]}
assert {"/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys/fs/cgroup", "/v"} <= set(mounts), mounts
assert mounts["/proc"]["options"] == ["nosuid", "nodev", "noexec"], mounts["/proc"]
assert plan["cgroupManager"] == ("systemd" if systemd else "cgroupfs"), plan
writes = plan["writes"]
wanted = ["memory.max=104857600", "cpu.max=20000 100000"] if unified else [
    "memory.limit_in_bytes=104857600", "cpu.cfs_period_us=100000", "cpu.cfs_quota_us=20000"]
assert set(wanted + ["pids.max=50"]) <= set(writes), writes
assert ("scope" in plan) == bool(systemd), plan
if systemd:
    assert plan["scope"]["unit"] == "sdcont-dry.scope" and plan["scope"]["slice"] == "sdcont.slice", plan
    properties = set(plan["scope"]["properties"])
    assert {"MemoryMax=104857600", "CPUQuotaPerSecUSec=200ms", "Delegate=yes", "Slice=sdcont.slice",
            "CollectMode=inactive-or-failed", "TimeoutStopUSec=7s"} <= properties, properties
told = {limit["limit"]: limit for limit in plan["limits"]}
assert {"--memory", "--cpu", "--pids-limit"} <= set(told), told
P
}

# Options, and what their refusal says.
bad_limits() {
  cat <<'T'
--memory 12Q|--memory: '12Q' has an unknown unit
--memory lots|--memory: 'lots' does not begin with a number
--memory -5|--memory: '-5' does not begin with a number
--memory 1.5.5M|--memory: '1.5.5M' has an unknown unit
--memory 99999999999G|--memory: '99999999999G' is too large
--memory 4M|6 MiB is the least
--memory 120%|more than all memory
--memory 0|6 MiB is the least
--memory 100M --memory-swap 50M|must not be less than --memory
--memory-swap 50M|it needs --memory
--memory 100M --memory-reservation 200M|--memory-reservation must not be more than --memory
--memory 100M --memory-swap 200M --swap-max 50M|conflicting options: --memory-swap and --swap-max
--memory-swappiness 101|--memory-swappiness: 101 is out of range
--oom-kill-disable|--oom-kill-disable without --memory
--cpu 20|--cpu: '20' is not a percentage like 20%
--cpu -5%|--cpu: '-5%' does not begin with a number
--cpu 0%|--cpu: '0%' is too little
--cpu 12.34567%|too precise
--cpu 99999%|CPUs that there are
--cpus 9999|--cpus: '9999'
--cpus 0.001|--cpus: '0.001' is too little
--cpus 1e3|--cpus: '1e3' is not a number
--cpu 20% --cpus 0.3|conflicting options: --cpu and --cpus cannot both be given
--cpu-quota 500|--cpu-quota: 500
--cpu-period 10|--cpu-period: 10 is out of range
--cpu-burst 1000|--cpu-burst needs a quota
--cpu-weight 0|--cpu-weight: 0 is out of range
--cpu-weight 10001|--cpu-weight: 10001 is out of range
--cpu-weight 100 --cpu-shares 100|conflicting options
--cpu-shares 1|--cpu-shares: 1 is out of range
--cpuset-cpus 0-|--cpuset-cpus: '0-' is not a list
--cpuset-cpus 3-1|runs backwards
--cpuset-cpus 4000|--cpuset-cpus: 4000 is not within what is there
--cpuset-cpus 0,,1|--cpuset-cpus: '0,,1' is not a list
--pids-limit 5x|--pids-limit: '5x' is not a whole number
--blkio-weight 5|--blkio-weight: 5 is out of range
--io-weight 10001|--io-weight: 10001 is out of range
--device-read-bps 10M|--device-read-bps: '10M' is not PATH:VALUE
--device-read-bps /no/such:1M|/no/such
--device-read-bps /dev/null:1M|it is a character device, not a disk
--device-read-bps /proc:1M|has no disk of its own
--device-read-iops /dev/null:1M|--device-read-iops: '1M' is not a whole number
--device-write-bps /dev/null:0|would allow nothing at all
--device-cgroup-rule c1:3|--device-cgroup-rule
--device /no/such|/no/such
--property MemoryMax|--property: 'MemoryMax' is not NAME=VALUE
--property MemryMax=1G|did you mean MemoryMax?
--property Restart=always|it belongs to services
--property CPUAffinity=0|use --cpuset-cpus
--property MemoryMax=1G --memory 2G|conflicting options: --memory and --property MemoryMax cannot both be given
-p CPUWeight=idle -c 5|conflicting options
--oom-policy foo|--oom-policy: 'foo' is none of continue, stop, kill
-p CPUQuota=much|CPUQuota
--cgroup-conf memory.max|memory.max
--cgroup-conf cgroup.procs=1|cgroup.procs is not a limit
--cgroup-conf ../x.y=1|--cgroup-conf
--limits=loose|--limits
--memori 1G|did you mean --memory?
T
}

@test "what cannot be understood is refused in one line, which names it" {
  while IFS='|' read -r options message; do
    # shellcheck disable=SC2086
    run sdcont run --rm $options "$ROOT" true
    refused "$message" || {
      echo "for: $options" >&2
      return 1
    }
  done < <(bad_limits)
}
