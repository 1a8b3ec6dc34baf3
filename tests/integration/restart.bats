# Commands that are run again: --restart.

load common

@test "--restart on-failure runs the command again so many times, in the same limits" {
  detached --name again --restart on-failure:2 --memory 64M "$ROOT" sh -c 'echo run; exit 6'
  run sdcont wait again
  [ "$output" = 6 ]
  [ "$(sdcont logs again)" = $'run\nrun\nrun' ]
  record_of again | grep -q '"restarts":2'
  sdcont rm again
  detached --name once --restart on-failure "$ROOT" true
  run sdcont wait once
  [ "$output" = 0 ]
  sdcont rm once
}

@test "--restart always: stop ends it, also while it waits; out of memory is counted for each run" {
  detached --name again --restart always --memory 32M "$ROOT" sh -c 'echo run; exit 1'
  wait_until status_is again restarting
  sdcont stop again
  status_is again exited
  sdcont rm again
  # (room for the sanitizers, too)
  detached --name again --restart always --memory 128M "$ROOT" sh -c '[ -e /second ] && exec sleep 1000; touch /second; exec tail /dev/zero'
  counted() { record_of again | grep -q '"restarts":1.*"status":"running"'; }
  wait_until counted
  directory=$(directory_of again memory)
  file=memory.max
  unified || file=memory.limit_in_bytes
  [ "$(cat "$directory/$file")" -eq $((128 << 20)) ]
  [ "$(sdcont exec again echo joined)" = joined ] # in the cgroup of a run that was killed
  sdcont stop -t 0 again
  record_of again | grep -q '"oomKills":0'
  sdcont rm again
}

@test "a run that is killed before its command is one that has ended" {
  detached --name again --restart on-failure:2 --memory 64M --memory-swap 64M "$ROOT" sleep 1000
  file=$(directory_of again memory)/memory.max
  unified || file=${file%.max}.limit_in_bytes
  supervisor=$(record_of again | sed -n 's/.*"supervisor":{"pid":\([0-9]*\).*/\1/p')
  kill -STOP "$supervisor"
  kill -KILL "$(init_of again)"
  # v1 takes no limit below what is in use, which what the kernel frees late keeps up; with room for some of the
  # start's allocations a larger one fails, and nobody is killed
  room_for_nothing() {
    unified && echo 4096 >"$file" && return
    echo 0 >"${file%/*}/memory.force_empty"
    cat "${file%/*}/memory.usage_in_bytes" >"$file" && [ "$(cat "$file")" -le 65536 ]
  }
  wait_until room_for_nothing
  kill -CONT "$supervisor"
  run sdcont wait again
  [ "$output" = 137 ]
  run sdcont inspect -f '{{.RestartCount}} {{.State.OOMKilled}} {{.Sdcont.Explanation}}' again
  has "2 true killed by the out-of-memory killer"
  sdcont rm again
}

@test "kill and rm -f end a container with --restart for good" {
  detached --name again --restart always "$ROOT" sleep 1000
  sdcont kill again
  run sdcont wait again
  [ "$output" = 137 ]
  status_is again exited
  sdcont start again
  sdcont rm -f again
  detached --name lost "$ROOT" sleep 1000
  rm /var/lib/sdcont/containers/*/spec.json
  sdcont kill lost # nothing that is on disk is needed for it
  [ "$(sdcont wait lost)" = 137 ]
  sdcont rm lost
  run sdcont ps -aq
  [ -z "$output" ]
}

@test "kill means the container, also where its command ends at this moment and is to run again" {
  export ASAN_OPTIONS=detect_leaks=0 # it traces, and so does strace
  go=$BATS_TEST_TMPDIR/go
  mkfifo "$go"
  detached --name again --restart always -v "$go:/go" "$ROOT" sh -c 'read line </go; exit 3'
  # between its look and its word to the supervisor
  slow_kill() { timeout 60 strace -qq -o /dev/null -e trace=connect -e inject=connect:delay_enter=1000000:when=1 "$SDCONT" kill again; }
  runs_for_the() { [ "$(sdcont inspect -f '{{.RestartCount}} {{.State.Status}}' again)" = "$1 running" ]; }
  kills() { grep -c '"Action":"kill"' /run/sdcont/events.log || true; }
  has_looked() { [ "$(kills)" -gt "$killed" ]; } # it notes the event next
  for end in 137 3; do # it runs again by then, or waits for that: an emulated machine may be slower than either
    killed=$(kills)
    [ $end = 137 ] || sdcont start again
    [ $end = 137 ] || for time in 1 2 3 4 5; do echo >"$go"; wait_until runs_for_the $time; done
    slow_kill &
    client=$!
    wait_until has_looked
    echo >"$go"
    wait $client
    code=$(sdcont wait again)
    [ "$code" = $end ] || [[ $SDCONT_ENV = vm-* && $code =~ ^(3|137)$ ]]
    status_is again exited
  done
  sdcont rm again
}
