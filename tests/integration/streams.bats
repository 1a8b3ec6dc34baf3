#!/usr/bin/env bats
# What containers write, and who reads it: as fast as it can be, slowly, not at all, and several at once.

load common

eval "common_$(declare -f setup)"
setup() {
  readers=()
  common_setup
}
clean_up() { # a stopped reader would be left
  local pid
  for pid in "${readers[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
}

supervisor_of() { sed -n 's/.*"supervisor":{"pid":\([0-9]*\).*/\1/p' "/run/sdcont/containers/$(readlink "/var/lib/sdcont/names/$1")/record.json"; }
private() { awk '$1 == "RssAnon:" {print $2}' "/proc/$1/status"; } # KiB
read_by() { awk '$1 == "rchar:" {print $2}' "/proc/$1/io"; }       # bytes
# The process has read so many KiB more.
read_more() {
  local goal=$(($(read_by "$1") + $2 * 1024))
  reached() { [ "$(read_by "$1")" -ge "$2" ]; }
  wait_until reached "$1" "$goal"
}
reader() { # COMMAND...: what it shows goes to $shown; it is stopped by SIGSTOP once it has shown something
  shown=$BATS_TEST_TMPDIR/shown-${#readers[@]}
  "$SDCONT" "$@" >"$shown" 2>&1 &
  readers+=($!)
  wait_until test -s "$shown"
  kill -STOP $!
}
goes_on() { # NUMBER STATUS: who was stopped goes on, and ends
  kill -CONT "${readers[$1]}"
  status=0
  wait "${readers[$1]}" || status=$?
  ended "$2"
}

@test "a container that writes as fast as it can: the supervisor does not grow, and it is stopped at once" {
  for driver in json-file journald; do
    [ $driver = json-file ] || [ -S /run/systemd/journal/socket ] || continue
    for writer in yes "cat /dev/zero" "yes ''"; do
      some=4096 # KiB
      [ $driver = json-file ] || some=512 # each line is a message of its own
      [ "$driver $writer" != "journald yes ''" ] || some=64 # of one byte
      sdcont run -d --name flood --log-driver $driver "$ROOT" sh -c "$writer" >/dev/null
      pid=$(supervisor_of flood)
      read_more "$pid" $((some / 4))
      begin=$(private "$pid")
      read_more "$pid" $some
      echo "$writer, $driver: $begin KiB, then $(private "$pid") KiB"
      [ "$(private "$pid")" -le $((begin + 512)) ]
      sdcont stop -t 0 flood
      sdcont rm flood
    done
  done
}

@test "a reader that reads nothing holds up no other container, nor the end of its own" {
  sdcont run -d --name flood --log-driver json-file "$ROOT" yes >/dev/null
  sdcont run -d -i --name other --log-driver json-file "$ROOT" sh -c 'while read -r word; do echo "<$word>"; done' >/dev/null
  reader logs -f flood
  pid=$(supervisor_of flood)
  read_more "$pid" 4096 # who reads the log does not slow the container
  reader attach flood
  before_it=$(private "$pid")
  last=
  stands() { [ "$last" = "$(read_by "$pid")" ] || { last=$(read_by "$pid"); false; }; }
  wait_until stands # its own container waits for who is attached
  [ "$(private "$pid")" -le $((before_it + 512)) ]
  echo hello | "$SDCONT" attach other >/dev/null &
  others_reader=$!
  heard() { sdcont logs other | grep -q hello; }
  wait_until heard
  [ "$(sdcont exec flood echo inside)" = inside ]
  run sdcont run --rm "$ROOT" echo fine
  [ "$output" = fine ]
  # its end is known, it is started again, and removed
  sdcont kill flood
  run sdcont wait flood
  [ "$output" = 137 ]
  goes_on 1 137
  LIMIT=20 sdcont start flood
  reader attach flood
  LIMIT=20 sdcont stop -t 0 flood
  [ "$(sdcont ps -a --filter name=flood --format '{{.State}}')" = exited ]
  goes_on 2 137
  LIMIT=20 sdcont start flood
  reader attach flood
  pid=$(supervisor_of flood)
  wait_until stands
  LIMIT=20 sdcont rm -f flood
  # whether its supervisor could still tell it is a matter of how much the connection had room for
  goes_on 3 137 || { ended 125 && grep -qx "sdcont: container flood is gone, and nobody told us how it ended" "$shown"; }
  kill -KILL "${readers[0]}"
  sdcont rm -f other
  wait "$others_reader" || true
}

@test "several who are attached: each sees all, and what each types arrives" {
  sdcont run -d -i --name talk "$ROOT" sh -c 'n=0; while [ $n -lt 4 ] && read -r word; do echo "<$word>"; n=$((n + 1)); done; exit 6' >/dev/null
  clients=()
  for i in 1 2 3 4; do
    mkfifo "$BATS_TEST_TMPDIR/in$i"
    "$SDCONT" attach talk <"$BATS_TEST_TMPDIR/in$i" >"$BATS_TEST_TMPDIR/out$i" 2>&1 &
    clients+=($!)
    eval "exec 4$i>\"\$BATS_TEST_TMPDIR/in$i\""
  done
  followers() { [ "$(ls -l "/proc/$(supervisor_of talk)/fd" | grep -c socket:)" -ge "$1" ]; }
  wait_until followers 5 # and where it listens
  sleep 0.2
  for i in 1 2 3 4; do
    echo "word $i" >&4$i
    all() { for j in 1 2 3 4; do grep -qx "<word $1>" "$BATS_TEST_TMPDIR/out$j" || return 1; done; }
    wait_until all $i
  done
  for i in 1 2 3 4; do
    status=0
    wait "${clients[i - 1]}" || status=$?
    [ "$status" -eq 6 ]
    [ "$(cat "$BATS_TEST_TMPDIR/out$i")" = $'<word 1>\n<word 2>\n<word 3>\n<word 4>' ]
    eval "exec 4$i>&-"
  done
  sdcont rm talk
}
