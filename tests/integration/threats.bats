#!/usr/bin/env bats
# What attackers have done to container runtimes: hostile roots, configurations and commands. Each trap has a twin
# beside it, the same run without the trap, that must succeed; the host's side is looked at after both. Row 17 is in
# faults_systemd.bats, rows 10 to 25 are in threats_inside.bats.

load common

[[ $SDCONT_ENV == vm-* ]] && emulated=1 || emulated=

# $root: a copy of the small root to plant traps in; $decoy: what of the host must stay as it is
hostile() {
  root=$BATS_TEST_TMPDIR/root decoy=$BATS_TEST_TMPDIR/decoy
  cp -a "$ROOT" "$root"
  mkdir -p "$decoy/sub"
  for name in null zero console ptmx tty stdin passwd mark; do echo "of the host" >"$decoy/$name"; done
  up=../../../../../../../..$decoy
  decoy_before=$(state_of "$decoy")
}
state_of() { (cd "$1" && find . -printf '%p %y %m %s %T@ %l\n' | sort && find . -type f -exec cksum {} + | sort); }
untouched() {
  [ "$(state_of "$decoy")" = "$decoy_before" ] || {
    diff <(echo "$decoy_before") <(state_of "$decoy") >&2
    return 1
  }
}
run_in() { sdcont run --rm "${@:1:$#-1}" "$root" sh -c "${@:$#}"; }
fine() {
  ended 0
  has fine
}

@test "1: /dev, or what is in it, leads to the host" {
  hostile
  probe='[ "$(stat -c %t:%T /dev/null)" = 1:3 ] && echo x >/dev/null && [ -z "$(cat /proc/interrupts)" ] && echo fine'
  run run_in "$probe"
  fine
  for how in "$decoy" "$up"; do
    rm -rf "${root:?}/dev"
    mkdir "$root/dev"
    for name in null zero console ptmx tty stdin; do ln -s "$how/$name" "$root/dev/$name"; done
    ln -s "$how/sub" "$root/dev/pts"
    ln -s "$how/sub" "$root/dev/shm"
    for terminal in --rm -t; do
      run run_in $terminal "$probe"
      fine
      untouched
    done
    rm -rf "${root:?}/dev"
    ln -s "$how" "$root/dev"
    for terminal in --rm -t; do
      run sdcont run --rm $terminal "$root" true
      refused "/dev is, or is below, a symbolic link"
      untouched
    done
  done
  rm "$root/dev"
  mkdir "$root/dev"
  echo fake >"$root/dev/null" # would be what is bound over the masked paths
  run run_in "$probe"
  fine
}

@test "2: a mount's target is, or is below, a link out of the root" {
  hostile
  mkdir "$BATS_TEST_TMPDIR/src"
  echo mine >"$BATS_TEST_TMPDIR/src/mark"
  ln -s "$decoy" "$root/abs"
  ln -s "$up" "$root/rel"
  ln -s "$decoy/made" "$root/dangling"
  mkdir "$root/plain"
  for target in /plain /abs /rel /abs/new /rel/new/er /dangling /dangling/x; do
    run run_in -v "$BATS_TEST_TMPDIR/src:$target" "cat $target/mark && echo fine"
    fine
    has mine
    untouched
    run run_in --tmpfs "$target" "echo x >$target/x && echo fine"
    fine
    untouched
    run run_in -w "$target" "pwd && echo fine" # made inside
    fine
    untouched
  done
  for target in ../x a/../x /a/../../x ''; do
    run sdcont run --rm -v "$BATS_TEST_TMPDIR/src:$target" "$root" true
    refused "not an absolute path"
  done
}

@test "2: a container swaps a directory for a link while another one is mounted there" {
  hostile
  rounds=150
  [ -z "$emulated" ] || rounds=10
  shared=$BATS_TEST_TMPDIR/shared src=$BATS_TEST_TMPDIR/src
  mkdir -p "$shared/a" "$src"
  echo mine >"$src/mark"
  ln -s "$decoy" "$shared/b"
  mounts=$(cat /proc/self/mountinfo)
  run run_in -v "$shared:/s" -v "$src:/s/a" 'cat /s/a/mark && echo fine'
  fine
  timeout -k 5 300 "$SDCONT" run --rm --name swapper -v "$shared:/s" host python3 -c '
import ctypes, time
libc = ctypes.CDLL(None)
while True:  # RENAME_EXCHANGE
    libc.renameat2(-100, b"/s/a", -100, b"/s/b", 2)
    time.sleep(0.0002)
' &
  client=$!
  wait_until runs swapper
  through=0
  for _ in $(seq "$rounds"); do
    status=0
    output=$(run_in -v "$shared:/s" -v "$src:/s/a/deep" 'cat /s/a/deep/mark' 2>&1) || status=$?
    [ "$status" -ne 0 ] || through=$((through + 1))
    if [[ $output == *"of the host"* ]]; then false; fi
  done
  sdcont rm -f swapper
  wait $client || true
  [ "$through" -gt 0 ]
  untouched
  [ "$(cat /proc/self/mountinfo)" = "$mounts" ]
}

@test "3: /proc is a link, a fake, or covered by a volume" {
  hostile
  probe='[ "$(stat -f -c %t /proc)" = 9fa0 ] && [ "$(cat /proc/self/oom_score_adj)" = 7 ] && echo fine'
  mkdir -p "$root/proc/self/attr" "$root/proc/sys/kernel" "$root/proc/thread-self"
  ln -s "$decoy/null" "$root/proc/self/oom_score_adj"
  run run_in --oom-score-adj 7 "$probe"
  fine
  untouched
  ln -s /proc "$root/p"
  ln -s proc/self/.. "$root/q"
  for target in /proc /proc/self /proc/self/attr /proc/sys/kernel //proc/. /p /p/sys /q /p/self/attr; do
    for option in "-v $decoy:$target" "--tmpfs $target" "--mount type=bind,source=$decoy,target=$target"; do
      run sdcont run --rm $option "$root" true
      refused "/proc"
      untouched
    done
  done
  run run_in --oom-score-adj 7 -v "$decoy:/procfs:ro" "$probe"
  fine
  for how in "$decoy" "$up" sys; do
    rm -rf "$root/proc"
    ln -s "$how" "$root/proc"
    run sdcont run --rm "$root" true
    refused "/proc is, or is below, a symbolic link"
    untouched
  done
}

@test "4: the working directory is one of the runtime's descriptors" {
  hostile
  run run_in -w /tmp 'pwd; echo fine'
  fine
  ln -s /tmp "$root/inside"
  run run_in -w /inside 'pwd; echo fine'
  fine
  for n in $(seq 3 20); do
    ln -s "/proc/self/fd/$n" "$root/w$n"
    for workdir in "/proc/self/fd/$n" "/w$n"; do
      run bash -c "exec 3</ 4<'$decoy' 5</etc; exec '$SDCONT' run --rm -w '$workdir' '$root' ls"
      refused "$n"
    done
  done
  for workdir in /proc/self/cwd /proc/1/root /proc/self/fd/5/..; do
    run sdcont run --rm -w "$workdir" "$root" ls
    refused "$workdir"
  done
}

@test "5: the runtime's own programs cannot be reached, or written" {
  hostile
  programs=$BATS_TEST_TMPDIR/programs
  mkdir "$programs"
  for file in sdcont sdcont-init sdcont-enter; do cp "$(dirname "$SDCONT")/$file" "$programs" || true; done
  programs_before=$(state_of "$programs")
  ours() { timeout -k 5 60 "$programs/sdcont" run --rm "$@"; }
  printf '#!/proc/self/exe\n' >"$root/script"
  printf '#!/script x\n' >"$root/script2"
  printf '#!/bin/sh\necho fine\n' >"$root/good"
  chmod +x "$root"/{script,script2,good}
  ln -s /proc/self/exe "$root/link"
  run ours "$root" /good
  fine
  for entry in /proc/self/exe /proc/1/exe /proc/thread-self/exe /link /script /script2; do
    for init in --rm --init; do
      run ours $init "$root" "$entry"
      refused "never runs inside" 126
    done
  done
  # one that only the kernel can read, and one that cannot be read for want of descriptors
  printf '#!/proc/self/exe ps\n' >"$root/unreadable"
  chmod 0711 "$root/unreadable"
  run ours -u 1000 "$root" /unreadable
  refused "never runs inside" 126
  run ours --ulimit nofile=3 "$root" /script
  refused "never runs inside" 126
  # run inside all the same, as by a script that took the command's place after it was looked at
  run unshare --mount bash -c 'mount -t proc proc "$1/proc" && exec 9<"$2" && exec chroot "$1" /proc/self/fd/9 --version' \
    bash "$root" "$programs/sdcont"
  refused "this program is no file of the root" 126
  # the first process of a container, and its reaper, as they are seen from inside
  run ours --init --cap-add ALL "$root" sh -c 'for p in /proc/[0-9]*; do (: >>$p/exe) && echo WROTE; done; cp /bin/busybox /proc/1/exe; echo fine'
  fine
  if [[ $output == *WROTE* ]]; then false; fi
  # One that sees the host's processes looks for ours at every step of their launches, to write to what they run.
  # (With CAP_SYS_PTRACE beside that it would be the host's root: it could trace systemd.)
  looker='import glob, os
print("ready", flush=True)
while True:
    for exe in glob.glob("/proc/[0-9]*/exe"):
        try:
            if os.path.basename(os.readlink(exe)).startswith("sdcont"): print("REACHED", exe, flush=True)
        except OSError: pass'
  timeout -k 5 300 "$SDCONT" run --rm --name looker --pid host host python3 -c "$looker" >"$BATS_TEST_TMPDIR/out" 2>&1 &
  client=$!
  wait_until grep -q ready "$BATS_TEST_TMPDIR/out"
  rounds=100
  [ -z "$emulated" ] || rounds=5
  for _ in $(seq "$rounds"); do ours "$root" true; done
  sdcont rm -f looker
  wait $client || true
  if grep REACHED "$BATS_TEST_TMPDIR/out" >&2; then false; fi
  [ "$(state_of "$programs")" = "$programs_before" ]
}

@test "6: the caller's descriptors do not leak" {
  hostile
  open="for n in {3..22}; do eval \"exec \$n<'$decoy/mark'\"; done; exec 23<'$decoy'"
  for init in --rm --init -i; do
    run bash -c "$open; exec '$SDCONT' run --rm $init '$root' sh -c 'ls /proc/self/fd; echo fine' </dev/null"
    fine
    [ "$(echo $output)" = "0 1 2 3 fine" ] # 3 is the directory that ls reads
  done
  run bash -c "exec 3<'$decoy/mark' 4<'$decoy'; exec '$SDCONT' run --rm --preserve-fds 1 '$root' sh -c 'cat <&3; ls /proc/self/fd'"
  [ "$(echo $output)" = "of the host 0 1 2 3 4" ]
}

@test "7: inheritable and ambient capabilities are empty, whatever the caller's are" {
  for user in 0 1000; do
    run setpriv --inh-caps +chown,+net_raw --ambient-caps +chown,+net_raw \
      "$SDCONT" run --rm -u $user "$ROOT" sh -c 'grep -E "CapInh|CapAmb|CapBnd" /proc/self/status | tr "\t\n" "  "; echo fine'
    fine
    has "CapInh: 0000000000000000"
    has "CapAmb: 0000000000000000"
    has "CapBnd: 00000000800405fb"
  done
}

@test "8: users that are no users, and hostile lines of the image's passwd" {
  hostile
  for user in -1 +1 " 1" "1 " 0x0 1e3 root: : :0 root:root:root root:-1 $'root\n' app,root ../root -root root:x:0 \
    nosuch 0:nosuch 0: '*' '$app' 'app;id' rööt "app:ex tra" 0.0 1_0 ٣; do
    run sdcont run --rm -u "$user" "$root" true
    refused "$(tr -d '\n' <<<"${user##*:}")"
  done
  identity='echo $(id -u):$(id -g):$(id -G); echo fine'
  while read -r user expected; do
    run setpriv --groups 4,27 "$SDCONT" run --rm -u "$user" "$root" sh -c "$identity"
    fine
    [ "${lines[0]}" = "$expected" ] # of the host's groups none
  done <<'USERS'
0 0:0:0
root 0:0:0
00 0:0:0
app 1000:1000:1000 29 2000
app:extra 1000:2000:2000
nobody:0 65534:0:0
1234:5678 1234:5678:5678
2147483647:2147483647 2147483647:2147483647:2147483647
USERS
  # a number is an id, never a name; what wraps around to 0 in a line of the image is refused too
  cat >"$root/etc/passwd" <<'PASSWD'
1000:x:0:0:root in disguise:/:/bin/sh
wraps:x:4294967296:0::/:/bin/sh
negative:x:-1:0::/:/bin/sh
group:x:5:4294967296::/:/bin/sh
hex:x:0x0:0::/:/bin/sh
empty:x::0::/:/bin/sh
PASSWD
  run run_in -u 1000 "$identity"
  fine
  [[ ${lines[0]} == 1000:* ]]
  for user in wraps negative group hex empty; do
    run sdcont run --rm -u $user "$root" true
    refused "/etc/passwd"
  done
}

@test "9: names that are paths, or more than a name" {
  hostile
  cd "$decoy"
  for name in ../x /x a/b 'a b' $'a\nb' 'a;b' '$(id)' a%n é "$(printf 'a%.0s' {1..300})"; do
    for flag in --name --unit --slice --hostname; do
      run sdcont run --rm "$flag=$name" "$root" true
      refused "$flag"
    done
  done
  for name in . .. -x .hidden 'a\x2fb' a@b a:b; do
    run sdcont run --rm "--name=$name" "$root" true
    refused "--name"
  done
  for name in a.service x.slice .scope; do
    run sdcont run --rm "--unit=$name" "$root" true
    refused "--unit"
  done
  for name in -x x- a--b; do
    run sdcont run --rm "--slice=$name" "$root" true
    refused "--slice"
  done
  run sdcont rm ../containers
  ended 1
  has "there is no container"
  untouched
  run run_in --name a.b_c-1 --hostname a-b.c 'hostname; echo fine'
  fine
}

@test "1: a volume over /dev whose null is something else" {
  dev=$BATS_TEST_TMPDIR/dev
  mkdir "$dev"
  mkfifo "$dev/null"
  run sdcont run --rm -v "$dev:/dev" "$ROOT" cat
  refused "/dev/null in the container is not the null device"
  rm "$dev/null"
  echo secret >"$dev/null"
  run sdcont run --rm -v "$dev:/dev" "$ROOT" cat
  refused "/dev/null in the container is not the null device"
  rm "$dev/null"
  mknod "$dev/null" c 1 3
  run sdcont run --rm -v "$dev:/dev" "$ROOT" sh -c 'cat; echo fine'
  fine
}
