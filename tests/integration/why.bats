#!/usr/bin/env bats
# why: how a container ended, or what slows it down, and what that rests on.

load common

kernel_log() { timeout 2 dd if=/dev/kmsg of=/dev/null bs=8192 count=1 iflag=nonblock 2>/dev/null; }

@test "why: out of memory by its own limit: who was killed, how big, and who else was there" {
  run sdcont run --name oom --memory 16M --memory-swap 16M "$ROOT" sh -c 'sleep 100 & cat /dev/zero | tail'
  ended 137
  run sdcont why oom
  ended 0
  has "Container oom ended"
  has "killed by the out-of-memory killer: memory.max 16M of this container reached"
  has "  exit record: status 137, reason out-of-memory"
  has "  memory limit: 16M"
  if kernel_log; then
    has "(tail), which held 1"
    has "the container's own limit was reached. Beside it there were"
    has "sh ("
    has "  kernel log ["
  fi
  [ "$(sdcont why --format json oom | python3 -c 'import json, sys; w = json.load(sys.stdin); print(w["Name"], w["Reason"], len(w["Evidence"]) > 2)')" = "oom out-of-memory True" ]
}

@test "why: out of memory by a slice above" {
  if systemd_here; then
    systemctl set-property --runtime why.slice MemoryMax=16M MemorySwapMax=0 2>/dev/null || systemctl set-property --runtime why.slice MemoryMax=16M
    how=(--slice why.slice)
    run sdcont run --name above "${how[@]}" "$ROOT" sh -c 'cat /dev/zero | tail'
    systemctl stop why.slice
    systemctl revert why.slice 2>/dev/null || true
  else
    local parent
    if unified; then parent=/sys/fs/cgroup/why-$$; else parent=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)/why-$$; fi
    mkdir "$parent"
    caller=$parent
    if unified; then
      # a cgroup that gives controllers to those below it holds no process itself
      caller=$parent/caller
      mkdir "$caller"
      for controller in memory pids cpu io; do
        echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control && echo "+$controller" >"$parent/cgroup.subtree_control" || true
      done
      echo 16M >"$parent/memory.max"
      echo 0 >"$parent/memory.swap.max" 2>/dev/null || true
    else
      echo 16M >"$parent/memory.limit_in_bytes"
    fi
    run timeout 60 sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$caller" "$SDCONT" run --name above "$ROOT" sh -c 'cat /dev/zero | tail'
    wait_until rmdir "$caller" # the supervisor was in there, too
    [ "$caller" = "$parent" ] || rmdir "$parent"
  fi
  ended 137
  run sdcont why above
  has "the memory limit of why"
  has "above it reached (16M)"
}

@test "why: a user's signal, and a crash" {
  "$SDCONT" run --name sig "$ROOT" sleep 100 &
  client=$!
  wait_until runs sig
  sdcont kill -s QUIT sig || true
  sdcont kill sig
  wait $client || true
  run sdcont why sig
  has "killed by SIGKILL. A user sent SIGKILL at 20"
  has "  event: sdcont sent SIGQUIT at"
  run sdcont run --name crash --init "$ROOT" sh -c 'kill -SEGV $$'
  ended 139
  run sdcont why crash
  has "Container crash ended"
  has "its command was ended by SIGSEGV"
  if [[ $output == *"A user sent"* ]]; then false; fi
}

@test "why: a timeout, and a tasks limit" {
  run sdcont run --name late --timeout 1 --pids-limit 3 "$ROOT" sh -c 'trap "" CHLD; for i in 1 2 3 4 5; do (sleep 100) & done; wait'
  run sdcont why late
  has "Container late ended"
  has "tasks limit of 3 hit"
  has "  pids.events: refused"
  run sdcont run --name slow --timeout 1 --stop-signal KILL "$ROOT" sleep 100
  run sdcont why slow
  has "its --timeout ran out"
}

@test "why: throttled, of a running container and afterwards" {
  # so little that even an emulated machine that does other things beside it is held up by it all the time
  "$SDCONT" run --name hot --cpus 0.05 "$ROOT" sh -c 'while :; do :; done' &
  client=$!
  wait_until runs hot
  throttled="It was throttled [0-9]* % of the time in which it wanted to run, by cpu 5 %."
  is_throttled() { sdcont why hot | grep -q "$throttled"; }
  wait_until is_throttled
  run sdcont why hot
  has "Container hot runs, for"
  has "  cpu.stat: throttled in"
  sdcont kill hot
  wait $client || true
  run sdcont why hot
  has "Container hot ended"
  grep -q "$throttled" <<<"$output" || { echo "$output" >&2; false; }
}

@test "why: descriptors that are used up, of a running container" {
  "$SDCONT" run --name fds --ulimit nofile=8:8 "$ROOT" sh -c 'exec 3</dev/null 4<&3 5<&3 6<&3 7<&3; sleep 100; :' &
  client=$!
  wait_until runs fds
  full() { sdcont why fds | grep -q "has [78] of the 8 descriptors open that it may have"; }
  wait_until full
  sdcont rm -f fds
  wait $client || true
}

@test "why: what it may write is full" {
  run sdcont run --name full --storage-opt size=16M "$ROOT" sh -c 'cat /dev/zero >/big'
  run sdcont why full
  has "its --storage-opt size of 16M is reached"
  has "  storage: "
  sdcont rm full
  run sdcont run --name some --storage-opt size=16M "$ROOT" sh -c 'echo x >/x; exit 4'
  run sdcont why some
  has "exited with status 4."
  if [[ $output == *"is reached"* ]]; then false; fi
}

@test "why: nothing was wrong, and what cannot be told is said" {
  "$SDCONT" run --name fine "$ROOT" sleep 100 &
  client=$!
  wait_until runs fine
  run sdcont why fine
  has "Container fine runs, for"
  has "It was neither killed nor slowed down by a limit."
  if unified; then
    if [ -e /proc/pressure/io ] && [[ $output == *"cannot be told"* ]]; then false; fi
  fi
  sdcont rm -f fine
  wait $client || true
  run sdcont why fine
  refused "there is no container 'fine'"
}

@test "why: stalled on IO" {
  local disk=${SDCONT_LAB_DISK:?an empty disk}
  "$SDCONT" run --name stalled --device "$disk" --device-read-bps "$disk:256k" host dd if="$disk" of=/dev/null bs=64k count=400 iflag=direct status=none &
  client=$!
  wait_until runs stalled
  # without pressure of one container (v1 alone) it is said that this cannot be told
  told() { sdcont why stalled | grep -qE "It stalled [0-9.]+s .* on IO\.|Whether it waited for memory or IO cannot be told here"; }
  wait_until told
  if unified && [ -e /proc/pressure/io ]; then sdcont why stalled | grep -q "  io.pressure: some"; fi
  sdcont rm -f stalled
  wait $client || true
}

@test "why: held up by a slice above, of a running container and afterwards" {
  sdcont slice set --runtime sdcontwhy --cpus 0.05
  "$SDCONT" run --name held --slice sdcontwhy "$ROOT" sh -c 'while :; do :; done' &
  client=$!
  wait_until runs held
  held_up() { sdcont why held | grep -q "sdcontwhy.slice above it, and all in that, was throttled [0-9]* % of the time in which it wanted to run, by cpu 5 %."; }
  wait_until held_up
  sdcont kill held
  wait $client || true
  sdcont slice rm sdcontwhy
  held_up
  run sdcont why held
  has "  cpu.stat of sdcontwhy.slice: throttled in"
}

@test "why: where the core of a crash is" {
  pattern=$(cat /proc/sys/kernel/core_pattern)
  [ -n "$pattern" ] || skip "not here: kernel.core_pattern is empty"
  run sdcont run --name crash --ulimit core=-1:-1 -w /var/tmp host python3 -c 'import ctypes; ctypes.string_at(0)' # as PID 1
  ended 139
  sdcont inspect -f '{{.Sdcont.Explanation}}' crash >"$BATS_TEST_TMPDIR/how"
  run sdcont why crash
  if grep -q 'core dumped' "$BATS_TEST_TMPDIR/how"; then has "Its core is "; elif [[ $output == *"Its core"* ]]; then false; fi
}
