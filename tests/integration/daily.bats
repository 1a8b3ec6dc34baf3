#!/usr/bin/env bats
# The commands that look at containers and signal them: ps, inspect, top, pause, kill, events.

load common

# A container in the background; its client is $client.
begin() {
  "$SDCONT" run --name "$1" "${@:2}" &
  client=$!
  wait_until runs "$1"
}
state_of() { sed -n 's/^State:\t//p' "/proc/$1/status"; }
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }

@test "pause and unpause: the kernel's freezer, told by ps, and docker's errors" {
  begin busy "$ROOT" sh -c 'while :; do :; done'
  init=$(init_of busy)
  run sdcont pause busy
  ended 0
  [ "$output" = busy ]
  if unified; then
    [ "$(cat "$(directory_of busy freezer)/cgroup.freeze")" = 1 ]
  else
    grep -qx FROZEN "$(directory_of busy freezer)/freezer.state" ||
      grep -qx "frozen 1" "/sys/fs/cgroup/unified$(sed -n 's/^0:://p' "/proc/$init/cgroup")/cgroup.events"
  fi
  before_ticks=$(ticks "$init")
  run sdcont ps
  has " (Paused)"
  [ "$(sdcont ps --format json | grep -o '"State":"[a-z]*"')" = '"State":"paused"' ]
  run sdcont pause busy nosuch
  ended 1
  has "sdcont: container busy is already paused"
  has "sdcont: there is no container 'nosuch'"
  [ "$(ticks "$init")" -eq "$before_ticks" ]
  run sdcont unpause busy
  ended 0
  went_on() { [ "$(ticks "$init")" -gt "$before_ticks" ]; }
  wait_until went_on
  run sdcont unpause busy
  ended 1
  refused "container busy is not paused" 1
  [ "$(sdcont ps --format json | grep -o '"State":"[a-z]*"')" = '"State":"running"' ]
  sdcont kill busy
  wait $client || true
  run sdcont pause busy
  refused "container busy is not running" 1
  run sdcont unpause busy
  refused "container busy is not running" 1
}

@test "a paused container is killed, and removed by force" {
  begin one "$ROOT" sleep 100
  sdcont pause one
  run sdcont kill one
  ended 0
  wait_for=0
  wait $client || wait_for=$?
  [ "$wait_for" -eq 137 ]
  begin two "$ROOT" sh -c 'sleep 100 & sleep 100'
  init=$(init_of two)
  sdcont pause two
  run sdcont rm two
  refused "is running" 1
  run sdcont rm -f two
  ended 0
  [ ! -e "/proc/$init" ]
  wait $client || true
}

@test "kill: by name and number, in order, and what it says of the dead" {
  begin traps "$ROOT" sh -c 'trap "echo usr1" USR1; trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done' >"$BATS_TEST_TMPDIR/out"
  wait_until grep -q ready "$BATS_TEST_TMPDIR/out"
  for signal in USR1 SIGUSR1 usr1 10; do
    : >"$BATS_TEST_TMPDIR/out"
    run sdcont kill -s $signal traps
    ended 0
    [ "$output" = traps ]
    wait_until grep -q usr1 "$BATS_TEST_TMPDIR/out"
  done
  run sdcont kill -s NOSUCH traps
  refused "'NOSUCH' is not a signal"
  run sdcont kill --signal TERM "$(readlink /var/lib/sdcont/names/traps | cut -c1-12)"
  ended 0
  wait_for=0
  wait $client || wait_for=$?
  [ "$wait_for" -eq 7 ]
  run sdcont kill traps
  refused "container traps is not running" 1
  run sdcont kill
  refused "no CONTAINER was given"
}

@test "top: ps of this machine over the container's processes" {
  begin tops "$ROOT" sh -c 'sleep 1234 & sleep 1235; :'
  init=$(init_of tops)
  run sdcont top tops
  ended 0
  [[ ${lines[0]} =~ ^UID\ +PID\ +PPID\ +C\ +STIME\ +TTY\ +TIME\ +CMD$ ]]
  [ "${#lines[@]}" -eq 4 ]
  has "sleep 1234"
  has "sleep 1235"
  has " $init "
  [[ $output != *bats* ]]
  run sdcont top tops -o pid,args
  [[ ${lines[0]} =~ ^PID\ +COMMAND$ ]]
  [ "${#lines[@]}" -eq 4 ]
  run sdcont top tops user,comm
  [[ ${lines[0]} =~ ^PID\ +USER\ +COMMAND$ ]]
  [ "${#lines[@]}" -eq 4 ]
  run sdcont top tops aux
  [[ ${lines[0]} == USER*PID*%CPU* ]]
  [ "${#lines[@]}" -eq 4 ]
  run sdcont top tops -o args
  ended 125
  has "no column PID"
  sdcont pause tops
  run sdcont top tops
  has "sleep 1234"
  sdcont rm -f tops
  wait $client || true
  run sdcont top tops
  refused "there is no container 'tops'"
}

@test "events: what happened, since when, filtered, followed, as docker prints it" {
  begin ev --label tier=front "$ROOT" sleep 100
  id=$(readlink /var/lib/sdcont/names/ev)
  since=$(date +%s.%N)
  "$SDCONT" events >"$BATS_TEST_TMPDIR/live" &
  follower=$!
  "$SDCONT" events --filter event=unpause --format '{{.Action}} {{.Actor.Attributes.name}}' >"$BATS_TEST_TMPDIR/filtered" &
  other=$!
  follows() { grep -qs inotify "/proc/$1/fdinfo/"*; }
  wait_until follows $follower
  wait_until follows $other
  sdcont pause ev
  sdcont unpause ev
  wait_until grep -q " container unpause $id (" "$BATS_TEST_TMPDIR/live"
  [[ $(head -1 "$BATS_TEST_TMPDIR/live") =~ ^20..-..-..T..:..:..\.[0-9]{9}[^\ ]+\ container\ pause\ $id\ \(.*name=ev.*tier=front.*\)$ ]]
  wait_until grep -qx "unpause ev" "$BATS_TEST_TMPDIR/filtered"
  kill $follower $other
  sdcont rm -f ev
  wait $client || true
  run sdcont events --since "$since" --until 0s -f container=ev --format '{{.Action}}'
  ended 0
  [ "${lines[0]} ${lines[1]}" = "pause unpause" ]
  [ "${lines[-1]}" = destroy ]
  run sdcont events --since "$since" --until 0s -f event=pause -f event=destroy -f label=tier=front --format json
  [ "${#lines[@]}" -eq 2 ]
  [[ ${lines[0]} == '{"status":"pause","id":"'$id'","from":"'*'"Type":"container","Action":"pause","Actor":{"ID":"'$id'"'*'"time":'*'"timeNano":'* ]]
  run sdcont events --since "$since" --until 0s -f label=tier=back
  [ -z "$output" ]
  run sdcont events --since yesterday
  refused "not a point in time"
  run sdcont events -f nosuch=1
  refused "is not available"
  if systemd_here; then
    in_journal() { journalctl -o cat --no-pager "MESSAGE_ID=9d5f4c1e2b7a4d0c8e63a1f70b52c94d" "CONTAINER_ID_FULL=$id" CONTAINER_NAME=ev CONTAINER_EVENT=unpause | grep -q "container unpause $id"; }
    wait_until in_journal
  fi
}

@test "ps: which, in what order, and how, as docker has it" {
  begin first --label env=prod --label tier=a "$ROOT" sleep 100
  one=$client
  begin second --label env=prod -v stock:/data "$ROOT" sleep 100
  two=$client
  sdcont run --name third "$ROOT" sh -c 'exit 3' || true
  run sdcont ps --format '{{.Names}}'
  [ "$output" = $'second\nfirst' ]
  run sdcont ps -a --format '{{.Names}} {{.State}}'
  [ "$output" = $'third exited\nsecond running\nfirst running' ]
  [ "$(sdcont ps -l --format '{{.Names}}')" = third ]
  [ "$(sdcont ps -n 2 --format '{{.Names}}')" = $'third\nsecond' ]
  [ "$(sdcont ps -f label=env=prod -f label=tier --format '{{.Names}}')" = first ]
  [ "$(sdcont ps -f name=fir -f name=sec --format '{{.Names}}')" = $'second\nfirst' ]
  [ "$(sdcont ps -f status=exited --format '{{.Names}}')" = third ]
  [ "$(sdcont ps -a -f exited=3 -q)" = "$(readlink /var/lib/sdcont/names/third | cut -c1-12)" ]
  [ "$(sdcont ps -a -f before=second --no-trunc -q)" = "$(readlink /var/lib/sdcont/names/first)" ]
  [ "$(sdcont ps -a -f since=second --format '{{.Names}}')" = third ]
  [ "$(sdcont ps -f volume=stock --format '{{.Names}} {{.Mounts}} {{.LocalVolumes}}')" = "second stock 1" ]
  run sdcont ps -f nosuch=1
  refused "is not available"
  run sdcont ps -f status=nosuch
  refused "cannot be understood"
  run sdcont ps --format '{{.NoSuch}}'
  refused "there is no field .NoSuch"
  run sdcont ps -as --format 'table {{.Names}}\t{{.Size}}'
  [[ ${lines[0]} =~ ^NAMES\ +SIZE$ ]]
  [[ ${lines[1]} =~ ^third\ +[0-9.]+k?B\ \(virtual\ .*\)$ ]]
  sdcont rm -f first second third
  wait $one $two || true
  sdcont volume rm stock
}

@test "inspect: capabilities, devices, network, entry point as docker has them" {
  sdcont create --name keys --cap-add NET_ADMIN --cap-drop CHOWN --device /dev/null:/dev/nil:r --security-opt no-new-privileges "$ROOT" true >/dev/null
  sdcont create --name plain --entrypoint sh "$ROOT" -c true >/dev/null
  sdcont inspect keys plain | python3 -c 'import json, sys
keys, plain = json.load(sys.stdin)
h = keys["HostConfig"]
assert (h["CapAdd"], h["CapDrop"], h["SecurityOpt"]) == (["CAP_NET_ADMIN"], ["CAP_CHOWN"], ["no-new-privileges"]), h
assert h["Devices"] == [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/nil", "CgroupPermissions": "r"}], h
assert h["PortBindings"] == {} and h["CapAdd"] is not None
assert (plain["HostConfig"]["CapAdd"], plain["HostConfig"]["CapDrop"]) == (None, None), plain["HostConfig"]
assert (plain["Config"]["Entrypoint"], plain["Config"]["Cmd"], plain["Path"]) == (["sh"], ["-c", "true"], "sh"), plain["Config"]
assert keys["Config"]["Entrypoint"] is None and keys["Config"]["Cmd"] == ["true"], keys["Config"]
network = keys["NetworkSettings"]
assert list(network["Networks"]) == ["none"] and network["Ports"] == {} and network["IPAddress"] == "", network'
  sdcont rm keys plain
}

@test "inspect: docker's keys, and how each limit was asked for, applied, and holds" {
  begin insp --memory 64M --cpus 0.5 --pids-limit 77 -e COLOR=blue --label a=b -w /etc --stop-signal INT "$ROOT" sleep 100
  id=$(readlink /var/lib/sdcont/names/insp)
  sdcont inspect insp >"$BATS_TEST_TMPDIR/json"
  grep -q '^        "Id": "'"$id"'",$' "$BATS_TEST_TMPDIR/json" # four spaces a level
  python3 - "$BATS_TEST_TMPDIR/json" "$id" "$(init_of insp)" <<'P'
import json, sys
[c] = json.load(open(sys.argv[1]))
assert c["Id"] == sys.argv[2] and c["Name"] == "/insp", c["Id"]
assert c["Path"] == "sleep" and c["Args"] == ["100"]
s = c["State"]
assert (s["Status"], s["Running"], s["Paused"], s["OOMKilled"], s["Pid"]) == ("running", True, False, False, int(sys.argv[3])), s
assert s["StartedAt"].startswith("20") and s["FinishedAt"].startswith("0001-"), s
h = c["HostConfig"]
assert (h["Memory"], h["NanoCpus"], h["PidsLimit"]) == (64 << 20, 500000000, 77), h
assert h["RestartPolicy"]["Name"] == "no"
k = c["Config"]
assert "COLOR=blue" in k["Env"] and k["Labels"] == {"a": "b"} and k["WorkingDir"] == "/etc" and k["StopSignal"] == "SIGINT", k
assert c["GraphDriver"]["Name"] == "overlay2" and c["GraphDriver"]["Data"]["UpperDir"].endswith("/0/upper")
own = c["Sdcont"]
limits = {row["name"]: row for row in own["Limits"]}
assert limits["--memory"]["requested"] == str(64 << 20) == limits["--memory"]["applied"] == limits["--memory"]["effective"], limits
assert limits["--cpus"]["applied"] == limits["--cpus"]["effective"] == "50000 100000", limits
assert limits["--pids-limit"]["effective"] == "77", limits
assert all(row["via"] for row in own["Limits"]), limits
assert own["Usage"]["TasksCurrent"] == 1 and own["Reason"] == "", own
assert own["Manager"] == ("systemd" if own["Unit"] else "cgroupfs"), own
P
  cgroup=$(sdcont inspect -f '{{.Sdcont.CgroupPath}}' insp)
  grep -qx "$(init_of insp)" "$cgroup/cgroup.procs"
  [ "$(sdcont inspect -f '{{.State.Status}} {{json .Config.Labels}}' "${id:0:10}")" = 'running {"a":"b"}' ]
  sdcont kill insp
  wait $client || true
  run sdcont inspect insp nosuch
  ended 1
  has "there is no container and no image 'nosuch'"
  run sdcont inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.Sdcont.Reason}} {{.State.Pid}}' insp
  [ "$output" = "exited 137 signalled 0" ]
  run sdcont inspect --type image insp
  ended 1
  run sdcont inspect -s -f '{{.SizeRw}}' insp
  [ "$output" -gt 0 ]
}
