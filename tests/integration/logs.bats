# What containers write: logs, the journal, and what is kept of it.

load common

@test "logs keep standard output and error apart, with their times, and their last lines" {
  for driver in json-file journald; do
    [ $driver = json-file ] || [ -S /run/systemd/journal/socket ] || continue
    detached --name talk --log-driver $driver "$ROOT" sh -c 'for i in 1 2 3; do echo out$i; echo err$i >&2; done; printf end'
    sdcont wait talk
    [ "$(sdcont logs talk 2>/dev/null | tr -d '\n')" = out1out2out3end ]
    [ "$(sdcont logs talk 2>&1 >/dev/null)" = $'err1\nerr2\nerr3' ]
    [ "$(sdcont logs -n 1 talk 2>/dev/null | tr -d '\n')" = end ]
    run sdcont logs -t talk
    [[ ${lines[0]} =~ ^20[0-9-]+T[0-9:.]+Z\ (out|err)1$ ]]
    [ -z "$(sdcont logs --since 2999-01-01T00:00:00Z talk 2>&1)" ]
    [ -z "$(sdcont logs --until 1h talk 2>&1)" ]
    sdcont rm talk
  done
  run sdcont run --rm --name quiet --log-driver none -t "$ROOT" true
  ended 0
}

@test "logs -f follows to the end, over rotations; what is rotated away is gone" {
  detached --name talk --log-driver json-file --log-opt max-size=8k --log-opt max-file=3 "$ROOT" \
    sh -c 'i=0; while [ $i -lt 600 ]; do echo line $i; i=$((i + 1)); done; sleep 0.5; echo last'
  sdcont logs -f talk >"$BATS_TEST_TMPDIR/followed"
  [ "$(tail -n 1 "$BATS_TEST_TMPDIR/followed")" = last ]
  directory=/var/lib/sdcont/containers/$(readlink /var/lib/sdcont/names/talk)
  [ "$(ls "$directory" | grep -c '^log.json')" -eq 3 ]
  for file in "$directory"/log.json*; do [ "$(stat -c %s "$file")" -le 8192 ]; done
  [ "$(sdcont logs talk | tail -n 1)" = last ]
  [ "$(sdcont logs talk | wc -l)" -lt 601 ]
  sdcont rm talk
}

@test "the journal has the container's fields" {
  [ -S /run/systemd/journal/socket ] || skip "not here: no journal"
  detached --name talk --label a=b "$ROOT" sh -c 'echo hello; echo bad >&2'
  sdcont wait talk
  id=$(readlink /var/lib/sdcont/names/talk)
  sdcont logs talk >/dev/null
  run journalctl -o json CONTAINER_ID_FULL="$id" PRIORITY=6 --no-pager
  has '"MESSAGE":"hello"'
  has "\"CONTAINER_NAME\":\"talk\""
  has "\"CONTAINER_ID\":\"${id:0:12}\""
  has "\"SYSLOG_IDENTIFIER\":\"talk\""
  run journalctl -o cat CONTAINER_ID_FULL="$id" PRIORITY=3 --no-pager
  [ "$output" = bad ]
  sdcont rm talk
}

@test "what is written before the end is kept, however much, and a log of a foreground run is none" {
  detached --name talk --log-driver json-file --log-opt max-size=-1 "$ROOT" sh -c 'seq 20000'
  sdcont wait talk
  [ "$(sdcont logs talk | tail -n 1)" = 20000 ]
  [ "$(sdcont logs talk | wc -l)" = 20000 ]
  sdcont rm talk
  sdcont run --name plain "$ROOT" echo hi
  run sdcont logs plain
  refused "has no log"
  sdcont rm plain
}
