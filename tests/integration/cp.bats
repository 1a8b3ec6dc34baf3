#!/usr/bin/env bats
# shellcheck disable=SC2034 # prepare is for both()
# Files copied to and from a container: cp.

load common
load writes_common

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
- - neither path is in a container
- x neither path is in a container
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
