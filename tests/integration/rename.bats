# Names: rename, whoever runs, ends or is killed meanwhile.

load common

@test "rename: the new name is it, the old one is free; what runs goes on" {
  detached --name one "$ROOT" sleep 1000
  detached --name two "$ROOT" sleep 1000
  run sdcont rename one two
  refused "the name 'two' is in use"
  sdcont rename one three
  detached --name one "$ROOT" sleep 1000 # though the scope of three still has that name
  [ "$(sdcont exec three echo hi)" = hi ]
  sdcont stop -t 0 three
  sdcont start three
  [ "$(sdcont ps --format '{{.Names}}' | sort | tr '\n' ' ')" = "one three two " ]
  sdcont rm -f one two three
}

@test "a name that a running container had is another's at once, whoever starts with it, and whenever" {
  local file=$BATS_TEST_TMPDIR/pid
  detached --name one "$ROOT" sleep 1000
  sdcont create --name other "$ROOT" sleep 1000 >/dev/null
  mkfifo "$file" # held up there, with all of it decided, until somebody reads
  sdcont run -d --name one --pidfile "$file" "$ROOT" sleep 1000 >/dev/null &
  wait_until pgrep -f -- "--pidfile $file"
  sleep 0.5
  sdcont rename one two
  read -r <"$file"
  wait $!
  status_is one running
  sdcont rename one three
  sdcont rename other one
  sdcont start one # in a scope of neither of the names that the others had
  for name in one two three; do [ "$(sdcont exec $name echo hi)" = hi ]; done
  sdcont rm -f one two three
}

@test "who is removed takes nothing from the container that has its old name" {
  detached --name one "$ROOT" sleep 1000
  sdcont rename one two
  sdcont stop -t 0 two
  detached --name one "$ROOT" sleep 1000 # in a scope of the same name
  init=$(init_of one)
  sdcont rm two
  kill -0 "$init"
  [ "$(sdcont exec one echo inside)" = inside ]
  status_is one running
  sdcont rm -f one
}

@test "a new name is not lost while the container ends, or is run again" {
  export ASAN_OPTIONS=detect_leaks=0 # it traces, and so does strace
  for delayed in symlinkat renameat unlinkat; do # what rename does between it has looked and is done
    detached --name one "$ROOT" sleep 1000
    timeout 60 strace -qq -o /dev/null -e trace=$delayed -e inject=$delayed:delay_enter=700000 "$SDCONT" rename one two &
    client=$!
    sleep 0.4
    sdcont kill "$(readlink /var/lib/sdcont/names/one)" >/dev/null
    wait $client
    wait_until status_is two exited
    [ "$(sdcont ps -a --format '{{.Names}} {{.State}}')" = "two exited" ]
    [ "$(ls /var/lib/sdcont/names)" = two ]
    sdcont rm two
  done
  detached --name again --restart always "$ROOT" sh -c 'sleep 0.2; exit 1'
  wait_until status_is again restarting
  sdcont rename again renamed
  runs_on() { status_is renamed running; }
  wait_until runs_on
  [ "$(sdcont ps --format '{{.Names}}')" = renamed ]
  sdcont rm -f renamed
  [ -z "$(ls /var/lib/sdcont/names)" ]
}

@test "a rename that was killed is undone, or done, by the next command" {
  export ASAN_OPTIONS=detect_leaks=0 # it traces, and so does strace
  sdcont create --name one "$ROOT" true >/dev/null
  for call in renameat unlinkat; do # before it writes the record, and before it leaves the old name
    run strace -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=1 "$SDCONT" rename one two
    ended 137
    [ "$(ls /var/lib/sdcont/names | tr '\n' ' ')" = "one two " ]
    name=$(sdcont ps -a --format '{{.Names}}')
    [ "$(ls /var/lib/sdcont/names)" = "$name" ]
    [ "$call $name" = "renameat one" ] || [ "$call $name" = "unlinkat two" ]
  done
  sdcont start two
  sdcont rm -f two
  [ -z "$(ls /var/lib/sdcont/names)" ]
  # by none: its supervisor removes it with both
  detached --rm --name one "$ROOT" sleep 1000
  run strace -qq -o /dev/null -e trace=renameat -e inject=renameat:signal=KILL:when=1 "$SDCONT" rename one two
  ended 137
  [ "$(ls /var/lib/sdcont/names | tr '\n' ' ')" = "one two " ]
  kill -KILL "$(sed 's/.*"init":{"pid":\([0-9]*\).*/\1/' /run/sdcont/containers/*/record.json)"
  is_removed() { [ -z "$(ls /run/sdcont/containers /var/lib/sdcont/containers | grep -v :)" ]; }
  wait_until is_removed
  [ -z "$(ls /var/lib/sdcont/names)" ]
}
