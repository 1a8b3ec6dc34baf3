#!/usr/bin/env bats
# What a hostile command or image tries once it runs, and what is killed at a bad moment. As in threats.bats each trap
# has a twin that must succeed.

load common

[[ $SDCONT_ENV == vm-* ]] && emulated=1 || emulated=

fine() {
  ended 0
  has fine
}

@test "10: the caller's terminal cannot be typed into" {
  cat >"$BATS_TEST_TMPDIR/outer.py" <<'P'
import fcntl, os, pty, select, subprocess, sys, termios
inner = """
import fcntl, os, termios
for path in ('/dev/tty', '/dev/console'):
    try:
        os.open(path, os.O_RDWR)
        print('OPENED', path)
    except OSError: pass
for c in b'id>/injected\\n':
    try:
        fcntl.ioctl(0, termios.TIOCSTI, bytes([c]))
    except OSError as error: print(error)
print('fine')
"""
ours, theirs = pty.openpty()
def child():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
done = subprocess.run([*sys.argv[1:], "python3", "-c", inner], stdin=theirs, stdout=subprocess.PIPE, preexec_fn=child)
mode = termios.tcgetattr(theirs)
mode[3] &= ~termios.ICANON
termios.tcsetattr(theirs, termios.TCSANOW, mode)
typed = os.read(theirs, 100) if select.select([theirs], [], [], 0.2)[0] else b""
print(done.stdout.decode(), "typed:", typed)
P
  run python3 "$BATS_TEST_TMPDIR/outer.py" timeout -k 5 60 "$SDCONT" run --rm -i host
  fine
  has "typed: b''"
  if [[ $output == *OPENED* ]]; then false; fi
  # its own terminal is its own to open
  run sdcont run --rm -t "$ROOT" sh -c 'echo x >/dev/tty && echo fine'
  fine
}

@test "11: the session keyring is the container's own" {
  number='import ctypes; print(ctypes.CDLL(None).syscall(250, 0, -3, 0))'
  outside=$(python3 -c "$number")
  run sdcont run --rm host python3 -c "$number"
  ended 0
  [ "$output" -gt 0 ]
  [ "$output" != "$outside" ]
}

@test "12: sysctls of no namespace, or of a shared one" {
  pattern=$(cat /proc/sys/kernel/core_pattern)
  for word in kernel.core_pattern='|/x' kernel.modprobe=/x vm.overcommit_memory=1 fs.file-max=9 kernel/core_pattern=x \
    kernel.shm_rmid_forced.../../core_pattern=x net.../kernel.core_pattern=x net/../kernel/core_pattern=x; do
    run sdcont run --rm --sysctl "$word" "$ROOT" true
    refused "--sysctl"
  done
  for word in "--ipc host --sysctl kernel.shm_rmid_forced=1" "--network host --sysctl net.ipv4.ip_forward=1" \
    "--uts host --sysctl kernel.domainname=x"; do
    run sdcont run --rm $word "$ROOT" true
    word=${word##* }
    refused "${word%=*}"
  done
  [ "$(cat /proc/sys/kernel/core_pattern)" = "$pattern" ]
  run run_root --sysctl kernel.shm_rmid_forced=1 'cat /proc/sys/kernel/shm_rmid_forced; echo fine'
  fine
  [ "${lines[0]}" = 1 ]
}

@test "13: cgroups cannot be written or mounted anew" {
  run run_root 'cat /proc/self/cgroup; find /sys/fs/cgroup -name cgroup.procs | grep -q . && echo fine'
  fine
  run run_root 'cd /sys/fs/cgroup; for f in $(find . -name release_agent -o -name cgroup.procs -o -name tasks -o -name "memory.m*" -o -name notify_on_release); do (echo 1 >$f) 2>/dev/null && echo WROTE $f; done
    mkdir x 2>/dev/null && echo WROTE; mkdir /m; for t in cgroup cgroup2; do mount -t $t $t /m 2>/dev/null && echo WROTE $t; mount -t $t -o memory $t /m 2>/dev/null && echo WROTE $t; done; echo fine'
  fine
  if [[ $output == *WROTE* ]]; then false; fi
}

@test "14: mounts, and how they spread, do not reach the host" {
  mkdir "$BATS_TEST_TMPDIR/v"
  mounts=$(cat /proc/self/mountinfo)
  run run_root --cap-add SYS_ADMIN -v "$BATS_TEST_TMPDIR/v:/v" \
    'mount --make-rshared /; mount -t tmpfs t /v && mkdir /v/m && mount -t tmpfs t /v/m && umount /proc/interrupts; echo fine'
  fine
  [ "$(cat /proc/self/mountinfo)" = "$mounts" ]
  [ -z "$(ls "$BATS_TEST_TMPDIR/v")" ]
}

@test "15: what is masked or read-only stays so" {
  attempts='umount /proc/interrupts; umount -l /proc; mount -o remount,rw /proc/sys; mount -o remount,bind,rw /sys; mkdir -p /m
    mount -t proc proc /m; mount -t sysfs sysfs /m; mount --bind /proc/sys /m; mount --move /proc /m
    [ -z "$(cat /m/interrupts)" ] || echo UNMASKED
    [ -z "$(cat /proc/interrupts)" ] || echo UNMASKED
    (echo x >/proc/sys/kernel/core_pattern) && echo WROTE; (echo 1 >/m/kernel/core_pattern) && echo WROTE
    (echo b >/proc/sysrq-trigger) && echo WROTE; (echo 1 >/sys/kernel/mm/ksm/run) && echo WROTE; echo tried'
  pattern=$(cat /proc/sys/kernel/core_pattern)
  for user in 0 1000; do
    run run_root -u $user "$attempts"
    has tried
    if [[ $output == *UNMASKED* || $output == *WROTE* ]]; then false; fi
    # with all capabilities over a user namespace of its own
    run run_root -u $user "unshare -Urm sh -c '$attempts'"
    has tried
    if [[ $output == *UNMASKED* || $output == *WROTE* ]]; then false; fi
  done
  [ "$(cat /proc/sys/kernel/core_pattern)" = "$pattern" ]
  run run_root --privileged '[ -n "$(cat /proc/interrupts)" ] && echo fine'
  fine
}

@test "16: device nodes in the root cannot be opened" {
  root=$BATS_TEST_TMPDIR/root
  cp -a "$ROOT" "$root"
  mknod "$root/kmsg" c 1 11
  mknod "$root/zero" c 1 5
  mknod -m 666 "$root/disk" b "$(stat -c '0x%t' "$(losetup -f)")" 0
  run sdcont run --rm "$root" sh -c 'for f in kmsg zero disk; do head -c 1 /$f && echo OPENED; done; mknod /tmp/n c 1 11 && head -c 1 /tmp/n && echo OPENED; head -c 1 /dev/zero | wc -c; echo fine'
  fine
  has "ermission denied"
  if [[ $output == *OPENED* ]]; then false; fi
  run sdcont run --rm --device /dev/zero:/given "$root" sh -c 'head -c 1 /given >/dev/null && echo fine'
  fine
}

@test "18: bombs: of processes, of memory, of output" {
  run run_root --pids-limit 30 --timeout 3 --stop-timeout 0 'f() { f | f & }; f 2>/dev/null; sleep 100' &
  bomb=$!
  run run_root 'echo fine' # meanwhile
  fine
  wait $bomb
  run run_root --summary --pids-limit 20 'for i in $(seq 50); do sleep 5 & done 2>/dev/null; echo unreached'
  has "tasks limit of 20 hit"
  run run_root --memory 16M --init 'tail /dev/zero; echo fine' # a killed child does not end the container
  has fine
  run run_root --memory 16M 'exec tail /dev/zero'
  ended 137
  # shellcheck disable=SC2216 # that nobody reads is the point
  "$SDCONT" run --rm --name flood "$ROOT" yes "a line that is written for as long as anybody reads it" | sleep 100 &
  wait_until runs flood
  supervisor=$(ps -o ppid= -p "$(init_of flood)")
  memory() { awk '/^VmRSS/ {print $2}' "/proc/$((supervisor))/status"; }
  at_first=$(memory)
  sleep 2
  [ "$(memory)" -le $((at_first + 256)) ]
  sdcont rm -f flood
  kill %% 2>/dev/null || true
}

@test "19: the caller's environment does not leak" {
  run env SECRET=x NOTIFY_SOCKET=/x LISTEN_FDS=3 LD_DEBUG_OUTPUT=/x "$SDCONT" run --rm -e ASKED=1 "$ROOT" \
    sh -c 'cat /proc/1/environ | tr "\0" "\n"; echo fine'
  fine
  has ASKED=1
  if grep -qE 'SECRET|NOTIFY_SOCKET=/x|LISTEN_FDS|LD_DEBUG' <<<"$output"; then false; fi # it has a socket of its own
}

@test "20: records are for their owner alone; planted directories are refused" {
  "$SDCONT" run --rm --name private "$ROOT" sleep 100 &
  client=$!
  wait_until runs private
  for dir in /run/sdcont /var/lib/sdcont; do
    [ "$(stat -c '%a %u' $dir)" = "700 0" ]
    [ -z "$(find $dir -mindepth 1 -maxdepth 3 -perm /022 ! -type l -print)" ]
    if setpriv --reuid 65534 --clear-groups ls $dir 2>/dev/null; then false; fi
  done
  if awk '{print $8}' /proc/net/unix | grep -E '^@.*sdcont'; then false; fi
  sdcont rm -f private
  wait $client || true

  at=$BATS_TEST_TMPDIR/at
  mkdir -p "$at/decoy" "$at/open" "$at/theirs"
  chmod 755 "$at" "$BATS_TEST_TMPDIR"
  chmod 777 "$at/open"
  chown 65534 "$at/theirs"
  ln -s "$at/decoy" "$at/link"
  for planted in link open theirs; do
    run sdcont --root "$at/$planted" --runtime-dir "$at/run" run --rm "$ROOT" true
    refused "$at/$planted"
    run sdcont --root "$at/lib" --runtime-dir "$at/$planted" run --rm "$ROOT" true
    refused "$at/$planted"
  done
  [ -z "$(ls "$at/decoy")" ]
  mkdir "$at/lib2"
  ln -s "$at/decoy" "$at/lib2/containers"
  run sdcont --root "$at/lib2" --runtime-dir "$at/run" run --rm "$ROOT" true
  refused "$at/lib2/containers"
  [ -z "$(ls "$at/decoy")" ]
  ln -s "$at/decoy/id" "$at/cid"
  run sdcont run --rm --cidfile "$at/cid" "$ROOT" true
  refused "is there already"
  [ -z "$(ls "$at/decoy")" ]
  run sdcont --root "$at/lib" --runtime-dir "$at/run" run --rm "$ROOT" echo fine
  fine
}

# Kills the client, or its supervisor, at a random moment of a launch.
launch_and_kill() {
  local client victim
  "$SDCONT" run --name "killed$1" "$ROOT" sh -c "echo >/dev/null; sleep 300" >/dev/null 2>&1 &
  client=$!
  sleep "$(awk -v r=$RANDOM -v most="$2" 'BEGIN { print r / 32768 * most }')"
  victim=$client
  if [ $((RANDOM % 2)) = 1 ]; then victim=$(pgrep -P $client -x sdcont) || victim=$client; fi
  kill -KILL $victim 2>/dev/null || true
  wait_until gone $client || {
    ps -ef --forest >&3
    return 1
  }
  wait $client || true
} 3>&2 2>/dev/null # bash tells of each that is killed
gone() { [ "$(ps -o stat= -p "$1" | cut -c 1)" != S ]; } # a zombie, until it is waited for
launching() { ls /run/sdcont/launching | grep -q .; }
@test "21: launches killed at random moments leave nothing after the next command" {
  rounds=100 most=0.015
  [ -z "$emulated" ] || rounds=8 most=0.75
  RANDOM=$$
  for i in $(seq "$rounds"); do launch_and_kill "$i" "$most"; done
  sleep 2 # a supervisor that lost its client ends, which takes it a moment
  [ -z "$emulated" ] || sleep 5
  sdcont ps -a --no-trunc --format json >"$BATS_TEST_TMPDIR/ps"
  if launching; then ls -l /run/sdcont/launching >&2; false; fi
  # every directory that is left is a container's that ran
  python3 - "$BATS_TEST_TMPDIR/ps" <<'P'
import json, os, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert all(row["State"] in ("running", "exited") for row in rows), rows
known = {row["ID"] for row in rows}
names = {row["Names"] for row in rows}
for place in ("/run/sdcont/containers", "/var/lib/sdcont/containers"):
    assert set(os.listdir(place)) <= known, (place, set(os.listdir(place)) - known)
assert set(os.listdir("/var/lib/sdcont/names")) == names, names
for top, directories, _ in os.walk("/sys/fs/cgroup"):
    for name in directories:
        if not name.startswith("sdcont-"): continue
        if name.endswith(".scope"): assert name[7:-6] in names, (top, name)
        else: assert name[7:] in known, (top, name)
print(len(rows), "of the containers ran")
P
  for id in $(sdcont ps -aq); do sdcont rm -f "$id"; done
  wait_until same_footprint
  run run_root 'echo fine'
  fine
}

@test "22: /etc/passwd and /etc/group: a link, a FIFO, a device, gigabytes" {
  root=$BATS_TEST_TMPDIR/root
  cp -a "$ROOT" "$root"
  run sdcont run --rm -u app:app "$root" echo fine
  fine
  echo 'app:x:0:0::/:/bin/sh' >"$BATS_TEST_TMPDIR/passwd"
  for file in passwd group; do
    plant() { rm -f "$root/etc/$file"; "$@"; LIMIT=20 run sdcont run --rm -u app:app "$root" true; refused "/etc/$file"; }
    plant ln -s "$BATS_TEST_TMPDIR/passwd" "$root/etc/$file"
    plant ln -s /proc/self/environ "$root/etc/$file"
    plant mkfifo "$root/etc/$file"
    plant mknod "$root/etc/$file" c 1 5
    plant truncate -s 8G "$root/etc/$file"
    plant mkdir "$root/etc/$file"
    rm -rf "${root:?}/etc/$file"
    cp "$ROOT/etc/$file" "$root/etc/$file"
  done
  mv "$root/etc" "$root/elsewhere"
  ln -s elsewhere "$root/etc"
  run sdcont run --rm -u app "$root" true
  refused "/etc/passwd"
}

@test "23: no setting is read from beside the image or the working directory" {
  root=$BATS_TEST_TMPDIR/at/root
  mkdir -p "$BATS_TEST_TMPDIR/at"
  cp -a "$ROOT" "$root"
  plan() { sdcont run --dry-run --name same --hostname same "$root" true | sed -E 's/[0-9a-f]{64}/ID/g'; }
  cd "$BATS_TEST_TMPDIR/at"
  plan_before=$(plan)
  for name in sdcont.conf .sdcont.conf .sdcontrc config.json sdcont.json sdcont/sdcont.conf root/etc/sdcont/sdcont.conf \
    root/etc/sdcont.conf root.conf root.nspawn root/config.json; do
    mkdir -p "$(dirname "$name")"
    printf '[run]\nprivileged = true\n' >"$name"
  done
  printf 'int x;' >libsystemd.so.0
  [ "$(plan)" = "$plan_before" ]
  run sdcont run --rm "$root" echo fine
  fine
}

@test "24: labels, names and descriptions become no further properties" {
  for word in ExecStartPre=/bin/true $'CPUWeight=5\nExecStart=/bin/true' 'CPUWeight=5 User=root' Delegate=no PIDs=1 Slice=x.slice; do
    run sdcont run --rm -p "$word" "$ROOT" true
    ended 125
    [[ ${lines[0]} == "sdcont: "* ]]
  done
  systemd_here || skip "not here: no systemd, so no unit to look at"
  text=$'one\nCPUQuota=7%\n[Scope]\nTasksMax=7\nExecStartPre=/bin/touch /x'
  "$SDCONT" run --rm --name labelled --description "$text" -l "a=$text" -l $'b\nTasksMax=7=c' "$ROOT" sleep 100 &
  client=$!
  wait_until runs labelled
  run systemctl show -p TasksMax -p CPUQuotaPerSecUSec -p Delegate sdcont-labelled.scope
  has TasksMax=4097
  has "CPUQuotaPerSecUSec=infinity"
  has "Delegate=yes"
  sdcont rm -f labelled
  wait $client || true
}

@test "25: ids that wrap around to root" {
  for id in 4294967296 4294967295 -1 4294967294 2147483648 18446744073709551616 18446744073709551615; do
    for user in "$id" "0:$id" "$id:0" "app:$id"; do
      run sdcont run --rm -u "$user" "$ROOT" id
      refused "$id"
    done
  done
  run run_root -u 2147483647:2147483647 'id -u; echo fine'
  fine
  [ "${lines[0]}" = 2147483647 ]
}
