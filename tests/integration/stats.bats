#!/usr/bin/env bats
# stats: docker's numbers, in a table that lives on a terminal and is plain on a pipe.

load common

# One that is throttled, and one that sleeps.
begin_two() {
  "$SDCONT" run --rm --name busy --memory 64M --cpus 0.2 "$ROOT" sh -c 'while :; do :; done' &
  "$SDCONT" run --rm --name idle "$ROOT" sh -c 'sleep 100 & sleep 101; :' &
  wait_until runs busy
  wait_until runs idle
}

@test "stats: the numbers of docker, throttling, and pressure where the kernel has it" {
  begin_two
  run sdcont stats --no-stream -i 1.5
  ended 0
  [[ ${lines[0]} =~ ^CONTAINER\ ID\ +NAME\ +CPU\ %\ +MEM\ USAGE\ /\ LIMIT\ +MEM\ %\ +NET\ I/O\ +BLOCK\ I/O\ +PIDS\ +THROTTLED\ %\ +CPU\ PRESSURE ]]
  [ "${#lines[@]}" -eq 3 ]
  sdcont stats --no-stream -i 1.5 --format json >"$BATS_TEST_TMPDIR/json"
  python3 - "$BATS_TEST_TMPDIR/json" <<'P'
import json, os, sys
rows = {row["Name"]: row for row in map(json.loads, open(sys.argv[1]))}
assert set(rows) == {"busy", "idle"}, rows
busy, idle = rows["busy"], rows["idle"]
percent = lambda text: float(text.rstrip("%"))
assert 2 < percent(busy["CPUPerc"]) < 40, busy      # a limit of 20
assert percent(busy["Throttled"]) > 50, busy
assert percent(idle["CPUPerc"]) < 15, idle
assert percent(idle["Throttled"]) == 0, idle
assert busy["MemUsage"].endswith(" / 64MiB"), busy
assert idle["PIDs"] == "3" and busy["PIDs"] == "1", rows
memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
assert idle["MemUsage"].endswith("GiB") or memory < 2, idle
for key in "BlockIO", "Container", "ID", "MemPerc", "NetIO": assert key in busy, busy
P
}

@test "stats: named ones, sorted, ids whole; the dead only with -a" {
  begin_two
  sdcont run --name dead "$ROOT" true
  [ "$(sdcont stats --no-stream -i 0.3 --sort cpu --format '{{.Name}}' | head -1)" = busy ]
  [ "$(sdcont stats --no-stream -i 0.1 --sort pids --format '{{.Name}}' | head -1)" = idle ]
  [ "$(sdcont stats --no-stream -i 0.1 --sort name --format '{{.Name}}')" = $'busy\nidle' ]
  [ "$(sdcont stats --no-stream -i 0.1 --no-trunc --format '{{.ID}}' idle)" = "$(readlink /var/lib/sdcont/names/idle)" ]
  run sdcont stats -a --no-stream -i 0.1 --sort name --format '{{.Name}} {{.CPUPerc}} {{.PIDs}}'
  [ "${lines[1]}" = "dead 0.00% 0" ]
  run sdcont stats --no-stream nosuch
  refused "there is no container 'nosuch'"
  run sdcont stats --sort nosuch
  refused "not available"
  run sdcont stats -i 0
  refused "--interval"
}

@test "stats: on a terminal a table that is redrawn in place, with bars; those that end leave it" {
  begin_two
  cat >"$BATS_TEST_TMPDIR/live" <<E
stty cols 150 rows 20
exec "$SDCONT" stats -i 0.2
E
  LC_ALL=C.UTF-8 script -qfc "sh $BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/screen" </dev/null >/dev/null &
  screen=$!
  shows() { grep -q "busy.*[▏▎▍▌▋▊▉█].*100.00%" "$BATS_TEST_TMPDIR/screen" && grep -q '[▁▂▃▄▅▆▇█]\{3\}' "$BATS_TEST_TMPDIR/screen"; }
  wait_until shows
  grep -q $'\033\[?25l' "$BATS_TEST_TMPDIR/screen"
  sdcont rm -f idle
  gone() { ! tail -n 3 "$BATS_TEST_TMPDIR/screen" | grep -q idle; }
  wait_until gone
  "$SDCONT" run --rm --name later "$ROOT" sleep 100 &
  comes() { tail -n 5 "$BATS_TEST_TMPDIR/screen" | grep -q later; }
  wait_until comes
  kill -INT "$(pgrep -P $screen -x sdcont || pgrep -P "$(pgrep -P $screen)" -x sdcont)"
  wait $screen || true
  tail -c 400 "$BATS_TEST_TMPDIR/screen" | grep -q $'\033\[?25h'
}

@test "stats: keys sort and quit, and the terminal is put back, however it ends" {
  begin_two
  run timeout 60 python3 "$BATS_TEST_DIRNAME/stats_keys.py" "$SDCONT"
  [ "$output" = "all well" ]
}
