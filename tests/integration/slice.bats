#!/usr/bin/env bats
# Limits of slices: of all containers in one together, by systemd's units or cgroups of our own.

load common

clean_up() {
  local name
  for name in $(sdcont ps -q --filter name=slicet); do sdcont rm -f "$name" || true; done
  for name in $(sdcont slice ls -q --filter name=sdcontt); do sdcont slice rm "$name" || true; done
  ! systemd_here || systemctl stop sdcontt.slice sdcontt-in.slice 2>/dev/null || true
}
# where NAME.slice is, the slice that a container is in
slice_directory() {
  local own
  own=$(directory_of "$1" "$2")
  echo "${own%/sdcont-*}"
}
# in NAME CONTROLLER V2-FILE V1-FILE: of the slice around a container
in_slice() {
  if unified; then cat "$(slice_directory "$1" "$2")/$3"; else cat "$(slice_directory "$1" "$2")/$4"; fi
}
listed() { sdcont slice ls --no-trunc --filter "name=$1" --format "$2"; }

@test "a slice's memory limit holds for what is in it, and why names it" {
  run sdcont slice set sdcontt.slice --memory 32M
  ended 0
  [ "$output" = sdcontt.slice ]
  run sdcont run --name slicet --slice sdcontt.slice --memory 500M "$ROOT" sh -c 'cat /dev/zero | tail'
  ended 137
  run sdcont why slicet
  has "the memory limit of sdcontt.slice above it reached (32M)"
  sdcont rm slicet
  detached --name slicet --slice sdcontt "$ROOT" sleep 1000
  wait_until runs slicet
  [ "$(in_slice slicet memory memory.max memory.limit_in_bytes)" = $((32 << 20)) ]
  sdcont inspect slicet | python3 -c 'import json, sys
limits = json.load(sys.stdin)[0]["Sdcont"]["Limits"]
assert any(l["effective"] == str(32 << 20) and l["by"].endswith("/sdcontt.slice") for l in limits), limits'
  # it changes for what runs
  run sdcont slice set sdcontt.slice --memory 48M --pids-limit 99
  ended 0
  in_slice_is() { [ "$(in_slice slicet "$1" "$2" "$3")" = "$4" ]; }
  wait_until in_slice_is memory memory.max memory.limit_in_bytes $((48 << 20))
  wait_until in_slice_is pids pids.max pids.max 99
  if systemd_here; then
    [ "$(systemctl show --value -p MemoryMax sdcontt.slice)" = $((48 << 20)) ]
    systemctl daemon-reload
    in_slice_is memory memory.max memory.limit_in_bytes $((48 << 20))
    [ -e /etc/systemd/system.control/sdcontt.slice.d/50-MemoryMax.conf ]
  fi
  run sdcont slice rm sdcontt.slice
  refused "slice sdcontt.slice is in use by slicet" 1
  in_slice_is memory memory.max memory.limit_in_bytes $((48 << 20))
  sdcont rm -f slicet
  run sdcont slice rm sdcontt nosuch
  ended 1
  has sdcontt.slice
  has "slice nosuch.slice has no limits"
  ! systemd_here || [ ! -e /etc/systemd/system.control/sdcontt.slice.d ]
}

@test "a slice lies in the slice of its name; CPU time is shared in it; ls tells what there is" {
  sdcont slice set sdcontt --cpu 20%
  sdcont slice set sdcontt-in --pids-limit 77 --memory 64M
  detached --name slicet --slice sdcontt-in "$ROOT" sh -c 'while :; do :; done'
  wait_until runs slicet
  [[ $(directory_of slicet cpu) == */sdcontt.slice/sdcontt-in.slice/* ]]
  [ "$(listed sdcontt.slice '{{.Name}} {{.Containers}} {{.CPULimit}} {{.MemLimit}} {{.Kept}}')" = "sdcontt.slice 1 20% unlimited always" ]
  [ "$(listed sdcontt-in '{{.ContainerNames}} {{.CPULimit}} {{.MemLimit}} {{.PIDsLimit}} {{.Limits}}')" = \
    "slicet 20% 64.0M 77 --memory 67108864, --pids-limit 77" ]
  [ "$(sdcont slice ls -q --filter container=slicet | xargs)" = "sdcontt-in.slice sdcontt.slice" ]
  sdcont slice ls --format json --filter name=sdcontt-in | python3 -c 'import json, sys
row = json.loads(sys.stdin.read())
assert row["PIDs"] != "0" and row["MemUsage"] != "0B" and row["CgroupPath"], row'
  run sdcont slice ls
  has "CPU LIMIT"
  throttled() { in_slice slicet cpu ../cpu.stat ../cpu.stat | grep -q '^nr_throttled [1-9]'; }
  wait_until throttled
  run sdcont run --rm --slice sdcontt "$ROOT" sh -c 'grep -c "" /proc/self/cgroup >/dev/null; exit 5'
  ended 5
  sdcont rm -f slicet
  sdcont slice rm sdcontt-in sdcontt
  [ -z "$(sdcont slice ls -q --filter name=sdcontt)" ]
}

@test "all or nothing, and what cannot be had is refused" {
  sdcont slice set --runtime sdcontt --memory 64M
  run sdcont slice set sdcontt --memory 32M
  refused "gone at boot"
  for bad in "" "--memory 1" "--nosuch 1"; do
    # shellcheck disable=SC2086
    run sdcont slice set --runtime sdcontt $bad
    refused ""
  done
  run sdcont slice set --runtime sdcontt --pids-limit 50 --memory 128M --memory-swap 64M
  refused "--memory-swap"
  [ "$(listed sdcontt '{{.Limits}} {{.Kept}}')" = "--memory 67108864 until boot" ]
  for name in a/b -.slice x..slice/ --; do
    run sdcont slice set "$name" --memory 64M
    refused ""
  done
  if systemd_here; then
    unified || {
      run sdcont slice set --runtime sdcontt --memory-swap 300M
      refused "--memory-swap cannot be had here"
    }
    [ -e /run/systemd/system.control/sdcontt.slice.d/50-MemoryMax.conf ]
  else
    # a file that the kernel does not take
    detached --name slicet --slice sdcontt "$ROOT" sleep 1000
    wait_until runs slicet
    mount --bind /dev/full "$(slice_directory slicet pids)/pids.max"
    run sdcont slice set --runtime sdcontt --memory 128M --pids-limit 50
    umount "$(slice_directory slicet pids)/pids.max"
    refused --pids-limit
    [ "$(in_slice slicet memory memory.max memory.limit_in_bytes)" = $((64 << 20)) ]
    [ "$(listed sdcontt '{{.Limits}}')" = "--memory 67108864" ]
    sdcont rm -f slicet
  fi
  sdcont slice rm sdcontt
  [ ! -e /run/systemd/system.control/sdcontt.slice.d ]
  [ ! -e /run/sdcont/slices ]
}

@test "less memory than a slice uses is refused, and forced" {
  sdcont slice set sdcontt --memory 128M
  detached --name slicet --slice sdcontt --tmpfs /m "$ROOT" sh -c 'head -c 60000000 /dev/zero >/m/f; touch /m/ready; sleep 1000'
  wait_until sdcont exec slicet test -e /m/ready
  run sdcont slice set sdcontt --memory 16M
  refused "sdcontt.slice uses"
  [ "$(in_slice slicet memory memory.max memory.limit_in_bytes)" = $((128 << 20)) ]
  sdcont rm -f slicet
  sdcont slice set sdcontt --memory 16M
  sdcont slice rm sdcontt
}

@test "what a killed command left of a slice is put right" {
  for at in 1 2 3; do # with each file that it replaces
    timeout 60 strace -f -qq -o /dev/null -e 'trace=/^rename' -e "inject=/^rename:signal=KILL:when=$at" "$SDCONT" slice set sdcontt --memory 64M || true
    run sdcont slice ls -q --filter name=sdcontt
    ended 0
    if [ -n "$output" ]; then
      detached --name slicet --slice sdcontt "$ROOT" sleep 1000
      wait_until runs slicet
      [ "$(in_slice slicet memory memory.max memory.limit_in_bytes)" = $((64 << 20)) ]
      sdcont rm -f slicet
      sdcont slice rm sdcontt
    fi
  done
  # and of a container in one
  sdcont slice set sdcontt --memory 64M
  detached --name slicet --slice sdcontt "$ROOT" sleep 1000
  wait_until runs slicet
  supervisor=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["supervisor"]["pid"])' "/run/sdcont/containers/$(readlink /var/lib/sdcont/names/slicet)/record.json")
  kill -KILL "$supervisor"
  kill -KILL "$(init_of slicet)"
  wait_until sdcont rm -f slicet
  sdcont slice rm sdcontt
}

@test "the slice that containers are in by default can be limited, too" {
  sdcont slice set --runtime sdcont.slice --pids-limit 300
  detached --name slicet "$ROOT" sleep 1000
  wait_until runs slicet
  [ "$(in_slice slicet pids pids.max pids.max)" = 300 ]
  run sdcont slice rm sdcont
  refused "in use by" 1
  sdcont rm -f slicet
  sdcont slice rm sdcont
}
