#!/usr/bin/env bats
# Limits that change while the container runs: in the kernel's files, in systemd's properties, and in what a later start
# is made from.

load common

start() {
  local name=$1
  shift
  "$SDCONT" run --rm --name "$name" "${@:1:$#-1}" "$ROOT" sh -c "${@:$#}" >/dev/null 2>&1 &
  client=$!
  wait_until runs "$name"
}
finish() {
  sdcont rm -f "$1"
  wait "$client" || true
}
# file NAME CONTROLLER V2-FILE V1-FILE: what it says
file() {
  if unified; then cat "$(directory_of "$1" "$2")/$3"; else cat "$(directory_of "$1" "$2")/$4"; fi
}
shown() { ! systemd_here || [ "$(systemctl show --value -p "$2" "sdcont-$1.scope")" = "$3" ]; }
saved() { grep -q "$2" "/run/sdcont/containers/$(readlink "/var/lib/sdcont/names/$1")/spec.json"; }

@test "memory up and down, with its swap: the kernel's file, systemd's property, what is saved" {
  start mem --memory 64M 'sleep 1000'
  for size in 128 32 256; do
    run sdcont update --memory ${size}M mem
    ended 0
    [ "$output" = mem ]
    [ "$(file mem memory memory.max memory.limit_in_bytes)" -eq $((size << 20)) ]
    shown mem MemoryMax $((size << 20))
    saved mem $((size << 20))
    # docker's: swap is as much again
    if unified; then
      [ "$(file mem memory memory.swap.max none)" -eq $((size << 20)) ]
    elif [ -e "$(directory_of mem memory)/memory.memsw.limit_in_bytes" ]; then
      [ "$(file mem memory none memory.memsw.limit_in_bytes)" -eq $((size << 21)) ]
    fi
  done
  run sdcont update -m unlimited mem
  ended 0
  shown mem MemoryMax infinity
  if unified; then [ "$(file mem memory memory.max none)" = max ]; fi
  finish mem
}

@test "CPU, tasks and weights" {
  start cpu --cpu 50% --pids-limit 50 'sleep 1000'
  run sdcont update --cpus 1 --pids-limit 70 --cpu-weight 300 cpu
  ended 0
  if unified; then [ "$(file cpu cpu cpu.max none)" = "100000 100000" ]; else [ "$(file cpu cpu none cpu.cfs_quota_us)" = 100000 ]; fi
  shown cpu CPUQuotaPerSecUSec 1s
  [ "$(file cpu pids pids.max pids.max)" = 70 ]
  if unified; then [ "$(file cpu cpu cpu.weight none)" = 300 ]; else [ "$(file cpu cpu none cpu.shares)" = 3072 ]; fi
  shown cpu CPUWeight 300
  run sdcont update --cpu 20% cpu # down again, on v1 below what is above it
  ended 0
  if unified; then [ "$(file cpu cpu cpu.max none)" = "20000 100000" ]; else [ "$(file cpu cpu none cpu.cfs_quota_us)" = 20000 ]; fi
  shown cpu CPUQuotaPerSecUSec 200ms
  run sdcont update --property TasksMax=33 --cpu-shares 512 cpu # in other words it is the same limit
  ended 0
  [ "$(file cpu pids pids.max pids.max)" = 33 ]
  shown cpu TasksMax 67
  if systemd_here; then
    before_reload=$(file cpu cpu cpu.max cpu.cfs_quota_us)$(file cpu pids pids.max pids.max)$(systemctl show -p CPUQuotaPerSecUSec -p TasksMax -p CPUWeight sdcont-cpu.scope)
    systemctl daemon-reload
    [ "$(file cpu cpu cpu.max cpu.cfs_quota_us)$(file cpu pids pids.max pids.max)$(systemctl show -p CPUQuotaPerSecUSec -p TasksMax -p CPUWeight sdcont-cpu.scope)" = "$before_reload" ]
  fi
  finish cpu
}

@test "all or nothing: what was set first is put back" {
  start whole --memory 64M --cpu 50% --pids-limit 50 'sleep 1000'
  holds() {
    [ "$(file whole memory memory.max memory.limit_in_bytes)" -eq $((64 << 20)) ]
    [ "$(file whole pids pids.max pids.max)" = 50 ]
    shown whole MemoryMax $((64 << 20))
    shown whole CPUQuotaPerSecUSec 500ms
    saved whole $((64 << 20))
  }
  # a file that the kernel does not let be written stands for what it may refuse
  mount --bind /dev/full "$(directory_of whole pids)/pids.max"
  run sdcont update --memory 128M --cpu 20% --pids-limit 60 whole
  umount "$(directory_of whole pids)/pids.max"
  refused "--pids-limit" 1
  holds
  run sdcont update --memory 1 whole
  refused "--memory" 1
  holds
  run sdcont update --memory 128M --memory-swap 64M whole
  refused "--memory-swap" 1
  holds
  finish whole
}

@test "less memory than is in use: refused with the figures, --reclaim, --force" {
  # 40 MiB of files, which can be freed, or of a process's own memory, which cannot
  start files --memory 128M 'head -c 40000000 /dev/zero >/var/tmp/f; sync; cat /var/tmp/f >/dev/null; touch /var/tmp/ready; sleep 1000'
  wait_until sdcont exec files test -e /var/tmp/ready
  if [ "$(sdcont exec files cat /sys/fs/cgroup/memory.current 2>/dev/null || sdcont exec files cat /sys/fs/cgroup/memory/memory.usage_in_bytes)" -gt $((30 << 20)) ]; then
    run sdcont update --memory 16M files
    refused "uses" 1
    has "--reclaim"
    [ "$(file files memory memory.max memory.limit_in_bytes)" -eq $((128 << 20)) ]
    shown files MemoryMax $((128 << 20))
    run sdcont update --memory 16M --reclaim files
    if [ "$(awk '/^shmem / {print $2}' "$(directory_of files memory)/memory.stat")" -gt $((30 << 20)) ]; then
      refused "no more of it can be freed" 1 # this machine's disk is in memory
    else
      ended 0
      [ "$(file files memory memory.max memory.limit_in_bytes)" -eq $((16 << 20)) ]
    fi
  fi
  sdcont exec files true
  finish files
  start own --memory 128M --memory-swap 128M --tmpfs /m 'head -c 60000000 /dev/zero >/m/f; touch /m/ready; sleep 1000'
  wait_until sdcont exec own test -e /m/ready
  run sdcont update --memory 16M own
  refused "uses" 1
  run sdcont update --memory 16M --memory-swap 16M --reclaim own
  refused "no more of it can be freed" 1
  [ "$(file own memory memory.max memory.limit_in_bytes)" -eq $((128 << 20)) ]
  finish own
}

@test "several at once; ended ones; what is not to be had" {
  start one --memory 64M 'sleep 1000'
  first=$client
  start two --memory 64M 'sleep 1000'
  run sdcont update --pids-limit 77 one nosuch two
  [ "$status" -eq 1 ]
  has "there is no container 'nosuch'"
  [ "${lines[0]}${lines[2]}" = onetwo ] || [[ $output == *one*two* ]]
  [ "$(file one pids pids.max pids.max)$(file two pids pids.max pids.max)" = 7777 ]
  run sdcont update one
  refused "no limit"
  run sdcont update --memory 64M
  refused "no CONTAINER"
  run sdcont update --nosuch 1 one
  refused --nosuch
  sdcont rm -f one
  wait $first || true
  finish two
  sdcont run --name ended --memory 64M "$ROOT" true
  run sdcont update --memory 100M ended
  ended 0
  grep -q $((100 << 20)) "/var/lib/sdcont/containers/$(readlink /var/lib/sdcont/names/ended)/spec.json"
  sdcont rm ended
}

@test "update --restart: what runs is run again once it ends, or is not" {
  restarts() { [ "$(sdcont inspect -f '{{.RestartCount}}' again)" -ge "$1" ]; }
  sdcont run -d --name again "$ROOT" sleep 1000 >/dev/null
  wait_until runs again
  run sdcont update --restart always again
  ended 0
  [ "$output" = again ]
  [ "$(sdcont inspect -f '{{.HostConfig.RestartPolicy.Name}}' again)" = always ]
  kill -KILL "$(init_of again)"
  wait_until restarts 1
  wait_until runs again
  sdcont update --restart on-failure:3 again
  [ "$(sdcont inspect -f '{{json .HostConfig.RestartPolicy}}' again)" = '{"Name":"on-failure","MaximumRetryCount":3}' ]
  sdcont update --restart no --pids-limit 55 again
  kill -KILL "$(init_of again)"
  [ "$(sdcont wait again)" = 137 ]
  sdcont update --restart always again
  sdcont start again
  wait_until runs again
  kill -KILL "$(init_of again)"
  wait_until restarts 1
  run sdcont update --restart sometimes again
  refused "--restart: 'sometimes'"
  sdcont rm -f again
  sdcont run -d --rm --name again "$ROOT" sleep 1000 >/dev/null
  run sdcont update --restart always again
  refused "is removed once it ends" 1
  sdcont rm -f again
}
