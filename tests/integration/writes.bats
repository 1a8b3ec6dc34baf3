#!/usr/bin/env bats
# What a container has written: diff, apply, cp.

load common

# kept NAME IMAGE SCRIPT: a container that stays when it has ended
kept() { sdcont run --name "$1" "${@:3:$#-3}" "$2" sh -c "${@:$#}"; }

@test "diff: added, changed and removed, as docker prints them" {
  kept d "$ROOT" 'mkdir -p /srv/new; echo x >/srv/new/file; echo x >>/etc/group; rm /etc/passwd; chmod 700 /home; ln -s /etc /link'
  run sdcont diff d
  ended 0
  [ "$output" = "C /etc
C /etc/group
D /etc/passwd
C /home
A /link
A /srv
A /srv/new
A /srv/new/file" ]
  run sdcont diff --format json d
  python3 -c 'import json,sys; c=[json.loads(l) for l in sys.argv[1].splitlines()]; assert c[2]=={"Kind":"D","Path":"/etc/passwd"} and len(c)==8, c' "$output"
  sdcont rm d
  run sdcont diff d
  refused "there is no container 'd'"
}

@test "diff: nothing of sdcont's own, whatever it mounts" {
  root=$BATS_TEST_TMPDIR/root
  mkdir -p "$root"/bin "$BATS_TEST_TMPDIR/v"
  cp "$ROOT/bin/busybox" "$root/bin"
  sdcont run --name own -v "$BATS_TEST_TMPDIR/v:/mnt/deep/v" -v "$ROOT/etc/passwd:/srv/file" --tmpfs /scratch \
    --device /dev/null:/nodes/null "$root" /bin/busybox true
  run sdcont diff own
  ended 0
  [ -z "$output" ]
  sdcont rm own
  # what is done beside it shows, with the directory it is in
  sdcont run --name own -v "$BATS_TEST_TMPDIR/v:/mnt/deep/v" "$root" /bin/busybox touch /mnt/deep/x
  run sdcont diff own
  [ "$output" = "A /mnt
A /mnt/deep
A /mnt/deep/x" ]
  sdcont rm own
}

@test "diff: what was changed and changed back is no change; a new directory in place of an old one" {
  kept back "$ROOT" 'chmod 600 /etc/group; chmod 644 /etc/group; touch -r /etc/passwd /t; echo x >>/etc/passwd; sed -i \$d /etc/passwd; touch -r /t /etc/passwd; rm /t
    rm -rf /home/app; mkdir /home/app; chown 1000:1000 /home/app; echo x >/home/app/x'
  run sdcont diff back
  ended 0
  [ "$output" = "C /home
C /home/app
A /home/app/x" ]
  sdcont rm back
}

@test "diff: a container that runs" {
  "$SDCONT" run --rm --name live "$ROOT" sh -c 'echo x >/one; while :; do echo x >/churn; rm /churn; done' &
  client=$!
  wait_until runs live
  diff_is() { [ "$(sdcont diff live | grep -v churn)" = "A /one" ]; }
  wait_until diff_is
  for _ in {1..20}; do
    run sdcont diff live
    ended 0
  done
  sdcont rm -f live
  wait $client || true
}

@test "diff: a view of the host, with its file systems" {
  disk=$BATS_TEST_TMPDIR/disk
  mkdir "$disk"
  script='mount -t tmpfs none "$2" && echo x >"$2/old" && "$1" --root "$3/r" --runtime-dir "$3/u" run --name v host sh -c "echo x >$2/new; rm $2/old; echo x >/etc/new-$$" && "$1" --root "$3/r" --runtime-dir "$3/u" diff v
    umount "$2"; "$1" --root "$3/r" --runtime-dir "$3/u" diff v; echo "status $?"; "$1" --root "$3/r" --runtime-dir "$3/u" rm v'
  run unshare -m sh -c "$script" sh "$SDCONT" "$disk" "$BATS_TEST_TMPDIR"
  ended 0
  has "A /etc/new-"
  has "C $disk
A $disk/new
D $disk/old"
  has "the file system at $disk is not the one that container v was over"
  has "status 125"
}

# ---- apply ----

# A directory of the host that is the test's own: $here. (Not below /run, which no container sees.)
scratch() { here=$BATS_TEST_TMPDIR/here decoy=$BATS_TEST_TMPDIR/decoy; mkdir -p "$here" "$decoy"; echo "of the host" >"$decoy/mark"; }
# What can be seen of a tree: names, kinds, modes, owners, times, links, devices, attributes, content.
tree() {
  python3 - "$1" <<'P'
import hashlib, os, stat, sys
top = sys.argv[1]
first = {}
def show(path):
    s = os.lstat(path)
    kind = stat.S_IFMT(s.st_mode)
    line = [os.path.relpath(path, top), oct(s.st_mode), s.st_uid, s.st_gid, s.st_mtime_ns]
    if kind == stat.S_IFREG: line += [s.st_size, hashlib.sha256(open(path, "rb").read()).hexdigest()[:16]]
    if kind == stat.S_IFLNK: line += [os.readlink(path)]
    if kind in (stat.S_IFCHR, stat.S_IFBLK): line += [s.st_rdev]
    if kind != stat.S_IFDIR and s.st_nlink > 1: line += ["links", s.st_nlink, "of", first.setdefault(s.st_ino, path)]
    line += [(a, os.getxattr(path, a, follow_symlinks=False)) for a in sorted(os.listxattr(path, follow_symlinks=False)) if "overlay" not in a]
    print(*line)
for d, dirs, files in os.walk(top):
    dirs.sort()
    show(d)
    for f in sorted(files + [x for x in dirs if os.path.islink(os.path.join(d, x))]): show(os.path.join(d, f))
P
}
export -f tree
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

# ---- cp ----

# both HOW...: runs the function for a container that runs and for one that has ended, both called $c, made of $ROOT
both() {
  c=live
  "$SDCONT" run --rm --name live "$ROOT" sh -c "$prepare; touch /ready; sleep 1000" &
  client=$!
  wait_until runs live
  wait_until test -e "/proc/$(init_of live)/root/ready"
  "$@"
  sdcont rm -f live
  wait $client || true
  c=ended
  kept ended "$ROOT" "$prepare; touch /ready"
  "$@"
  sdcont rm ended
}
inside() { # cats, or lists, what is in the container
  rm -rf "$BATS_TEST_TMPDIR/look"
  sdcont cp "$c:$1" "$BATS_TEST_TMPDIR/look"
  if [ -d "$BATS_TEST_TMPDIR/look" ]; then (cd "$BATS_TEST_TMPDIR/look" && find . -mindepth 1 | sort | tr '\n' ' '); else cat "$BATS_TEST_TMPDIR/look"; fi
}

@test "cp: docker's rules, out of a container" {
  prepare='mkdir -p /src/sub; echo one >/src/f; echo two >/src/sub/g; ln -s f /src/l; ln -s /src /dirlink; ln -s /src/f /filelink'
  out() {
    cd "$BATS_TEST_TMPDIR"
    rm -rf d e f new deep
    mkdir d
    sdcont cp $c:/src/f new && [ "$(cat new)" = one ]                       # a new name
    echo longer than one >f && sdcont cp $c:src/f f && [ "$(cat f)" = one ] # in place of a file
    sdcont cp $c:/src/f d && [ "$(cat d/f)" = one ]                         # into a directory
    sdcont cp $c:/src d && [ "$(cat d/src/sub/g)" = two ]                   # a directory into one
    [ "$(readlink d/src/l)" = f ]
    sdcont cp $c:/src/. d && [ "$(cat d/sub/g)" = two ]                     # what is in it
    sdcont cp $c:/src e && [ "$(cat e/sub/g)" = two ] && [ ! -e e/src ]     # to a new name
    sdcont cp $c:/src/ e && [ "$(cat e/src/sub/g)" = two ]
    sdcont cp $c:/filelink d && [ "$(readlink d/filelink)" = /src/f ]       # a link is a link
    sdcont cp -L $c:/filelink d/followed && [ "$(cat d/followed)" = one ] && [ ! -L d/followed ]
    sdcont cp $c:/dirlink/f d/through && [ "$(cat d/through)" = one ]
    sdcont cp $c:/dirlink/. deep && [ "$(cat deep/sub/g)" = two ]
    sdcont cp $c:/src/./sub/../f d/dots && [ "$(cat d/dots)" = one ]
    run sdcont cp $c:/src/f nowhere/new
    refused "cannot use the directory nowhere: No such file or directory"
    run sdcont cp $c:/src/f nowhere/
    refused "the directory nowhere/ does not exist"
    run sdcont cp $c:/src/f f/
    refused "the directory f/ is none"
    run sdcont cp $c:/src f
    refused "cannot put a directory in place of the file f"
    mkdir -p d2/f && run sdcont cp $c:/src/f d2
    refused "cannot put a file in place of the directory f"
    rm -r d2
    run sdcont cp $c:/src/f/ d
    refused "cannot copy /src/f/ in the container: Not a directory"
    run sdcont cp $c:/none d
    refused "cannot copy /none in the container: No such file or directory"
  }
  both out
}

@test "cp: docker's rules, into a container" {
  prepare='mkdir -p /dst/sub; echo old >/dst/old; ln -s /dst /dirlink; ln -s old /dst/filelink; ln -s /made /dangling; chmod 711 /dst'
  mkdir -p "$BATS_TEST_TMPDIR/src/sub"
  cd "$BATS_TEST_TMPDIR"
  echo one >src/f
  echo two >src/sub/g
  chown 1000:1000 src/f
  chmod 4751 src/f
  touch -d 2001-02-03 src/f
  in_to() {
    sdcont cp src/f $c:/new && [ "$(inside /new)" = one ]
    [ "$(stat -c '%a %u %Y' "$BATS_TEST_TMPDIR/look")" = "751 0 981158400" ] # no setuid for another owner
    sdcont cp -a src/f $c:/kept && sdcont cp -a $c:/kept look2 && [ "$(stat -c '%a %u %Y' look2)" = "4751 1000 981158400" ]
    sdcont cp src/f $c:/dst/old && [ "$(inside /dst/old)" = one ]
    sdcont cp src/f $c:/dst && [ "$(inside /dst/f)" = one ]
    sdcont cp src $c:/dst && [ "$(inside /dst/src)" = "./f ./sub ./sub/g " ]
    sdcont cp src/. $c:/dst/sub/ && [ "$(inside /dst/sub)" = "./f ./sub ./sub/g " ]
    sdcont cp src $c:/fresh && [ "$(inside /fresh)" = "./f ./sub ./sub/g " ]
    sdcont cp src/f $c:/dirlink/through && [ "$(inside /dst/through)" = one ]
    sdcont cp src/sub/g $c:/dst/filelink && [ "$(inside /dst/old)" = two ] && [ "$(inside /dst/filelink)" != two ] # a link's file
    sdcont cp src/f $c:/dangling && [ "$(inside /made)" = one ]
    sdcont cp ./src/f $c:relative && [ "$(inside /relative)" = one ]
    run sdcont cp src/f $c:/no/such
    refused "cannot use the directory /no in the container"
    run sdcont cp src $c:/dst/old
    refused "cannot put a directory in place of the file old"
    run sdcont cp src/f $c:/dst/old/
    refused "the directory /dst/old/ in the container is none"
  }
  both in_to
  [ ! -e /made ]
}

@test "cp: attributes, links and all kinds of files with -a; holes stay holes" {
  prepare='mkdir -p /t/d; echo x >/t/f; ln /t/f /t/d/hard; ln -s /nowhere /t/l; mkfifo /t/p; chown 5:6 /t/f /t/d; chmod 1770 /t/d; chown -h 7:8 /t/l
    dd if=/dev/zero of=/t/sparse bs=1 count=1 seek=64M 2>/dev/null; touch -d "2001-02-03 04:05:06" /t/f; touch -d "2002-02-03 04:05:06" /t/d'
  round() {
    cd "$BATS_TEST_TMPDIR"
    rm -rf a b
    sdcont cp -a $c:/t a
    [ "$(stat -c '%u:%g %a %Y %h' a/f)" = "5:6 644 981173106 2" ]
    [ "$(stat -c '%i' a/f)" = "$(stat -c '%i' a/d/hard)" ]
    [ "$(stat -c '%u:%g %a %Y' a/d)" = "5:6 1770 1012709106" ]
    [ "$(stat -c '%u:%g' a/l)" = 7:8 ]
    [ -p a/p ]
    [ "$(du -k a/sparse | cut -f 1)" -lt 1000 ]
    python3 -c 'import os; os.setxattr("a/f", "user.x", b"y")'
    sdcont cp -a a $c:/back
    sdcont cp -a $c:/back b
    diff <(tree a | sed 's, of .*,,') <(tree b | sed 's, of .*,,')
    rm -rf b
    sdcont cp $c:/back/f b
    [ "$(stat -c '%u:%g %a %Y' b)" = "0:0 644 981173106" ]
    python3 -c 'import os; assert not os.listxattr("b")'
  }
  both round
}

@test "cp: volumes, and the file systems of the host's view" {
  scratch
  echo old >"$here/f"
  sdcont run --name v -v "$here:/vol" -v "$here/f:/single:ro" host sh -c 'echo w >/root-file; echo v >/vol/new'
  cd "$BATS_TEST_TMPDIR"
  sdcont cp v:/vol/new x
  [ "$(cat x)" = v ]
  sdcont cp x v:/vol/in
  [ "$(cat "$here/in")" = v ]
  run sdcont cp x v:/vol/f/
  refused "is none"
  sdcont cp v:/root-file x
  [ "$(cat x)" = w ]
  sdcont cp x v:/etc/new-file
  [ ! -e /etc/new-file ]
  run sdcont diff v
  has "A /etc/new-file"
  sdcont rm v
  sdcont run --name v --storage-opt size=16M "$ROOT" sh -c 'echo w >/in-image'
  sdcont cp v:/in-image x
  [ "$(cat x)" = w ]
  sdcont cp x v:/two
  sdcont cp v:/two y
  [ "$(cat y)" = w ]
  sdcont rm v
}

@test "cp: what a container made does not lead out of it, or back through an earlier copy (row 34)" {
  scratch
  prepare="mkdir -p /farm /victim /sub; ln -s $decoy /farm/abs; ln -s ../../../../../../../../../../$decoy /farm/rel; ln -s $decoy/mark /farm/mark; ln -s /proc/1/root /farm/magic
    ln -s /proc/self/cwd /farm/cwd; ln -s . /farm/loop; ln -s loop2 /farm/loop3; ln -s loop3 /farm/loop2; ln -s $decoy /victim/d; mkdir -p $here; echo inside >/etc/inside"
  hostile() {
    cd "$BATS_TEST_TMPDIR"
    rm -rf got x
    for name in abs rel; do
      for follow in -a -L; do
        run sdcont cp $follow $c:/farm/$name/mark x # there is no such file inside
        refused "cannot copy /farm/$name/mark in the container"
        [ ! -e x ]
      done
      echo evil >evil
      run sdcont cp evil $c:/farm/$name
      run sdcont cp evil $c:/farm/$name/planted
    done
    for name in magic/etc/passwd cwd/x magic magic/etc/; do
      run sdcont cp -L $c:/farm/$name x
      refused "/farm/$name"
      run sdcont cp evil $c:/farm/$name/x
      refused
    done
    for name in loop2 loop3; do
      run sdcont cp -L $c:/farm/$name x
      refused "Too many levels of symbolic links"
      run sdcont cp evil $c:/farm/$name
      refused
    done
    run sdcont cp evil $c:/farm/mark
    sdcont cp $c:/farm got # links, none followed
    [ "$(readlink got/abs)" = "$decoy" ] && [ "$(readlink got/magic)" = /proc/1/root ]
    # a link that was copied is no way for the next copy
    sdcont cp $c:/farm/mark planted
    [ "$(readlink planted)" = "$decoy/mark" ]
    sdcont cp $c:/etc/inside planted
    [ "$(cat planted)" = inside ] && [ ! -L planted ]
    rm planted
    # a second copy to where the first has put a link
    rm -rf out && mkdir out
    sdcont cp $c:/victim/. out
    [ -L out/d ]
    mkdir -p fake/d && echo evil >fake/d/mark
    sdcont cp fake $c:/second
    run sdcont cp $c:/second/. out
    refused "cannot put a directory in place of the file d"
    [ "$(cat "$decoy/mark")" = "of the host" ]
    [ "$(ls -A "$decoy")" = mark ]
  }
  both hostile
}

@test "cp: a container that swaps directories and links while it is copied from, and to" {
  scratch
  secret=$BATS_TEST_TMPDIR/secret
  echo "a secret of the host" >"$secret"
  mkdir "$BATS_TEST_TMPDIR/src"
  for i in {1..20}; do echo evil >"$BATS_TEST_TMPDIR/src/mark$i"; done
  cp "$BATS_TEST_TMPDIR/src/mark1" "$BATS_TEST_TMPDIR/src/mark"
  timeout -k 5 300 "$SDCONT" run --rm --name swap -v "$BATS_TEST_TMPDIR/src:/ro:ro" host python3 -c "
import ctypes, os, time
os.makedirs('/w/a/deep'); os.symlink('$decoy', '/w/b'); open('/w/a/f', 'w').write('fine'); os.symlink('$secret', '/w/g')
for i in range(50): open('/w/a/deep/%d' % i, 'w').write('x')
libc = ctypes.CDLL(None)
open('/swapping', 'w')
while True:  # RENAME_EXCHANGE
    libc.renameat2(-100, b'/w/a', -100, b'/w/b', 2)
    libc.renameat2(-100, b'/w/a/f', -100, b'/w/g', 2)
    time.sleep(0.0002)
" &
  client=$!
  wait_until runs swap
  wait_until test -e "/proc/$(init_of swap)/root/swapping"
  cd "$BATS_TEST_TMPDIR"
  worked=0 rounds=60
  [[ $SDCONT_ENV != vm-* ]] || rounds=10
  for i in $(seq $rounds); do
    rm -rf got
    sdcont cp swap:/w got 2>/dev/null && worked=$((worked + 1))
    sdcont cp swap:/w/a/f got-f 2>/dev/null || true
    # what is read is the container's: the host's secret is there for it to read, as a copy it is no leak;
    # what is written never reaches the host's
    sdcont cp src/. swap:/w/a 2>/dev/null && worked=$((worked + 1))
    sdcont cp src/mark swap:/w/a/mark 2>/dev/null || true
  done
  sdcont rm -f swap
  wait $client || true
  [ "$worked" -gt 0 ]
  [ "$(cat "$decoy/mark")" = "of the host" ]
  [ "$(ls -A "$decoy")" = mark ]
  [ "$(cat "$secret")" = "a secret of the host" ]
  [ -z "$(find . -name '.sdcont*')" ]
}

@test "cp: words that make no sense, full disks, kills" {
  scratch
  kept c "$ROOT" 'dd if=/dev/zero of=/big bs=1M count=8 2>/dev/null'
  cd "$BATS_TEST_TMPDIR"
  while read -r from to told; do
    run sdcont cp "$from" "$to"
    refused "$told"
  done <<'CASES'
a b neither path is in a container
c:/a c:/b both paths are in containers
- c:/x '-', an archive
c:/x - '-', an archive
c: x is not CONTAINER:PATH
:/x x is not CONTAINER:PATH
nosuch:/x y there is no container 'nosuch'
./c:/x y neither path
CASES
  run sdcont cp c:/x
  refused "takes a source and a destination"
  run unshare -m sh -c 'mount -t tmpfs -o size=4m none "$2"; "$1" cp c:/big "$2"; echo "status $?"; ls -A "$2"' sh "$SDCONT" "$here"
  has "No space left on device"
  has "status 125"
  [ "${#lines[@]}" -eq 2 ]
  if [[ -n $(type -p strace) && $SDCONT_ENV != vm-* ]]; then
    export ASAN_OPTIONS=detect_leaks=0
    echo precious >"$here/big"
    for n in 1 2 3; do
      strace -f -qq -o /dev/null -e trace=sendfile,ftruncate,fchownat,linkat -e inject=sendfile,ftruncate,linkat:signal=KILL:when=$n "$SDCONT" cp c:/big "$here/big" &>/dev/null || true
      [ "$(cat "$here/big")" = precious ] || cmp -n 8388608 /dev/zero "$here/big"
      [ "$(ls -A "$here")" = big ] || [ "$n" -gt 2 ]
    done
  fi
  sdcont rm c
}
