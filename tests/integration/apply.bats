#!/usr/bin/env bats
# What a container over the host has written, carried over to this machine: apply.

load common
load writes_common

# A container over the host that ran SCRIPT in $here, and then told what it saw there.
wrote() { sdcont run --name "$1" --cap-add MKNOD -v /proc:/p:ro host bash -c "cd $here || exit 9; $2"$'\n'"cd /; $(declare -f tree); tree $here" >"$BATS_TEST_TMPDIR/seen"; }
as_seen() { diff "$BATS_TEST_TMPDIR/seen" <(tree "$here"); }
nothing_left() { if find "$here" -name '.sdcont*' | grep .; then false; fi; }

@test "apply: all that the container wrote, and nothing else" {
  scratch
  mkdir -p "$here"/{dir/sub,gone/deep,tofile,emptied,kept}
  for name in changed mode owner attribute todir gone/deep/x tofile/x emptied/1 emptied/2 kept/x kept/alone tolink; do echo old >"$here/$name"; done
  ln "$here/kept/x" "$here/kept/second"
  wrote all 'echo more >>changed; chmod 4750 mode; chown 1000:1001 owner; rm -r gone todir tofile; mkdir todir; echo x >todir/x; echo f >tofile
    rm -r emptied; mkdir emptied; echo 3 >emptied/3; rm tolink; ln -s dir tolink; ln -s /nowhere dangling; chown -h 1000:1000 dangling
    mkdir -p new/deep; echo n >new/deep/f; ln new/deep/f new/hard; ln new/hard third; ln kept/alone kept/named; mkfifo -m 0604 new/fifo; mknod new/node c 1 3
    python3 -c "import os, socket; os.setxattr(\"attribute\", \"user.a\", b\"value\"); os.setxattr(\"new\", \"user.b\", b\"\"); socket.socket(socket.AF_UNIX).bind(\"new/socket\")
f = open(\"new/sparse\", \"wb\"); f.truncate(1 << 26); f.seek(1 << 20); f.write(b\"x\")" || exit 8
    printf x >"new/$(printf "a\\nb")"; chmod 1777 new; touch -d 2001-02-03 new/deep changed; chmod 711 dir/sub'
  was=$(tree "$here")
  run sdcont apply --dry-run all
  ended 0
  [ "$output" = "$(sdcont diff all)" ]
  has "A $here/new/a\\x0ab"
  run sdcont apply all
  ended 125
  [ "${lines[-1]}" = "sdcont: sdcont apply asks first, and the standard input is no terminal; use --yes, or --dry-run" ]
  [ "$(tree "$here")" = "$was" ]
  run sdcont apply --yes all
  ended 0
  as_seen
  [ "$(du -k "$here/new/sparse" | cut -f 1)" -lt 1000 ]
  nothing_left
  [ -z "$(sdcont diff all | grep -F "$here/")" ]
  run sdcont apply all # there is nothing left to ask for
  ended 0
  sdcont rm all
}

@test "apply: asks at a terminal" {
  scratch
  wrote ask 'echo x >new'
  for answer in n '' maybe y; do
    run python3 - "$SDCONT" "$answer" <<'P'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[1], [sys.argv[1], "apply", "ask"])
text = b""
while b"[y/N]" not in text: text += os.read(fd, 1000)
os.write(fd, sys.argv[2].encode() + b"\n")
try:
    while True: text += os.read(fd, 1000) or exit
except OSError: pass
print(text.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
P
    has "Apply 1 change to this machine?"
    if [ "$answer" = y ]; then
      ended 0
    else
      ended 1
      has "nothing was applied"
      [ ! -e "$here/new" ]
    fi
  done
  [ "$(cat "$here/new")" = x ]
  sdcont rm ask
}

@test "apply: only what ran over the host, and has ended" {
  scratch
  kept other "$ROOT" 'echo x >/x'
  run sdcont apply --yes other
  refused "not over this machine's root"
  sdcont rm other
  "$SDCONT" run --name live host sh -c "echo x >$here/x; sleep 100" &
  client=$!
  wait_until runs live
  run sdcont apply --yes live
  refused "has not ended; stop it first"
  sdcont rm -f live
  wait $client || true
  [ ! -e "$here/x" ]
}

@test "apply: refuses where this machine has changed meanwhile, before it writes anything" {
  scratch
  prepare() {
    rm -rf "${here:?}"
    mkdir -p "$here"/{dir,gone/deep,moved}
    for name in changed removed replaced gone/deep/x dir/x moved/x a; do echo old >"$here/$name"; done
    sleep 0.02 # a kernel's tick: what is written in the tick of the start counts as before it
  }
  # what the container does | what happens here | what is told
  while IFS='|' read -r inside outside told; do
    prepare
    wrote clash "echo a >>a; $inside"
    (cd "$here" && eval "$outside")
    was=$(tree "$here")
    for how in --dry-run --yes; do
      run sdcont apply $how clash
      ended 125
      [[ ${lines[-1]} == "sdcont: this machine has changed since container clash was started, and nothing was applied: $here/$told; run the container anew" ]] || { echo "$inside|$outside: $output"; false; }
    done
    [ "$(tree "$here")" = "$was" ]
    nothing_left
    sdcont rm clash >/dev/null
  done <<'CASES'
echo x >>changed|echo y >>changed|changed was changed
chmod 600 changed|echo y >>changed|changed was changed
echo x >>changed|cp -p changed c; mv c changed|changed was changed
echo x >>changed|rm changed|changed was removed
rm removed|echo y >removed|removed was changed
rm -r gone|echo y >gone/deep/new|gone/deep was changed
rm -r gone|echo y >gone/deep/x|gone/deep/x was changed
echo x >new|echo y >new|new was changed
mkdir new|echo y >new|new was changed
echo x >new|mkdir new|new was changed
echo x >dir/new|rm -r dir|dir was removed
chmod 700 dir|chmod 711 dir|dir was changed
echo x >dir/new|mv dir away; mkdir dir|dir was replaced
echo x >moved/new|mv moved away; ln -s away moved|moved was changed
rm -r dir; mkdir dir|echo y >dir/y|dir/y was changed
rm -r gone; echo f >gone|rm gone/deep/x|gone/deep was changed
mv changed renamed|rm changed|renamed was removed
CASES
  # what others did beside it is none of our business
  prepare
  wrote beside 'echo a >>a; echo x >dir/x; mkdir both; echo x >both/x'
  echo y >"$here/dir/other"
  mkdir "$here/both"
  echo y >"$here/both/y"
  run sdcont apply --yes beside
  ended 0
  [ "$(cat "$here"/{a,dir/x,dir/other,both/x,both/y})" = $'old\na\nx\ny\nx\ny' ]
  sdcont rm beside
}

@test "apply: links in the container's layer, or planted here, lead nowhere" {
  scratch
  mkdir -p "$here"/{a,b/c}
  echo old >"$here/b/c/f"
  wrote links "rm -r a; ln -s $decoy a; ln -s a/mark l; ln -s ../../../../../../../../$decoy up; echo x >b/c/f; echo x >b/c/new"
  # only the layer is hostile: the links are carried over, not followed
  cp -a "$here" "$BATS_TEST_TMPDIR/as-it-was"
  run sdcont apply --yes links
  ended 0
  as_seen
  [ "$(cat "$decoy/mark")" = "of the host" ]
  [ "$(ls "$decoy")" = mark ]
  sdcont rm links
  # a directory is swapped for a link to the decoy while it is applied
  rm -rf "$here"
  mkdir -p "$here/b/c"
  wrote swap 'for i in $(seq 300); do echo x >b/c/$i; done'
  python3 - "$here" "$decoy" <<'P' &
import ctypes, os, sys, time
here, decoy = sys.argv[1:]
libc = ctypes.CDLL(None)
os.symlink(decoy, here + "/b/link")
while os.path.exists(here):  # RENAME_EXCHANGE
    libc.renameat2(-100, (here + "/b/c").encode(), -100, (here + "/b/link").encode(), 2)
    time.sleep(0.0005)
P
  swapper=$!
  wait_until test -L "$here/b/c"
  for _ in {1..30}; do
    run sdcont apply --yes swap
    [ "$status" -eq 0 ] || ended 125
  done
  kill $swapper
  wait $swapper || true
  [ "$(cat "$decoy/mark")" = "of the host" ]
  [ "$(ls -A "$decoy")" = mark ]
  sdcont rm swap
}

@test "apply: a disk that fills, and what is killed half-way, goes on where it stopped" {
  scratch
  script='mount -t tmpfs -o size=3m none "$2"; s() { "$1" --root "$2" --runtime-dir "$3" "${@:4}"; }
    ours() { s "$1" "$3/r" "$3/u" "${@:4}"; }
    head -c 2000000 /dev/zero >"$2/big"
    ours "$@" run --name full host sh -c "cd $2; mkdir d; for i in 1 2 3 4 5 6 7 8; do head -c 300000 /dev/zero >d/\$i; done"
    ours "$@" apply --yes full; echo "status $?"; ls -A "$2" "$2/d"
    rm "$2/big"; ours "$@" apply --yes full; echo "status $?"; ls -A "$2" "$2/d"; cat "$2"/d/* | wc -c; ours "$@" diff full; ours "$@" rm full'
  run unshare -m bash -c "$script" sh "$SDCONT" "$here" "$BATS_TEST_TMPDIR"
  has "No space left on device"
  has "changes were applied; what was not is what sdcont diff full shows"
  has "status 125"
  has "status 0"
  has 2400000
  if [[ $output == *.sdcont* ]]; then false; fi
}

# without what an apply in two parts cannot know: directories' times
settled() { sed -E 's/^(.* 0o40[0-7]* [0-9]+ [0-9]+) .*/\1/'; }

@test "apply: killed at every step" {
  [[ $SDCONT_ENV != vm-* && -n $(type -p strace) ]] || skip "not here: no strace, or too slow"
  scratch
  export ASAN_OPTIONS=detect_leaks=0
  prepare() {
    rm -rf "${here:?}"
    mkdir -p "$here"/{gone/deep,tofile}
    for name in changed todir gone/deep/x tofile/x; do echo old >"$here/$name"; done
  }
  killed=0
  for call in mkdirat renameat2 openat unlinkat fchownat chmod utimensat pwrite64 symlinkat linkat syncfs; do
    for n in 1 2 3 5 8 13 21; do
      prepare
      wrote kill 'echo more >>changed; rm -r gone todir tofile; mkdir todir; echo x >todir/x; echo f >tofile; ln -s x l; mkdir new; echo y >new/y; ln new/y new/z'
      status=0
      strace -f -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n "$SDCONT" apply --yes kill &>/dev/null || status=$?
      if [ $status -ne 0 ]; then
        killed=$((killed + 1))
        run sdcont apply --yes kill
        ended 0 || { echo "after $call $n" >&2; false; }
      fi
      diff <(settled <"$BATS_TEST_TMPDIR/seen") <(tree "$here" | settled) || { echo "after $call $n" >&2; false; }
      nothing_left
      sdcont rm kill >/dev/null
    done
  done
  [ $killed -gt 20 ]
}
