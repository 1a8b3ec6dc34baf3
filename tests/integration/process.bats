#!/usr/bin/env bats
# What the command is given: environment, user, directory, limits of the process, terminal.

load common

@test "environment: only what was asked for" {
  run env SECRET=x FROM_HOST=h "$SDCONT" run --rm -e A=1 -e FROM_HOST -e UNSET_HERE "$ROOT" env
  ended 0
  if grep -qE 'SECRET|UNSET_HERE' <<<"$output"; then false; fi
  has A=1
  has FROM_HOST=h
  has PATH=/usr/local/sbin:
  has HOME=/root
  has container=sdcont
  has HOSTNAME=
  [ "${#lines[@]}" -eq 6 ]
}

@test "--env-file" {
  printf '# comment\n\nA=1\nB=two words\n' >"$BATS_TEST_TMPDIR/env"
  run sdcont run --rm --env-file "$BATS_TEST_TMPDIR/env" -e A=2 "$ROOT" env
  has A=2
  has "B=two words"
  printf 'A=1\n=bad\n' >"$BATS_TEST_TMPDIR/env"
  run sdcont run --rm --env-file "$BATS_TEST_TMPDIR/env" "$ROOT" env
  refused "line 2"
}

@test "-u: names and numbers, looked up inside the root" {
  run run_root -u app 'id -u; id -g; id -G; echo $HOME'
  [ "${lines[0]}" = 1000 ]
  run run_root -u 1234:5678 'id -u; id -g; id -G'
  [ "$(echo $output)" = "1234 5678 5678" ]
  run run_root -u nobody 'id -un'
  [ "$output" = nobody ]
  run sdcont run --rm -u nosuchuser "$ROOT" true
  refused nosuchuser
}

@test "-w: made when missing" {
  run run_root -w /deep/er 'pwd'
  [ "$output" = /deep/er ]
  run sdcont run --rm -w relative "$ROOT" true
  refused "not an absolute path"
}

@test "--ulimit, --nice, --oom-score-adj, --sysctl" {
  run run_root --ulimit nofile=100:200 --ulimit core=0 'ulimit -Sn; ulimit -Hn; ulimit -c'
  [ "$(echo $output)" = "100 200 0" ]
  run run_root --nice 7 --oom-score-adj 500 'cut -d" " -f19 /proc/self/stat; cat /proc/self/oom_score_adj'
  [ "$(echo $output)" = "7 500" ]
  run run_root --sysctl net.ipv4.ip_unprivileged_port_start=7 --sysctl kernel.msgmax=9000 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax'
  [ "$(echo $output)" = "7 9000" ]
  run run_root 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range | tr "\t" " "'
  [ "$output" = $'0\n0 2147483647' ] # docker's
  run sdcont run --rm -u 1000:1000 host python3 -c \
    'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)' # as ping does
  ended 0
  run sdcont run --rm --sysctl kernel.core_pattern=x "$ROOT" true
  refused "belongs to no namespace"
  run sdcont run --rm --ipc host --sysctl kernel.shm_rmid_forced=1 "$ROOT" true
  refused "would change the host"
}

@test "--init reaps and passes on signals" {
  run run_root --init 'echo $$; (sleep 0.2 & ) ; sleep 0.6; ps | grep -c "\[sleep\]"; exit 4'
  ended 4
  [ "${lines[0]}" != 1 ]
  [ "${lines[1]}" = 0 ]
  "$SDCONT" run --rm --init --name reaped "$ROOT" sleep 100 &
  client=$!
  wait_until runs reaped
  sleep 0.3
  kill -TERM $client
  status=0; wait $client || status=$?
  [ "$status" -eq 143 ]
}

@test "-t: a terminal of the container's own, restored, resized" {
  run python3 "$BATS_TEST_DIRNAME/terminal.py" "$SDCONT" "$ROOT"
  ended 0
  has "all well"
}

@test "-it without a terminal is refused" {
  run bash -c "'$SDCONT' run --rm -it '$ROOT' true </dev/null"
  refused "not a terminal"
}

@test "a command given no terminal has no controlling terminal" {
  run run_root 'echo x >/dev/tty'
  [ "$status" -ne 0 ]
}

@test "a terminal whose other side does not read holds no signal up" {
  mkfifo "$BATS_TEST_TMPDIR/out"
  exec 9<>"$BATS_TEST_TMPDIR/out" # open, and never read
  "$SDCONT" run --rm --init -t --name blocked "$ROOT" sh -c 'while :; do echo 0123456789; done' >"$BATS_TEST_TMPDIR/out" &
  client=$!
  wait_until runs blocked
  sleep 1
  kill -TERM "$client"
  wait_until gone blocked
  kill -TERM "$client" # what is left of the output is then not waited for
  status=0
  wait "$client" || status=$?
  exec 9>&-
  [ "$status" -eq 143 ]
}
gone() { ! readlink "/var/lib/sdcont/names/$1"; }

@test "an output that cannot be written closes the container's terminal" {
  run sh -c '"$1" run --rm -t "$2" sh -c "$3" 2>&1 >/dev/full' sh "$SDCONT" "$ROOT" 'trap "exit 9" HUP; echo x; sleep 50 & wait'
  ended 9
  has "cannot write the output: No space left on device"
  run sh -c '"$1" ps -a >/dev/full' sh "$SDCONT"
  refused "cannot write the output: No space left on device"
}

@test "--pidfile and --cidfile that cannot be made: nothing runs" {
  for flag in --pidfile --cidfile; do
    run sdcont run --rm $flag /nope/file -v "$BATS_TEST_TMPDIR:/mark" "$ROOT" touch /mark/ran
    refused "$flag: cannot make /nope/file"
    [ ! -e "$BATS_TEST_TMPDIR/ran" ]
  done
  run sdcont run --rm --cidfile "$BATS_TEST_TMPDIR/cid" --pidfile /nope/file "$ROOT" true
  refused "--pidfile: cannot make /nope/file"
  [ ! -e "$BATS_TEST_TMPDIR/cid" ]
  run sdcont run --rm --pidfile /dev/full "$ROOT" sleep 50
  refused "cannot write /dev/full, so the container was killed: No space left on device"
  [ -c /dev/full ]
}

@test "few descriptors for the command are no fewer for us" {
  run run_root --ulimit nofile=5 'ulimit -n'
  [ "$output" = 5 ]
  run sdcont run --rm --ulimit nofile=5 --init -w /tmp -u app "$ROOT" echo fine
  ended 0
  run sdcont run --rm -e HOME= "$ROOT" sh -c 'env | grep -c HOME='
  [ "$output" = 1 ]
}

@test "a container that may do so powers itself off, with status 0, or reboots, with 129" {
  for call in poweroff reboot; do # of a pid namespace's init, which this one is known to be
    run sdcont run --privileged --name "$call" --restart on-failure:1 "$ROOT" sh -c '[ $$ = 1 ] && exec '$call' -f'
    [ "$call $status" = "poweroff 0" ] || [ "$call $status" = "reboot 129" ]
  done
  how="{{.Sdcont.Explanation}} {{.RestartCount}}"
  [ "$(sdcont inspect -f "$how" poweroff)" = "powered off 0" ]
  [ "$(sdcont inspect -f "$how" reboot)" = "rebooted (SIGHUP) 1" ]
  sdcont rm poweroff reboot
}
