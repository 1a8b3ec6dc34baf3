#!/usr/bin/env bats
# What goes down while containers run: the bus, systemd, the journal, the machine; and many commands at once.

load common

status_of() { sdcont ps -a --filter name="$1" --format '{{.State}}'; }

# A container with a limit, and that it has it still, and does what is asked of it.
begin_web() {
  sdcont run -d --name web --memory 64M "$ROOT" sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done' >/dev/null
  init=$(init_of web)
}
still_web() {
  local file=memory.max
  unified || file=memory.limit_in_bytes
  [ "$(init_of web)" = "$init" ]
  [ "$(status_of web)" = running ]
  [ "$(cat "$(directory_of web memory)/$file")" -eq $((64 << 20)) ]
  [ "$(systemctl show -P MemoryMax sdcont-web.scope)" -eq $((64 << 20)) ]
  [ "$(sdcont exec web echo inside)" = inside ]
  sdcont update --memory 96M web
  [ "$(systemctl show -P MemoryMax sdcont-web.scope)" -eq $((96 << 20)) ]
  sdcont stop web
  [ "$(sdcont wait web)" -eq 5 ]
  sdcont rm web
}

@test "the bus is started again while containers run, and while others are launched" {
  systemd_here || skip "not here: no systemd"
  begin_web
  clients=()
  for i in 1 2 3 4 5 6; do
    "$SDCONT" run --rm --name "new$i" "$ROOT" echo fine >"$BATS_TEST_TMPDIR/out$i" 2>&1 &
    clients+=($!)
    [ "$i" -ne 3 ] || systemctl restart dbus
  done
  for i in 1 2 3 4 5 6; do
    status=0
    wait "${clients[i - 1]}" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out$i")
    [ "$output" = fine ] || refused "bus"
  done
  wait_until systemctl is-active dbus
  still_web
}

@test "systemd itself is executed anew while containers run, and while others are launched" {
  systemd_here || skip "not here: no systemd"
  begin_web
  clients=()
  for i in 1 2 3 4 5 6; do
    "$SDCONT" run --rm --name "new$i" --memory 64M "$ROOT" echo fine >"$BATS_TEST_TMPDIR/out$i" 2>&1 &
    clients+=($!)
    [ "$i" -ne 3 ] || systemctl daemon-reexec
  done
  for i in 1 2 3 4 5 6; do
    status=0
    wait "${clients[i - 1]}" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out$i")
    [ "$output" = fine ] || refused "systemd"
  done
  still_web
}

@test "journald is started again, and killed, while a container writes: no line is lost" {
  [ -S /run/systemd/journal/socket ] || skip "not here: no journal"
  sdcont run -d --name talk --log-driver journald "$ROOT" \
    sh -c 'n=0; while [ $n -lt 1500 ]; do n=$((n + 1)); echo line $n; [ $((n % 10)) -ne 0 ] || sleep 0.01; done' >/dev/null
  journald() { systemctl show -P MainPID systemd-journald; }
  for how in restart kill restart stop; do
    old=$(journald)
    case $how in
      kill) kill -KILL "$old" ;;
      stop) systemctl stop systemd-journald 2>/dev/null ;; # its sockets start it again
      *) systemctl restart systemd-journald ;;
    esac
    another() { [[ $(journald) != "$old" && $(journald) != 0 ]]; }
    wait_until another
  done
  [ "$(status_of talk)" = running ] # it was at work all the time
  sdcont wait talk
  all() { sdcont logs talk >"$BATS_TEST_TMPDIR/log" && [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -ge 1500 ]; }
  wait_until all || true
  diff <(seq -f 'line %g' 1500) "$BATS_TEST_TMPDIR/log" >"$BATS_TEST_TMPDIR/diff" || { head "$BATS_TEST_TMPDIR/diff" >&2; false; }
  sdcont rm talk
}

@test "a launch that was killed is undone by one, and who starts the container then waits for that" {
  export ASAN_OPTIONS=detect_leaks=0 # it traces, and so does strace
  sdcont create --name box1 "$ROOT" sleep 1000 >/dev/null
  id=$(readlink /var/lib/sdcont/names/box1)
  for other in "start box1" "rm -f box1"; do
    # the client and its supervisor: each where it first speaks to the other one, or hears it
    strace -f -qq -o /dev/null -e trace=recvmsg,sendmsg -e inject=recvmsg,sendmsg:signal=KILL:when=1 "$SDCONT" start box1 || true
    [ -e "/run/sdcont/launching/$id" ]
    strace -qq -o /dev/null -e trace=unlinkat -e inject=unlinkat:delay_enter=300000 "$SDCONT" ps >/dev/null &
    client=$!
    sleep 0.5 # it is at work
    run sdcont $other
    ended 0
    wait $client
    [ "$other" != "start box1" ] || {
      runs box1
      [ "$(sdcont exec box1 echo inside)" = inside ]
      sdcont stop -t 0 box1
    }
  done
  [ -z "$(sdcont ps -aq)" ]
}

@test "a supervisor that is killed before it could tell of the start: the container runs, and its client says so" {
  export ASAN_OPTIONS=detect_leaks=0 # it traces, and so does strace
  # what it does between the two begins with the removal of the note that the container is launched
  strace -f -qq -o /dev/null -e trace=unlinkat -e inject=unlinkat:delay_exit=2000000 "$SDCONT" run -d --name web "$ROOT" sleep 1000 \
    >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" &
  client=$!
  wait_until runs web
  kill -KILL "$(record_of web | sed -n 's/.*"supervisor":{"pid":\([0-9]*\).*/\1/p')"
  wait_until grep -qx "$(readlink /var/lib/sdcont/names/web)" "$BATS_TEST_TMPDIR/out"
  if grep '^sdcont' "$BATS_TEST_TMPDIR/err"; then false; fi
  [ "$(sdcont exec web echo inside)" = inside ]
  sdcont rm -f web
  wait $client
}

@test "many containers at once" {
  count=200
  [[ $SDCONT_ENV != vm-* ]] || count=20
  for i in $(seq $count); do "$SDCONT" run -d --memory 32M "$ROOT" sleep 1000 >"$BATS_TEST_TMPDIR/id$i" 2>"$BATS_TEST_TMPDIR/err$i" & clients[i]=$!; done
  wait "${clients[@]}"
  [ -z "$(cat "$BATS_TEST_TMPDIR"/err*)" ]
  [ "$(cat "$BATS_TEST_TMPDIR"/id* | sort -u | grep -cE '^[0-9a-f]{64}$')" -eq $count ]
  [ "$(sdcont ps --format '{{.Names}}' | sort -u | wc -l)" -eq $count ]
  [ "$(sdcont ps --format '{{.State}}' | uniq)" = running ]
  mapfile -t ids < <(sdcont ps -q)
  sdcont rm -f "${ids[@]}" >/dev/null
  [ -z "$(sdcont ps -aq)" ]
}

@test "after the machine went down: many commands at once find the same truth, and the files are there" {
  for i in 1 2 3 4 5 6; do
    sdcont run -d --name "web$i" --restart always "$ROOT" sh -c 'echo kept >/file; sleep 1000' >/dev/null
    wait_until sdcont exec "web$i" test -s /file
  done
  sdcont create --name made "$ROOT" true >/dev/null
  for i in 1 2 3 4 5 6; do # first its supervisor, so that nothing is written of its end
    kill -KILL "$(record_of "web$i" | sed -n 's/.*"supervisor":{"pid":\([0-9]*\).*/\1/p')" "$(init_of "web$i")"
  done
  for i in 1 2 3 4 5 6; do
    id=$(readlink "/var/lib/sdcont/names/web$i")
    no_cgroups() { find /sys/fs/cgroup -depth -type d '(' -path "*/sdcont-$1*" -o -path "*/sdcont-$2.scope*" ')' -exec rmdir {} +; }
    wait_until no_cgroups "$id" "web$i"
  done
  rm -rf /run/sdcont/*
  clients=()
  for i in $(seq 12); do
    "$SDCONT" ps -a --format '{{.Names}} {{.State}}' >"$BATS_TEST_TMPDIR/ps$i" 2>&1 & clients+=($!)
    "$SDCONT" start web1 >"$BATS_TEST_TMPDIR/start$i" 2>&1 & clients+=($!)
  done
  wait "${clients[@]}"
  for i in $(seq 12); do
    [ "$(sed 's/^\(web[2-6]\) exited$/\1/' "$BATS_TEST_TMPDIR/ps$i" | grep -v web1 | tr '\n' ' ')" = "made created web6 web5 web4 web3 web2 " ] || {
      cat "$BATS_TEST_TMPDIR/ps$i" >&2
      false
    }
    [ "$(cat "$BATS_TEST_TMPDIR/start$i")" = web1 ]
  done
  [ "$(sdcont exec web1 cat /file)" = kept ]
  [ "$(sdcont events --since 1h --until 0s --format '{{.Action}}' | grep -c '^start$')" -eq 1 ]
  run sdcont inspect --format '{{.State.ExitCode}}' web2
  [ "$output" = 137 ]
  sdcont rm -f web1 web2 web3 web4 web5 web6 made
}
