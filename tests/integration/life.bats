# The life of a container that runs by itself: run -d, create, start, stop, restart, wait, attach, prune.

load common

@test "run -d prints the whole id and leaves; the container goes on, and its end is known" {
  id=$(sdcont run -d --name web --memory 64M "$ROOT" sh -c 'until [ -e /go ]; do sleep 0.1; done; exit 3')
  [ ${#id} -eq 64 ]
  status_is web running
  file=memory.max
  unified || file=memory.limit_in_bytes
  [ "$(cat "$(directory_of web memory)/$file")" -eq $((64 << 20)) ]
  sdcont exec web touch /go
  run sdcont wait web
  ended 0
  [ "$output" = 3 ]
  status_is web exited
  run sdcont wait "${id:0:12}"
  [ "$output" = 3 ]
  run sdcont ps -a --format '{{.Names}} {{.State}}'
  has "web exited"
  sdcont rm web
}

@test "a container that was created is not started; one that was started again is the same container" {
  sdcont create --name box1 --memory 64M -e WORD=kept "$ROOT" sh -c 'echo $WORD; echo x >>/count; wc -l </count; exit 4' >/dev/null
  status_is box1 created
  run sdcont wait box1
  [ "$output" = 0 ]
  run sdcont start -a box1
  ended 4
  [ "$output" = $'kept\n1' ]
  run sdcont start -a box1
  ended 4
  [ "$output" = $'kept\n2' ]
  sdcont start box1
  run sdcont wait box1
  [ "$output" = 4 ]
  run sdcont create --memory 1x "$ROOT" true
  refused "--memory"
  sdcont rm box1
}

@test "a command that ends at once is told right, however slow the client is that started it" {
  export ASAN_OPTIONS=detect_leaks=0 # it traces, and so does strace
  sdcont create --name box1 "$ROOT" true >/dev/null
  for _ in 1 2 3; do
    # each file that the client itself replaces takes a while
    timeout 60 strace -qq -o /dev/null -e 'trace=/^rename' -e 'inject=/^rename:delay_enter=200000' "$SDCONT" start box1 >/dev/null
    wait_until status_is box1 exited
    run sdcont wait box1
    [ "$output" = 0 ]
    record_of box1 | grep -q '"reason":"exited".*"status":"exited"'
  done
  sdcont rm box1
  for how in -d -t; do # and each message that comes to it
    run timeout 60 strace -qq -o /dev/null -e trace=recvmsg -e inject=recvmsg:delay_exit=100000 "$SDCONT" run $how --name box1 "$ROOT" true
    ended 0
    wait_until status_is box1 exited
    sdcont rm box1 >/dev/null
  done
}

@test "a start that fails leaves the container as it was" {
  mkdir "$BATS_TEST_TMPDIR/src"
  sdcont create --name box1 --mount "type=bind,src=$BATS_TEST_TMPDIR/src,dst=/data" "$ROOT" cat /data/word >/dev/null
  rmdir "$BATS_TEST_TMPDIR/src"
  run sdcont start box1
  [ "$status" -eq 1 ]
  has "$BATS_TEST_TMPDIR/src"
  status_is box1 created
  mkdir "$BATS_TEST_TMPDIR/src"
  echo well >"$BATS_TEST_TMPDIR/src/word"
  run sdcont start -a box1
  ended 0
  [ "$output" = well ]
  sdcont rm box1
}

@test "a container with --rm whose start failed can be started again" {
  sdcont create --rm --name box1 "$ROOT" /nosuch >/dev/null
  for _ in 1 2; do # the kernel mounts what --rm mounts only once, unless we see to it
    run sdcont start box1
    [ "$status" -ne 0 ]
    has "/nosuch"
    status_is box1 created
  done
  sdcont rm box1
}

@test "stop: the stop signal, and SIGKILL after the grace; a second stop is none" {
  detached --name kind --stop-signal USR1 "$ROOT" sh -c 'trap "exit 7" USR1; while :; do sleep 0.1; done'
  detached --name deaf "$ROOT" sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'
  wait_until sh -c "'$SDCONT' logs deaf | grep up"
  run sdcont stop kind
  ended 0
  [ "$output" = kind ]
  run sdcont stop -t 1 deaf kind nobody
  ended 1
  has "deaf"
  has "there is no container 'nobody'"
  record_of kind | grep -q '"reason":"stopped".*"status":7'
  record_of deaf | grep -q '"reason":"stopped".*"signal":9.*"status":137'
  sdcont rm kind deaf
}

@test "stop of a paused container, and by who signals the supervisor" {
  detached --name web "$ROOT" sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
  sdcont pause web
  sdcont stop web
  record_of web | grep -q '"reason":"stopped".*"status":5'
  sdcont start web
  kill -TERM "$(record_of web | sed -n 's/.*"supervisor":{"pid":\([0-9]*\).*/\1/p')"
  wait_until status_is web exited
  record_of web | grep -q '"reason":"stopped"'
  sdcont rm web
}

@test "systemctl stop of the scope ends a container as sdcont stop does" {
  systemd_here || skip "not here: no systemd"
  detached --name web "$ROOT" sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
  systemctl stop sdcont-web.scope
  wait_until status_is web exited
  record_of web | grep -q '"reason":"stopped".*"status":5'
  sdcont rm web
}

@test "restart: another process, the same files" {
  detached --name web "$ROOT" sh -c 'date +%s%N >>/started; trap "exit 0" TERM; while :; do sleep 0.1; done'
  first=$(init_of web)
  wait_until sdcont exec web test -s /started
  sdcont restart web
  wait_until runs web
  [ "$(init_of web)" != "$first" ]
  two() { [ "$(sdcont exec web wc -l /started)" = "2 /started" ]; }
  wait_until two
  sdcont rm -f web
}

@test "--rm and --restart, passthrough and -t, and words that are none are refused" {
  run sdcont run --rm --restart always "$ROOT" true
  refused "--rm and --restart"
  run sdcont run --restart sometimes "$ROOT" true
  refused "--restart: 'sometimes'"
  run sdcont run -d --log-driver passthrough -t "$ROOT" true
  refused "passthrough"
  run sdcont run -d --log-driver syslog "$ROOT" true
  refused "'syslog' is not available"
  run sdcont run -d --log-driver none --log-opt max-size=1m "$ROOT" true
  refused "this is for json-file"
  run sdcont run -d --summary "$ROOT" true
  refused "nobody is there"
}

@test "attach: what is typed goes in, what is written comes out, and the status is the container's" {
  detached -i --name talk "$ROOT" sh -c 'read word; echo "<$word>"; exit 9'
  run sh -c 'echo hello | timeout -k 5 30 "$1" attach talk' sh "$SDCONT"
  ended 9
  [ "$output" = "<hello>" ]
  [ "$(sdcont logs talk)" = "<hello>" ]
  run sdcont attach talk
  refused "container talk is not running"
  sdcont rm talk
  sdcont run --name plain "$ROOT" sleep 1000 &
  wait_until runs plain
  run sdcont attach plain
  refused "there is nothing to attach to"
  sdcont rm -f plain
}

@test "a client that is killed, or reads nothing, ends no container" {
  detached -t --name talk "$ROOT" sh -c 'while :; do echo tick; sleep 0.05; done'
  "$SDCONT" attach talk >"$BATS_TEST_TMPDIR/out" 2>&1 &
  client=$!
  wait_until grep -q tick "$BATS_TEST_TMPDIR/out"
  kill -KILL $client
  wait $client || true
  status_is talk running
  sleep 0.3
  status_is talk running
  sdcont stop -t 0 talk
  sdcont rm talk
}

@test "a terminal: detach keys leave it running, attach comes back, Ctrl-C and the size reach it" {
  run python3 "$BATS_TEST_DIRNAME/detach.py" "$SDCONT" "$ROOT"
  ended 0
  [ "${lines[-1]}" = "all well" ]
}

@test "a container that is being made is waited for, and one that goes meanwhile is gone" {
  export ASAN_OPTIONS=detect_leaks=0 # it traces, and so does strace
  for command in "logs box1" "update --memory 64M box1" "rename box1 box2"; do
    timeout 60 strace -qq -o /dev/null -e trace=renameat -e inject=renameat:delay_exit=500000 "$SDCONT" create --name box1 "$ROOT" true >/dev/null &
    client=$!
    wait_until test -L /var/lib/sdcont/names/box1
    sleep 0.2
    run sdcont $command
    ended 0
    wait $client
    sdcont rm "$(sdcont ps -aq)"
  done
}

@test "container prune removes what stands still, and that only" {
  detached --name up "$ROOT" sleep 1000
  sdcont create --name made "$ROOT" true >/dev/null
  sdcont run --name over "$ROOT" true
  sdcont container prune -f
  [ "$(sdcont ps -a --format '{{.Names}}')" = up ]
  sdcont rm -f up
}

@test "many at once: one start wins, and each name has one container" {
  sdcont create --name one "$ROOT" sleep 1000 >/dev/null
  clients=() # bats has children of its own, so that a plain `wait` would not end
  for _ in 1 2 3 4 5 6; do sdcont start one >/dev/null & clients+=($!); done
  wait "${clients[@]}"
  status_is one running
  id=$(readlink /var/lib/sdcont/names/one)
  [ "$(sdcont events --since 1m --until 0s --format '{{.id}} {{.Action}}' | grep -c "^$id start$")" -eq 1 ]
  clients=()
  for _ in 1 2 3; do
    sdcont stop -t 0 one >/dev/null & clients+=($!)
    sdcont restart -t 0 one >/dev/null & clients+=($!)
    sdcont start one >/dev/null & clients+=($!)
  done
  wait "${clients[@]}" || true # a start may meet a stop
  sdcont rm -f one
  clients=()
  for i in 1 2 3 4 5 6 7 8; do sdcont run -d --name "n$((i % 2))" "$ROOT" sleep 1000 >/dev/null 2>&1 & clients+=($!); done
  wait "${clients[@]}" || true # all but two find the name taken
  [ "$(sdcont ps -q | wc -l)" -eq 2 ]
  sdcont rm -f n0 n1
}

@test "killed supervisors and clients: what runs is told, stopped and removed" {
  detached --name web "$ROOT" sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
  kill -KILL "$(record_of web | sed -n 's/.*"supervisor":{"pid":\([0-9]*\).*/\1/p')"
  told() { sdcont ps | grep -q "supervisor killed"; }
  wait_until told # a signal takes a moment
  sdcont stop web
  run sdcont ps -a --format '{{.State}}'
  [ "$output" = exited ]
  sdcont start web
  wait_until runs web
  sdcont rm -f web
}

@test "attach to a container whose supervisor is killed at that moment: that is told, and not that it has ended" {
  detached --name web "$ROOT" sleep 1000
  supervisor=$(record_of web | sed -n 's/.*"supervisor":{"pid":\([0-9]*\).*/\1/p')
  kill -STOP "$supervisor" # so that it does not answer
  "$SDCONT" attach web >"$BATS_TEST_TMPDIR/out" 2>&1 &
  client=$!
  asks() { grep -q socket: <(ls -l "/proc/$client/fd"); }
  wait_until asks
  sleep 0.3
  kill -KILL "$supervisor"
  wait $client || true
  grep "its supervisor was killed" "$BATS_TEST_TMPDIR/out"
  sdcont rm -f web
}

@test "stop of a container whose supervisor is killed at that moment stops it all the same" {
  detached --name web "$ROOT" sleep 1000
  supervisor=$(record_of web | sed -n 's/.*"supervisor":{"pid":\([0-9]*\).*/\1/p')
  kill -STOP "$supervisor" # so that it does not hear
  "$SDCONT" stop -t 0 web &
  client=$!
  sleep 0.5
  kill -KILL "$supervisor"
  wait $client
  status_is web exited
  sdcont rm web
}

@test "events tell a container's life in order" {
  from=$(date +%s.%N)
  sdcont create --name web "$ROOT" sh -c 'exit 2' >/dev/null
  sdcont start web
  sdcont wait web
  sdcont update --memory 64M web
  sdcont rename web web2
  sdcont rm web2
  run sh -c '"$1" events --since "$2" --until "$(date +%s.%N)" --format "{{.Action}}"' sh "$SDCONT" "$from"
  [ "$(tr '\n' ' ' <<<"$output")" = "create start die update rename destroy " ]
}

@test "run -a: some of its streams alone; run --replace: in place of the one that has the name" {
  sdcont run --rm -a stdout "$ROOT" sh -c 'echo out; echo err >&2' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  [ "$(cat "$BATS_TEST_TMPDIR/out")$(cat "$BATS_TEST_TMPDIR/err")" = out ]
  sdcont run --rm -a STDERR "$ROOT" sh -c 'echo out; echo err >&2' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  [ "$(cat "$BATS_TEST_TMPDIR/out")$(cat "$BATS_TEST_TMPDIR/err")" = err ]
  run sdcont run --rm -a stdout -a stderr "$ROOT" sh -c 'echo out; echo err >&2; exit 3'
  ended 3
  [ "$output" = $'out\nerr' ]
  id=$(echo word | sdcont run -i -a stdin --name typed "$ROOT" sh -c 'read -r w; echo "got $w"; read -r w; exit 4')
  [ ${#id} -eq 64 ]
  [ "$(sdcont wait typed)" = 4 ]
  run sdcont logs typed
  [ "$output" = "got word" ]
  run sdcont run -d -a stdout "$ROOT" true
  refused "-a and -d"
  run sdcont run -a nothing "$ROOT" true
  refused "can be stdin, stdout or stderr"
  run sdcont run -a stdout --log-driver passthrough "$ROOT" true
  refused "passthrough"
  run sdcont run --name typed "$ROOT" true
  refused "typed"
  run sdcont run --replace "$ROOT" true
  refused "--replace needs --name"
  detached --replace --name typed "$ROOT" sleep 1000
  wait_until runs typed
  old=$(readlink /var/lib/sdcont/names/typed)
  run sdcont run --replace --rm --name typed "$ROOT" sh -c 'echo new'
  ended 0
  [ "$output" = new ]
  [ ! -e "/run/sdcont/containers/$old" ]
  sdcont create --replace --name typed "$ROOT" true >/dev/null
  sdcont rm typed
}
