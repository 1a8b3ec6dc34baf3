#!/usr/bin/env bats
# The main job: a command runs, isolated, and its end is told.

load common

@test "the command's output and status come through" {
  run run_root 'echo out; echo err >&2; exit 42'
  ended 42
  has out
  has err
}

@test "killed by a signal: 128 + n" {
  run run_root 'kill -9 $$'
  # PID 1 cannot kill itself with SIGKILL inside its namespace
  ended 0
  run sdcont run --rm --init "$ROOT" sh -c 'kill -9 $$'
  ended 137
}

@test "no such command: 127; not executable: 126" {
  run -127 sdcont run --rm "$ROOT" /no/such
  refused "cannot find '/no/such'" 127
  run -127 sdcont run --rm "$ROOT" nosuch
  refused "cannot find 'nosuch'" 127
  run sdcont run --rm "$ROOT" /etc/passwd
  refused "cannot execute /etc/passwd" 126
  run sdcont run --rm "$ROOT" /etc
  refused "cannot execute /etc" 126
}

@test "names and words that are no text" {
  local root=$BATS_TEST_TMPDIR/$'r\xff'
  cp -a "$ROOT" "$root"
  run sdcont run --rm "$root" sh -c 'printf %s "$0" | od -An -tx1' $'a\xe9'
  ended 0
  has "61 e9"
  run sdcont run --rm --no-rootfs sh -c 'printf %s "$0" | od -An -tx1' $'a\xe9'
  ended 0
  has "61 e9"
  run sdcont run --rm --description $'\xe9t\xe9' "$ROOT" echo well
  ! systemd_here || { ended 0 && has well; } # else there is no scope
}

@test "host: a throw-away view of this machine" {
  marker=/etc/sdcont-test-$$
  run sdcont run --rm host sh -c "echo x >$marker && cat $marker && rm -rf /usr/bin/env && ls /etc/passwd"
  ended 0
  has x
  has /etc/passwd
  [ ! -e "$marker" ]
  [ -e /usr/bin/env ]
}

@test "the main job: limits are seen inside" {
  run sdcont run --rm --memory 128M --cpu 20% host sh -c 'hostname; cat /sys/fs/cgroup/memory.max; nproc'
  ended 0
  [ "${lines[1]}" = 134217728 ]
  run run_root --pids-limit 50 'cat /sys/fs/cgroup/pids.max'
  [ "$output" = 50 ]
}

@test "standard input: only with -i" {
  run bash -c "echo hello | '$SDCONT' run --rm -i '$ROOT' cat"
  [ "$output" = hello ]
  run bash -c "echo hello | '$SDCONT' run --rm '$ROOT' cat"
  [ -z "$output" ]
}

@test "signals are passed on" {
  "$SDCONT" run --rm --name sig "$ROOT" sh -c 'trap "echo got; exit 7" TERM; while :; do sleep 0.1; done' >"$BATS_TEST_TMPDIR/out" &
  client=$!
  wait_until runs sig
  sleep 0.3
  kill -TERM $client
  status=0; wait $client || status=$?
  [ "$status" -eq 7 ]
  [ "$(cat "$BATS_TEST_TMPDIR/out")" = got ]
}

@test "--summary tells how it ended" {
  run run_root --summary 'exit 3'
  ended 3
  has "status 3: exited with status 3"
  has "Wall time"
  has "Memory"
  run run_root --summary=json 'exit 3'
  python3 -c 'import json,sys; r=json.loads(sys.argv[1]); assert r["status"]==3 and r["reason"]=="exited" and r["usage"]["cpuUsec"]>0, r' "$output"
}

@test "--timeout stops the container" {
  run run_root --summary --timeout 1 --stop-timeout 1 'trap "" TERM; sleep 100'
  ended 137
  has "its --timeout ran out"
  run run_root --summary --timeout 1 'trap "exit 5" TERM; sleep 100 & wait'
  ended 5
  has "its --timeout ran out"
}

@test "without --rm the record stays: ps -a, ps -q, rm" {
  sdcont run --name kept "$ROOT" true
  run sdcont ps -a
  has "Exited (0)"
  has kept
  run sdcont ps -aq
  [[ $output =~ ^[0-9a-f]{12}$ ]]
  run sdcont run --name kept "$ROOT" true
  refused "the name 'kept' is in use"
  run sdcont rm kept
  ended 0
  run sdcont ps -aq
  [ -z "$output" ]
}

@test "rm -f ends a container that runs" {
  "$SDCONT" run --name busy "$ROOT" sleep 100 &
  client=$!
  wait_until runs busy
  run sdcont rm busy
  [ "$status" -ne 0 ]
  has "is running"
  run sdcont rm -f busy
  ended 0
  status=0; wait $client || status=$?
  [ "$status" -eq 137 ]
}

@test "--cidfile and --pidfile" {
  run sdcont run --rm --cidfile "$BATS_TEST_TMPDIR/cid" --pidfile "$BATS_TEST_TMPDIR/pid" "$ROOT" true
  ended 0
  [[ $(cat "$BATS_TEST_TMPDIR/cid") =~ ^[0-9a-f]{64}$ ]]
  [[ $(cat "$BATS_TEST_TMPDIR/pid") =~ ^[0-9]+$ ]]
  run sdcont run --rm --cidfile "$BATS_TEST_TMPDIR/cid" "$ROOT" true
  refused "is there already"
}

@test "every exit record is complete, also of a command that ends at once" {
  rounds=1000
  [[ $SDCONT_ENV == @(vm-*|asan) ]] && rounds=30 # the same code, ten or fifty times slower
  for _ in $(seq "$rounds"); do
    sdcont run --rm --summary=json "$ROOT" /bin/busybox true 2>>"$BATS_TEST_TMPDIR/records"
  done
  python3 - "$BATS_TEST_TMPDIR/records" "$rounds" <<'P'
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
assert len(records) == int(sys.argv[2]), len(records)
for r in records:
    u = r["usage"]
    assert r["status"] == 0 and r["reason"] == "exited" and u["cpuUsec"] > 0 and u["memoryPeak"] > 0, r
P
}

@test "names that are chosen for launches at the same time are not the same" {
  clients=() count=120 # of 2,912 names: two of these would be the same more often than not
  [[ ${SDCONT_ENV:-} != vm-* ]] || count=20
  for ((i = 0; i < count; i++)); do
    sdcont run --rm "$ROOT" sleep 1 2>"$BATS_TEST_TMPDIR/$i" &
    clients+=($!)
  done
  for client in "${clients[@]}"; do wait "$client"; done
}

@test "a container can be removed as soon as its run has ended" {
  for i in {1..10}; do
    sdcont run --name "rr$i" "$ROOT" true
    sdcont rm "rr$i"
  done
}

@test "a directory that was made for a volume goes where nothing ran" {
  new=$BATS_TEST_TMPDIR/new/deep
  run -127 sdcont run --rm -v "$new:/v" "$ROOT" /no/such
  refused /no/such 127
  [ ! -e "$BATS_TEST_TMPDIR/new" ]
  run sdcont run --rm -v "$new:/v" "$ROOT" touch /v/x
  ended 0
  [ -e "$new/x" ]
}

@test "a damaged record hides no other, and can be removed" {
  sdcont run --name healthy "$ROOT" true
  for damage in '' '{' '{"id":"x"}'; do
    sdcont run --name broken "$ROOT" true
    id=$(readlink /var/lib/sdcont/names/broken)
    printf %s "$damage" >"/var/lib/sdcont/containers/$id/record.json"
    run sdcont ps -a
    ended 0
    has healthy
    has "Dead (its record is damaged)"
    run sdcont rm broken
    ended 0
    [ ! -e "/var/lib/sdcont/containers/$id" ]
  done
  sdcont rm healthy
}

@test "info tells what is here, and what to paste for what is not" {
  run sdcont info
  ended 0
  if unified; then has "Cgroup Version: 2"; else has "Cgroup Version: 1"; fi
  if systemd_here; then
    has "Cgroup Driver: systemd (systemd is PID 1)"
    has "systemd: $(systemctl --version | awk 'NR == 1 {print $2}')"
  else
    has "Cgroup Driver: cgroupfs"
    has "systemd: not running"
  fi
  sdcont info --format json >"$BATS_TEST_TMPDIR/info.json"
  sdcont info --check >"$BATS_TEST_TMPDIR/check" && missing=0 || missing=$?
  python3 - "$BATS_TEST_TMPDIR/info.json" "$BATS_TEST_TMPDIR/check" $missing "$(systemd_here && echo systemd || echo cgroupfs)" <<'P'
import json, sys
info, check = json.load(open(sys.argv[1])), open(sys.argv[2]).read()
assert info["CgroupManager"] == sys.argv[4], info
kinds = {limit["limit"]: limit["kind"] for limit in info["Limits"]}
assert set(kinds.values()) <= {"native", "raw", "unavailable"}, kinds
for limit in "--memory", "--cpu", "--pids-limit":
    assert kinds[limit] == ("native" if sys.argv[4] == "systemd" else "raw"), (limit, kinds[limit])
assert all(limit["via"] for limit in info["Limits"]), "each says by what, or why not"
for thing in info["Missing"]:
    assert thing["remedy"], thing
    assert "Missing: %s\n    %s\n" % (thing["what"], thing["remedy"]) in check, check
assert check.count("Missing: ") == len(info["Missing"]) and sys.argv[3] == str(int(bool(info["Missing"]))), check
P
  run setpriv --reuid 65534 --clear-groups "$SDCONT" info --check
  ended 1
  has "Missing: the rights to make containers"
  if systemd_here; then
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=/no/bus run sdcont info --check
    ended 1
    has $'Missing: cannot connect to the system bus'
    [ "$(grep -c bus <<<"$output")" -le 2 ] # what, and what to paste
    if grep -qE '^ *$' <<<"$output"; then false; fi
  fi
  run sdcont info --format xml
  refused "--format: 'xml' is not available; it can be text or json"
  run sdcont info extra
  refused "takes no arguments"
}

@test "a container that ran when the machine went down keeps what it wrote" {
  "$SDCONT" run --name before "$ROOT" sh -c 'echo precious >/data; sleep 100' &
  client=$!
  wait_until runs before
  id=$(readlink /var/lib/sdcont/names/before)
  init=$(init_of before)
  wait_until grep -q precious "/var/lib/sdcont/containers/$id/layer/0/upper/data"
  supervisor=$(ps -o ppid= -p "$init" | tr -d ' ')
  if ! unified && systemd_here; then supervisor=$(pgrep -P $client -x sdcont); fi
  kill -KILL $client "$supervisor" "$init"
  wait $client || true
  mv "/run/sdcont/containers/$id" "$BATS_TEST_TMPDIR/at-boot" # which is what a boot does to it
  run sdcont ps -a
  has "Exited (137)"
  has before
  [ "$(cat "/var/lib/sdcont/containers/$id/layer/0/upper/data")" = precious ]
  mkdir -p "/run/sdcont/containers" # its cgroup would be gone, too
  mv "$BATS_TEST_TMPDIR/at-boot" "/run/sdcont/containers/$id"
  sdcont rm -f before
}

@test "a removal that was killed is completed by the next command" {
  id=$(printf '1%.0s' {1..64})
  mkdir -p "/var/lib/sdcont/containers/$id/layer/0/upper"
  ln -s "$id" /var/lib/sdcont/names/remains
  sdcont ps -a
  [ ! -e "/var/lib/sdcont/containers/$id" ]
  [ ! -L /var/lib/sdcont/names/remains ]
}

@test "a caller that has closed what is standard" {
  for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
    run bash -c "'$SDCONT' run --name closed '$ROOT' sh -c 'exit 7' $closed"
    ended 7
    run sdcont ps -a
    has "Exited (7)"
    sdcont rm closed
  done
}

@test "a caller that ignores the end of its children" {
  run python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' "$SDCONT" run --rm "$ROOT" sh -c 'exit 3'
  ended 3
}

@test "a standard error that takes nothing changes no status" {
  for into in '2>/dev/full' '2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}'; do
    run bash -c "'$SDCONT' run --rm --summary '$ROOT' sh -c 'exit 7' $into"
    ended 7
    run -127 bash -c "'$SDCONT' run --rm '$ROOT' nosuch $into"
    run bash -c "'$SDCONT' run --rm --slice never.slice --io-weight 100 --nosuch '$ROOT' true $into"
    ended 125
    run bash -c "'$SDCONT' run --rm --limits best-effort --cpu-rt-runtime 1000 --memory-min 1M '$ROOT' sh -c 'exit 7' $into"
    ended 7
  done
}

@test "a caller whose files may not grow" {
  run bash -c "ulimit -f 0; exec '$SDCONT' run --rm '$ROOT' true"
  refused "File too large"
}

@test "many and long arguments" {
  run sdcont run --rm "$ROOT" sh -c 'echo $#' sh $(seq 100000)
  [ "$output" = 100000 ]
  long=$(head -c 100000 /dev/zero | tr '\0' x)
  run sdcont run --rm --label a="$long" --label b="$long" --label c="$long" "$ROOT" echo fine
  [ "$output" = fine ]
  run -127 sdcont run --rm "$ROOT" "$long"
  has "cannot find 'xxx"
}

@test "--cidfile and --pidfile stay where only the supervisor was killed" {
  "$SDCONT" run --name left --cidfile "$BATS_TEST_TMPDIR/cid" --pidfile "$BATS_TEST_TMPDIR/pid" "$ROOT" sleep 100 2>"$BATS_TEST_TMPDIR/err" &
  client=$!
  wait_until test -s "$BATS_TEST_TMPDIR/pid"
  kill -KILL "$(pgrep -P $client -x sdcont)"
  wait $client || true
  grep -q "the supervisor of container left was killed" "$BATS_TEST_TMPDIR/err"
  kill -0 "$(cat "$BATS_TEST_TMPDIR/pid")"
  sdcont rm -f "$(cat "$BATS_TEST_TMPDIR/cid")"
}

@test "--label and --stop-signal do what they say" {
  "$SDCONT" run --name labelled --label color=blue --stop-signal USR1 "$ROOT" \
    sh -c 'trap "echo got USR1; exit 9" USR1; echo ready; sleep 100 & wait' >"$BATS_TEST_TMPDIR/out" &
  client=$!
  wait_until grep -qx ready "$BATS_TEST_TMPDIR/out"
  sdcont ps --format json | grep '"Labels":"color=blue"'
  kill -TERM "$(pgrep -P $client -x sdcont)" # its supervisor, as systemd stops a scope
  status=0
  wait $client || status=$?
  [ $status = 9 ]
  grep -qx "got USR1" "$BATS_TEST_TMPDIR/out"
  sdcont rm labelled
}
