#!/usr/bin/env bats
# A systemd that refuses, fails, is late, or goes away: nothing of the user's runs without its limits, one line says why,
# and nothing is left. Most against the fake one, whose faults are certain; see fake_systemd.py for its modes.

load common
load fake

eval "common_$(declare -f teardown)"
teardown() {
  stop_fakes
  rmdir /run/systemd 2>/dev/null || true
  common_teardown
}

# launch NAME: a run whose command leaves $marker; run_fake NAME MODE [ARG]: the same with a systemd of its own
launch() {
  marker=$BATS_TEST_TMPDIR/ran-$1
  mkdir -p "$marker"
  with_fake "$1" "$SDCONT" run --rm --name "$1" --memory 64M -v "$marker:/marker" "$ROOT" sh -c 'echo >/marker/ran; cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; echo fine'
}
run_fake() {
  start_fake "$@"
  run launch "$1"
  marker=$BATS_TEST_TMPDIR/ran-$1
}
ran() {
  ended 0
  has fine
  has 67108864
  [ -e "$marker/ran" ]
}
did_not_run() {
  refused "$1"
  [ ! -e "$marker/ran" ]
  stop_fakes
  wait_until same_footprint
}

@test "17: no limits, no command: what systemd refuses or fails to do" {
  require_fake
  run_fake ok ok
  ran
  run_fake early early-signal
  ran
  run_fake denied access-denied
  did_not_run "authentication required"
  run_fake active unit-exists-active
  did_not_run "is in use"
  run_fake failed job-failed
  did_not_run "cannot start sdcont-failed.scope: it failed"
  for result in canceled timeout dependency skipped; do
    run_fake $result job-failed $result
    did_not_run "cannot start sdcont-$result.scope"
  done
  run_fake elsewhere wrong-cgroup
  did_not_run "sdcont-elsewhere.scope, but process"
  run_fake memory unknown-property MemoryMax
  ran # the limit is written to its file instead, and said so
  has "does not know MemoryMax"
}

@test "17: what systemd does in the end, it does" {
  require_fake
  run_fake failed unit-exists-failed # a stale one of the same name
  ran
  run_fake leaving unit-exists-leaving 300
  ran
  run_fake late job-timeout-late 3
  ran
  run_fake lost job-lost # the signal of a job that is done
  ran
  run_fake before disconnect before
  ran
  run_fake after disconnect after
  ran
}

@test "17: a systemd that never answers, or too late" {
  require_fake
  start_fake never no-reply
  start_fake late job-timeout-late 100
  declare -A clients # by name: a number like %3 counts what bats has in the background, too
  for name in never late; do
    launch $name >"$BATS_TEST_TMPDIR/out-$name" 2>&1 &
    clients[$name]=$!
  done
  for name in never late; do
    status=0; wait "${clients[$name]}" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out-$name") marker=$BATS_TEST_TMPDIR/ran-$name
    refused "within 30000 ms" || refused "did not answer in time"
    [ ! -e "$marker/ran" ]
  done
}

@test "a bus that is not there, or goes away in the middle" {
  require_fake
  mkdir "$BATS_TEST_TMPDIR/none"
  echo "unix:path=/nonexistent" >"$BATS_TEST_TMPDIR/none/address"
  run launch none
  marker=$BATS_TEST_TMPDIR/ran-none
  refused "cannot connect to the system bus"
  [ ! -e "$marker/ran" ]
  start_fake dying no-reply
  launch dying >"$BATS_TEST_TMPDIR/out" 2>&1 &
  client=$!
  wait_until grep -q StartTransientUnit "$BATS_TEST_TMPDIR/dying/calls.json"
  stop_fakes # ends its bus
  status=0; wait $client || status=$?
  output=$(cat "$BATS_TEST_TMPDIR/out") marker=$BATS_TEST_TMPDIR/ran-dying
  refused "bus"
  [ ! -e "$marker/ran" ]
}

@test "a client or supervisor that is killed while systemd is at work" {
  require_fake
  local late=2
  [[ $SDCONT_ENV != vm-* ]] || late=8 # to find whom to kill takes an emulated processor its time
  for victim in client supervisor; do
    start_fake $victim job-timeout-late $late
    launch $victim >"$BATS_TEST_TMPDIR/out" 2>&1 &
    wait_until grep -q StartTransientUnit "$BATS_TEST_TMPDIR/$victim/calls.json"
    pid=$(pgrep -o -f -- "^$SDCONT run --rm --name $victim ")
    [ $victim = client ] || pid=$(pgrep -n -P "$pid" -x sdcont)
    kill -KILL "$pid"
    wait $! || true
    [ $victim = client ] || { output=$(cat "$BATS_TEST_TMPDIR/out") status=125; refused "supervisor was killed by"; }
    [ ! -e "$BATS_TEST_TMPDIR/ran-$victim/ran" ]
    sleep $late.5
    stop_fakes
    sdcont ps -a
    wait_until same_footprint
    [ ! -e "$BATS_TEST_TMPDIR/ran-$victim/ran" ]
  done
}

@test "systemd itself: a failed or a running unit of the same name" {
  systemd_here || skip "not here: no systemd"
  systemd-run --unit sdcont-taken.scope --scope sleep 100 &
  wait_until systemctl is-active sdcont-taken.scope
  run sdcont run --rm --name taken "$ROOT" true
  refused "sdcont-taken.scope"
  systemctl stop sdcont-taken.scope
  # without a process left at its stop time, a scope fails
  systemd-run --unit sdcont-stale.scope --scope -p TimeoutStopSec=1 sh -c 'trap "" TERM; while :; do sleep 1; done' &
  wait_until systemctl is-active sdcont-stale.scope
  sleep 0.5
  systemctl stop sdcont-stale.scope || true
  wait_until systemctl is-failed sdcont-stale.scope
  run sdcont run --rm --name stale "$ROOT" echo fine
  ended 0
  has fine
}
