#!/usr/bin/env bats
# Faults and bad input: each gets one clear line, status 125, and leaves nothing behind, at once or, where what would have
# cleared up was killed itself, after the next command.

load common

[[ $SDCONT_ENV == vm-* ]] && emulated=1 || emulated=

# bad WORDS-IN-THE-LINE ARGUMENTS...: refused before anything is made
bad() {
  run sdcont run --rm "${@:2}"
  refused "$1"
}

@test "malformed sizes and percentages" {
  for word in 12Q -5 '' nan '1 2' 0x10 1.5.5M 99999999999999999999G 120% 0 0% 1K abc% %; do
    for flag in --memory --shm-size; do
      [[ $flag = --memory || $word =~ [QnM2]$ ]] || continue # which has no least size
      bad "$flag: " $flag "$word" "$ROOT" true
    done
  done
  for word in 0% -5% abc% % 1e9% '' 5%% nan 0.0000001%; do bad "--cpu: " --cpu "$word" "$ROOT" true; done
  for word in x 1.5 -7 99999999999999999999; do bad "--pids-limit" --pids-limit "$word" "$ROOT" true; done
  for word in x -7 1:2; do bad "--timeout" --timeout "$word" "$ROOT" true; done
  run run_root --memory 8M --cpu 20% --pids-limit 5 --timeout 50 'echo fine'
  ended 0
}

@test "malformed devices and mounts" {
  for word in /nope /etc/passwd /dev/null:rel /dev/null:/x:zzz /dev/null:/a:r:w '' null; do bad "--device: " --device "$word" "$ROOT" true; done
  for word in type=foo,target=/x type=bind,target=/x type=bind,source=/nope,target=/x type=tmpfs type=tmpfs,target=rel \
    type=tmpfs,target=/x,bogus=1 '' bogus type=bind,source=/etc,target=/x,readonly=maybe type=volume,source=../x,target=/x; do
    bad "--mount: " --mount "$word" "$ROOT" true
  done
  bad "size=big" --mount type=tmpfs,target=/x,tmpfs-size=big "$ROOT" true
  bad "size=big" --tmpfs /x:size=big "$ROOT" true
  for word in a:b:c:d / :/x /x: 'na me:/x' .hidden/../x: name:/x:bogus /etc:/x:bogus /etc:rel ''; do bad "--volume: " -v "$word" "$ROOT" true; done
  [ ! -e /x ]
  run run_root --tmpfs /x:size=1M -v "$ROOT:/r:ro" 'echo fine'
  ended 0
}

@test "malformed environment, users, names, options" {
  bad "--env-file: cannot open /nope: No such file" --env-file /nope "$ROOT" true
  bad "/etc" --env-file /etc "$ROOT" true
  printf 'A=1\nB\n=x\n' >"$BATS_TEST_TMPDIR/env"
  bad "line 3" --env-file "$BATS_TEST_TMPDIR/env" "$ROOT" true
  for word in = =x; do bad "--env: " -e "$word" "$ROOT" true; done
  bad "nosuch" -u nosuch "$ROOT" true
  bad "--name" --name a/b "$ROOT" true
  bad "--hostname" --hostname a_b/ "$ROOT" true
  bad "--bogus" --bogus "$ROOT" true
  bad "--cap-add: 'bogus' is not a capability" --cap-add bogus "$ROOT" true
  bad "--ulimit" --ulimit bogus=1 "$ROOT" true
  bad "--stop-signal" --stop-signal BOGUS "$ROOT" true
  bad "--network" --network bogus "$ROOT" true
  bad "--label" --label =x "$ROOT" true
  for flag in --timeout --stop-signal --stop-timeout --nice --oom-score-adj --shm-size --name --hostname --unit --slice --cidfile --pidfile --user; do
    bad "$flag" $flag '' "$ROOT" true
  done
  bad "--preserve-fds" --preserve-fds 4294967295 "$ROOT" true
  bad "--preserve-fds: 'x' is not a number" --preserve-fds x "$ROOT" true
  bad "--limits: 'lax' is not available; it can be strict or best-effort" --limits lax "$ROOT" true
  bad "--name: its value is missing" --name
  bad "publishes no port" -p 8080:80 "$ROOT" true
  bad "'4294967295' of --user" -u 4294967295 "$ROOT" true
  bad "--cgroup-manager is an option of sdcont itself; write it before the command" --cgroup-manager cgroupfs "$ROOT" true
  for word in -1 1 4095 unlimited; do bad "--shm-size: " --shm-size "$word" "$ROOT" true; done
  bad "a tmpfs has no source" --mount type=tmpfs,src=/tmp,dst=/x "$ROOT" true
  bad "--mount: 'size=abc' is not an option of a tmpfs" --mount type=tmpfs,dst=/x,tmpfs-size=abc "$ROOT" true
  bad "--volume: 'sync' is not an option of a mount" -v /tmp:/x:sync "$ROOT" true
  bad "--tmpfs: 'z' is not an option of a mount" --tmpfs /x:z "$ROOT" true
  bad "'--bogus' is not an option of sdcont run; see sdcont run --help" --bogus "$ROOT" true
  run run_root -m=64M --security-opt no-new-privileges=false --shm-size 0 -v /tmp:/x:rro --tmpfs /y:strictatime \
    'grep NoNewPrivs /proc/self/status; df -k /dev/shm | tail -1'
  ended 0
  [[ $output == *"NoNewPrivs:"*0* && $output == *65536* ]]
  run setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$SDCONT" run --rm --oom-score-adj -999 "$ROOT" true
  [ "$status" -eq 0 ] || refused "--oom-score-adj"
  for word in db db: db:ten db:host-gateway; do bad "--add-host: " --add-host "$word" "$ROOT" true; done
  bad "two mounts are to be at /v" -v "$ROOT:/v" --tmpfs /v "$ROOT" true
  run sdcont bogus
  refused "bogus"
}

@test "images that are missing, a file, or without the command" {
  bad "/nope does not exist" /nope true
  bad "is not a directory" /etc/passwd true
  bad "no image 'nosuch'" --pull never nosuch true
  bad "no COMMAND" "$ROOT"
  bad "COMMAND is empty" "$ROOT" ''
  mkdir "$BATS_TEST_TMPDIR/empty"
  run -127 sdcont run --rm "$BATS_TEST_TMPDIR/empty" true
  refused "cannot find 'true'" 127
  printf '#!/no/such/interpreter\n' >"$BATS_TEST_TMPDIR/empty/script"
  chmod +x "$BATS_TEST_TMPDIR/empty/script"
  run -127 sdcont run --rm "$BATS_TEST_TMPDIR/empty" /script
  refused "interpreter" 127
  printf 'no program' >"$BATS_TEST_TMPDIR/empty/text"
  chmod +x "$BATS_TEST_TMPDIR/empty/text"
  run sdcont run --rm "$BATS_TEST_TMPDIR/empty" /text
  refused "cannot execute /text" 126
}

@test "limits below what the command needs to start" {
  # more arguments than fit: the kernel kills init as it copies them, or refuses the execution
  run sdcont run --rm --memory 6M host python3 -c 'print("x" * 99000000)'
  [ "$status" -ne 0 ]
  run sdcont run --rm --pids-limit 1 --init "$ROOT" true
  refused "--pids-limit"
  run -127 sdcont run --rm --ulimit nofile=0 host true # not even the dynamic loader can open a file
  run sdcont run --rm --pids-limit 1 "$ROOT" echo fine
  ended 0
}

# on_disk OPTIONS: what follows runs with a file system of its own, for --root and --runtime-dir, at $disk
on_disk() { disk=$BATS_TEST_TMPDIR/disk; mkdir -p "$disk"; unshare -m sh -c 'mount -t tmpfs -o "$0" none "$1" && shift && "$@"' "$1" "$disk" "${@:2}"; }

@test "a full disk" {
  script='"$1" --$2 "$3/l" run --rm "$4" true; status=$?; find "$3/l/containers" "$3/l/launching" "$3/l/names" -mindepth 1 2>/dev/null; exit $status'
  failed=0
  for place in root runtime-dir; do
    for options in size=4k nr_inodes=2 nr_inodes=4 nr_inodes=6 nr_inodes=8 nr_inodes=10 nr_inodes=12 nr_inodes=14; do
      run on_disk $options sh -c "$script" sh "$SDCONT" $place "$BATS_TEST_TMPDIR/disk" "$ROOT"
      if [ "$status" -ne 0 ]; then
        refused "No space left on device"
        failed=$((failed + 1))
      fi
    done
  done
  [ "$failed" -ge 8 ]
}

@test "a disk that the container itself fills: how it ended is known, and it can be removed" {
  run on_disk size=400k sh -c '"$1" --root "$2/l" run --name full "$3" sh -c "cat /dev/zero >/big 2>/dev/null; exit 3"; echo "status $?"
    "$1" --root "$2/l" ps -a; "$1" --root "$2/l" rm full; "$1" --root "$2/l" ps -a | tail -n +2; find "$2/l" -mindepth 2 ! -path "*/mount-points/*"' sh "$SDCONT" "$BATS_TEST_TMPDIR/disk" "$ROOT"
  has "status 3"
  has "Exited (3)"
  [ "${lines[-1]}" = full ] || { echo "$output"; false; }
}

@test "too few descriptors" {
  failed=0
  for count in 6 7 8 9 10 12 14 16 18 20 22 24 26; do
    run timeout -k 5 60 bash -c "ulimit -n $count; exec '$SDCONT' run --rm '$ROOT' true"
    if [ "$status" -ne 0 ]; then
      refused "Too many open files; raise the limit of open files (ulimit -n)"
      failed=$((failed + 1))
    fi
    sdcont ps -a
    wait_until same_footprint
  done
  [ "$failed" -ge 4 ]
}

@test "too few processes" {
  export ASAN_OPTIONS=detect_leaks=0 # the look for leaks needs a process
  unified && group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup) || group=/sys/fs/cgroup/pids$(sed -n 's/^[0-9]*:pids://p' /proc/self/cgroup)
  [ ! -e "$group/cgroup.type" ] || group=/sys/fs/cgroup # of v2 only the root may have processes beside such a one
  group=$(realpath "$group")/few-$$
  if unified; then echo +pids >/sys/fs/cgroup/cgroup.subtree_control; fi
  mkdir "$group"
  for count in 1 2 3 64; do
    echo $count >"$group/pids.max"
    run sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$group" "$SDCONT" run --rm "$ROOT" true
    wait_until rmdir_again
    [ "$status" -eq 0 ] || refused "Resource temporarily unavailable"
    [ $count -ne 1 ] || refused "cannot fork the supervisor"
  done
  ended 0
  rmdir "$group"
}
rmdir_again() { rmdir "$group" && mkdir "$group"; }

@test "no permission" {
  nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  run "${nobody[@]}" "$SDCONT" run --rm host true
  refused "needs root"
  for command in ps "rm x"; do
    run "${nobody[@]}" "$SDCONT" $command
    refused "as root"
  done
  run setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$SDCONT" run --rm "$ROOT" true
  refused "not permitted"
}

# What is left after a kill is a container that ran, or nothing: forgets the first.
cleared() {
  local id
  sdcont ps -a >/dev/null
  for id in $(sdcont ps -aq); do sdcont rm -f "$id" >/dev/null; done
  if find /run/sdcont/launching -mindepth 1 | grep .; then return 1; fi
}

@test "killed at every step of the launch" {
  export ASAN_OPTIONS=detect_leaks=0 # it traces, and so does strace
  if [[ $emulated || -z $(type -p strace) ]]; then # by the clock, then: what takes 1 s there has a step everywhere
    for delay in 0.05 0.1 0.2 0.3 0.4 0.5 0.6 0.8 1 1.3; do
      for victim in client supervisor; do
        "$SDCONT" run "$ROOT" sleep 100 >/dev/null 2>&1 &
        client=$! pid=$!
        sleep $delay
        [ $victim = client ] || pid=$(pgrep -P $client -x sdcont) || pid=$client
        kill -KILL $pid || true
        wait $client || true
        sleep 1
        cleared
      done
    done
    wait_until same_footprint
    return
  fi
  # every system call that the launch makes, at its first, middle and last time in any of the three processes
  strace -f -qq -o "$BATS_TEST_TMPDIR/calls" "$SDCONT" run --rm "$ROOT" true
  python3 - "$BATS_TEST_TMPDIR/calls" >"$BATS_TEST_TMPDIR/steps" <<'P'
import collections, re, sys
counts = collections.Counter()
for line in open(sys.argv[1]):
    found = re.match(r"(\d+) +(\w+)\(", line)
    if found: counts[found.groups()] += 1
harmless = {"mmap", "munmap", "mprotect", "brk", "pread64", "fcntl", "rt_sigaction", "getuid", "geteuid", "getpid"}
steps = set()
for (pid, call), n in counts.items():
    if call not in harmless: steps |= {(call, 1), (call, (n + 1) // 2), (call, n)}
for call, n in sorted(steps): print(call, n)
P
  [ "$(wc -l <"$BATS_TEST_TMPDIR/steps")" -gt 60 ]
  killed=0 steps=0
  while read -r call n; do
    status=0
    output=$(timeout -k 5 30 strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
      "$SDCONT" run "$ROOT" true 2>&1 </dev/null) || status=$?
    steps=$((steps + 1))
    [ $status -eq 0 ] || killed=$((killed + 1))
    # who lives to tell does so in one line
    [[ $status == 0 || $status == 137 || ($status == 125 && $output == "sdcont: "* && $output != *$'\n'*) ]] || {
      echo "$call $n: status $status: $output" >&2
      false
    }
    cleared || { echo "left after $call $n" >&2; false; }
  done <"$BATS_TEST_TMPDIR/steps"
  echo "$killed of $steps launches were killed"
  [ $killed -gt 50 ]
  wait_until same_footprint
}

@test "what a killed supervisor leaves goes with the next command" {
  for command in "run --rm $ROOT true" info ps "rm nosuch"; do
    "$SDCONT" run --name orphan "$ROOT" sleep 1 &
    wait_until runs orphan
    kill -KILL "$(pgrep -n -P $! -x sdcont)"
    wait $! || true
    sleep 1.5
    sdcont $command || [ "$command" = "rm nosuch" ]
    [ -z "$(find /sys/fs/cgroup -name payload -o -regex '.*/sdcont-[0-9a-f]+')" ]
    sdcont rm orphan
  done
}

@test "a cgroup that was made for a look by what was then killed goes with the next command" {
  top=/sys/fs/cgroup
  unified || top=$top/blkio
  dead=$(bash -c 'echo $$')
  for command in ps "rm nosuch" info "run --rm $ROOT true"; do
    mkdir "$top/sdcont-probe-$dead"
    sdcont $command || [ "$command" = "rm nosuch" ]
    [ ! -e "$top/sdcont-probe-$dead" ]
  done
  if unified || ! systemd_here; then # on v1 systemd clears up after others when a unit of its own ends
    mkdir "$top/sdcont-probe-$$"     # of one that lives
    sdcont ps
    rmdir "$top/sdcont-probe-$$"
  fi
}
