#!/usr/bin/env bats
# Containers as systemd's own things: systemd-run's words, plain scopes, sockets and readiness, services.

load common

manager() { timeout -k 5 60 "$BATS_TEST_DIRNAME/manager.py" "$@"; }
# A client of sd_notify for roots without systemd's: notify TEXT
notify='import os, socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); a = os.environ["NOTIFY_SOCKET"]; s.connect("\0" + a[1:] if a[0] == "@" else a); s.send(sys.argv[1].encode())'

@test "--no-rootfs: this machine's root, the caller's environment and directory, limits and a summary" {
  cd "$BATS_TEST_TMPDIR"
  run env WORD=kept "$SDCONT" run --rm --no-rootfs --summary --memory 64M --pids-limit 30 -E MORE=too \
    sh -c 'echo $WORD $MORE; pwd; echo here >file; readlink /proc/self/ns/mnt /proc/self/ns/pid /proc/self/ns/net; grep CapEff /proc/self/status'
  ended 0
  has "kept too"
  has "$BATS_TEST_TMPDIR"
  has "$(readlink /proc/self/ns/mnt)"
  has "$(readlink /proc/self/ns/pid)"
  has "$(readlink /proc/self/ns/net)"
  has "$(grep CapEff /proc/self/status)"
  has "status 0: exited with status 0"
  has "of 64.0M"
  [ "$(cat file)" = here ]
  run sdcont run --rm --no-rootfs sh -c 'exit 7'
  ended 7
  run sdcont run --rm --no-rootfs --uid nobody --gid 12345 sh -c 'id -u; id -g'
  [ "$(echo $output)" = "$(id -u nobody) 12345" ]
  run sdcont run --rm --no-rootfs --memory 50M --memory-swap 50M python3 -c 'x = bytearray(200 << 20)'
  ended 137
  run sdcont run --rm --no-rootfs -v /tmp:/x true
  refused "this machine's root"
  run sdcont run --rm '<none>' true
  refused "say --no-rootfs"
  run sdcont run --no-rootfs
  refused "no COMMAND"
}

@test "--no-rootfs: a scope as any other, its limits in the kernel's files, with exec, update, stats and why" {
  sdcont run -d --name plain --no-rootfs --memory 64M sleep 1000 >/dev/null
  file=memory.max
  unified || file=memory.limit_in_bytes
  [ "$(cat "$(directory_of plain memory)/$file")" -eq $((64 << 20)) ]
  ! systemd_here || [ "$(systemctl show --value -p MemoryMax sdcont-plain.scope)" -ge $((64 << 20)) ]
  run sdcont exec plain sh -c 'readlink /proc/self/ns/mnt'
  [ "$output" = "$(readlink /proc/self/ns/mnt)" ]
  sdcont update --memory 80M plain
  [ "$(cat "$(directory_of plain memory)/$file")" -eq $((80 << 20)) ]
  run sdcont ps --format '{{.Image}} {{.Command}}'
  has '<none> "sleep 1000"'
  run sdcont cp /etc/hostname plain:/x
  ended 125
  has "no root of its own"
  sdcont stop -t 1 plain
  run sdcont why plain
  has "stopped: killed by SIGTERM"
  run sdcont diff plain
  refused "no root of its own"
  sdcont start plain
  sdcont rm -f plain
}

@test "systemd-run's words mean what they mean there, or say why not" {
  run sdcont run --rm --wait --uid 1234 --gid 99 -E A=b "$ROOT" sh -c 'id -u; id -g; echo $A'
  ended 0
  has $'1234\n99\nb'
  has "status 0: exited with status 0"
  run bash -c 'echo piped | "$0" run --rm --pipe --collect "$1" cat' "$SDCONT" "$ROOT"
  [ "$output" = piped ]
  run bash -c 'echo piped | "$0" run --rm --pipe -t "$1" sh -c "cat; test ! -t 0"' "$SDCONT" "$ROOT"
  ended 0
  [ "$output" = piped ]
  run sdcont run --no-block "$ROOT" true
  refused "limits hold"
  run sdcont run -d --wait "$ROOT" true
  refused "-d does not"
  run sdcont run -d --pipe "$ROOT" true
  refused "the caller leaves"
  run sdcont run --rm -u 5 --uid 6 "$ROOT" true
  refused "who the command runs as"
}

@test "sockets that were handed on reach the command, with the pid that they are meant for" {
  take='import os, socket; [print(socket.socket(fileno=3 + i).accept()[0].recv(99).decode().strip()) for i in range(int(os.environ["LISTEN_FDS"]))]; print(os.environ["LISTEN_PID"] == str(os.getpid()), os.environ["LISTEN_FDNAMES"])'
  for how in "" --init; do
    run manager -n web:admin "$SDCONT" run --rm $how host python3 -c "$take"
    ended 0
    [ "$output" = $'hello web\nhello admin\nTrue web:admin' ]
  done
  run manager -n web "$SDCONT" run --rm --no-rootfs python3 -c "$take"
  ended 0
  [ "$output" = $'hello web\nTrue web' ]
  # what is meant for another process is nobody's
  run env LISTEN_FDS=1 LISTEN_PID=1 LISTEN_FDNAMES=x "$SDCONT" run --rm "$ROOT" sh -c 'echo ${LISTEN_FDS-none}; ls /proc/self/fd | wc -l'
  [ "$output" = $'none\n4' ]
  sdcont create --name later host python3 -c "$take" >/dev/null
  run manager -n web "$SDCONT" start -a later
  ended 0
  [ "$output" = $'hello web\nTrue web' ]
  sdcont rm later
  # and again, where it is run again
  run manager -n web "$SDCONT" run --name again --restart on-failure:1 host python3 -c 'import os; os.fstat(3); os._exit(5)'
  ended 5
  sdcont rm again
}

@test "readiness: the command's, ours, or nobody's" {
  run manager "$SDCONT" run --rm host python3 -c "$notify" $'READY=1\nSTATUS=well'
  ended 0
  [ "$output" = $'told READY=1 by main\ntold STATUS=well by main' ]
  run manager "$SDCONT" run --rm --no-rootfs --uid nobody python3 -c "$notify" READY=1
  ended 0
  [ "$output" = 'told READY=1 by main' ]
  # a container does not say who the main process is, nor who may speak
  run manager "$SDCONT" run --rm host python3 -c "$notify" $'MAINPID=1\nNOTIFYACCESS=all\nREADY=1\nFDSTORE=1'
  [ "$output" = 'told READY=1 by main' ]
  run manager "$SDCONT" run --rm --sdnotify conmon "$ROOT" sh -c 'echo ${NOTIFY_SOCKET-none}'
  [ "$(sort <<<"$output")" = $'none\ntold READY=1 by main' ]
  run manager "$SDCONT" run --rm --sdnotify ignore "$ROOT" sh -c 'echo ${NOTIFY_SOCKET-none}'
  [ "$output" = none ]
  run sdcont run --rm --sdnotify healthy "$ROOT" true
  refused "'healthy' is not available"
  run manager -w 5000000 "$SDCONT" run --rm host sh -c 'echo $WATCHDOG_USEC ${WATCHDOG_PID-any} $NOTIFY_SOCKET'
  [ "$output" = "5000000 any /run/host/notify" ]
  # nothing of it stays in the container's layer
  sdcont run --name left "$ROOT" true
  run sdcont diff left
  [ -z "$output" ]
  sdcont rm left
}

@test "readiness of a container that runs by itself: its supervisor is the main process" {
  run manager -u READY=1 "$SDCONT" run -d --name web host sh -c "python3 -c '$notify' READY=1; sleep 1000"
  ended 0
  [ "$(grep told <<<"$output")" = $'told MAINPID by main\ntold READY=1 by new-main' ]
  sdcont rm -f web
  run manager -u READY=1 "$SDCONT" run -d --sdnotify conmon --name web "$ROOT" sleep 1000
  [ "$(grep told <<<"$output")" = $'told MAINPID by main\ntold READY=1 by new-main' ]
  sdcont rm -f web
}

@test "readiness of real services" {
  systemd_here || skip "not here: no systemd runs"
  state() { systemctl show --value -p ActiveState sdtest; }
  property() { systemctl show --value -p "$1" sdtest; }
  systemd-run -q --unit sdtest --collect -p Type=notify "$SDCONT" run --rm --init --name web host \
    sh -c 'until [ -e /tmp/go ]; do sleep 0.1; done; systemd-notify --ready --status=fine; sleep 1000' &
  starting=$!
  wait_until runs web
  [ "$(state)" = activating ]
  sdcont exec web touch /tmp/go
  wait $starting
  [ "$(state)" = active ]
  wait_until test "$(property StatusText)" = fine
  systemctl stop sdtest
  # one that runs by itself: systemd neither waits for, nor hears of the end of, what is not its child
  systemd-run -q --unit sdtest --collect -p Type=notify -p ExecStop="$SDCONT stop web" "$SDCONT" run -d --rm --sdnotify conmon --stop-timeout 1 --name web "$ROOT" sleep 1000
  [ "$(state)" = active ]
  [ "$(property MainPID)" = "$(sed -n 's/.*"supervisor":{"pid":\([0-9]*\).*/\1/p' "/run/sdcont/containers/$(readlink /var/lib/sdcont/names/web)/record.json")" ]
  systemctl stop sdtest
  [ -z "$(sdcont ps -q)" ]
}
