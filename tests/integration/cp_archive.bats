#!/usr/bin/env bats
# shellcheck disable=SC2034 # prepare is for both()
# sdcont cp with "-": a tar out of a container, and into one.

load common
load writes_common

files="$BATS_TEST_DIRNAME/image_files.py"

listed() { sdcont cp "$@" - | tar -t | sort | tr '\n' ' '; }
content() { sdcont cp "$c:$1" - | tar -xO; }
# what a path in the container is, as `stat` says
status_of() {
  rm -rf "$BATS_TEST_TMPDIR/got"
  sdcont cp -a "$c:$1" "$BATS_TEST_TMPDIR/got"
  stat -c "$2" "$BATS_TEST_TMPDIR/got"
}

@test "cp: a tar of what is in a container, with docker's names" {
  out() {
    [ "$(listed $c:/src)" = "src/ src/f src/hard src/l src/p src/sub/ src/sub/g " ]
    [ "$(listed $c:/src/sub/g)" = "g " ]
    [ "$(listed $c:/src/sub/.)" = "./ g " ]
    [ "$(listed $c:/dirlink/sub)" = "sub/ sub/g " ]
    [ "$(listed $c:/dirlink)" = "dirlink " ]
    [ "$(listed -L $c:/dirlink | tr ' ' '\n' | grep -c dirlink/)" = 7 ]
    [ "$(listed -L $c:/filelink)" = "filelink " ]
    [ "$(sdcont cp -L $c:/filelink - | tar -xO)" = one ]
    mkdir "$BATS_TEST_TMPDIR/$c"
    sdcont cp $c:/src - | tar -C "$BATS_TEST_TMPDIR/$c" --numeric-owner --same-owner -px
    cd "$BATS_TEST_TMPDIR/$c/src"
    [ "$(stat -c '%u:%g %a %Y %h' f)" = "5:6 4755 981173106 2" ]
    [ "$(readlink l)" = f ]
    [ -p p ]
    cd /
    # what the kernel shows of itself is no file
    [ "$(listed $c:/ | tr ' ' '\n' | grep -cE '^(proc|sys)/.')" = 0 ]
    run sdcont cp $c:/nothing -
    refused "cannot copy /nothing in the container: No such file or directory"
    run sdcont cp $c:/escape/mark -
    refused "cannot copy /escape/mark in the container: No such file or directory"
    run sdcont cp -L $c:/magic -
    refused "/magic"
  }
  mkdir "$BATS_TEST_TMPDIR/decoy"
  echo "of the host" >"$BATS_TEST_TMPDIR/decoy/mark"
  prepare="mkdir -p /src/sub; echo one >/src/f; ln /src/f /src/hard; echo two >/src/sub/g; ln -s f /src/l; mkfifo /src/p; chown 5:6 /src/f; chmod 4755 /src/f
    touch -d '2001-02-03 04:05:06' /src/f; ln -s /src /dirlink; ln -s src/f /filelink; ln -s $BATS_TEST_TMPDIR/decoy /escape; ln -s /proc/1/root /magic"
  both out
  run script -qec "'$SDCONT' cp nothing:/x -" /dev/null
  has "the standard output is a terminal; send the archive into a file or a pipe"
}

@test "cp: a tar of any compression goes to a directory of a container" {
  cd "$BATS_TEST_TMPDIR"
  mkdir -p src/sub src/here/new
  echo one >src/f
  echo two >src/sub/g
  ln src/f src/sub/hard
  ln -s f src/l
  echo mark >src/.wh.kept
  echo mark >src/.wh..wh..opq
  mknod src/null c 1 3
  chown 1000:1001 src/f
  chmod 4751 src/f
  touch -d 2001-02-03 src/f
  chmod 711 src/sub
  truncate -s 1M src/sparse
  python3 -c 'import os; os.setxattr("src/f", "user.x", b"y")'
  tar -C src --xattrs --sparse -cf in.tar .
  gzip -k in.tar && zstd -q in.tar && xz -k -0 in.tar && bzip2 -k in.tar
  into() {
    local form
    for form in "" .gz .zst .xz .bz2; do
      sdcont cp - $c:/dst <in.tar$form
      [ "$(status_of /dst '%a %u %Y')" = "1770 7 $(status_of /dst %Y)" ] # its own are not the archive's
      [ "$(status_of /dst/f '%a %u:%g %Y')" = "4751 1000:1001 981158400" ]
      [ "$(status_of /dst/sub %a)" = 711 ]
      [ "$(content /dst/sub/hard)" = one ]
      [ "$(content /dst/kept)" = old ]        # whiteouts are names like others
      [ "$(content /dst/.wh.kept)" = mark ]
      [ "$(status_of /dst/null '%F %t:%T')" = "character special file 1:3" ]
      [ "$(content /dst/here/file)" = old ]   # a directory that is there is merged into
      [ "$(status_of /dst/sparse '%s %b')" = "1048576 0" ]
    done
    sdcont cp -a $c:/dst/f got-x
    python3 -c 'import os; assert os.getxattr("got-x", "user.x") == b"y"'
    rm -f got-x
    cat in.tar | sdcont cp - $c:/dirlink/deep/
    [ "$(content /dst/deep/sub/g)" = two ]
    sdcont cp $c:/dst/sub - | sdcont cp - $c:/second
    run sdcont cp - $c:/dst/kept <in.tar
    refused "the directory /dst/kept in the container is none"
    run sdcont cp - $c:/no/such <in.tar
    refused "the directory /no/such in the container does not exist"
    head -c 9000 in.tar >cut.tar
    : >empty
    for form in cut.tar "$files" empty; do
      run sdcont cp - $c:/dst <"$form"
      refused "the archive is damaged: "
    done
    tar -cf clash.tar --transform='s,^f$,here,' -C src f
    run sdcont cp - $c:/dst <clash.tar
    refused "cannot put a file in place of the directory /dst/here"
    tar -cf clash.tar --transform='s,^sub$,kept,' --no-recursion -C src sub
    run sdcont cp - $c:/dst <clash.tar
    refused "cannot put a directory in place of the file /dst/kept"
  }
  prepare='mkdir -p /dst/deep /dst/here /second; echo old >/dst/kept; echo old >/dst/here/file; chown 7 /dst; chmod 1770 /dst; ln -s /dst /dirlink'
  both into
  run script -qec "'$SDCONT' cp - nothing:/x" /dev/null
  has "the standard input is a terminal; take the archive from a file or a pipe"
}

@test "cp: hostile tars stay in the container's root" {
  cd "$BATS_TEST_TMPDIR"
  mkdir decoy
  echo "of the host" >decoy/mark
  of_decoy() { stat -c '%n %a %u %h %s %Y' decoy decoy/* && cat decoy/*; }
  decoy_was=$(of_decoy)
  for scenario in $("$files" scenarios refused) $("$files" scenarios harmless); do
    "$files" layer "$scenario" "$scenario.tar" "$PWD/decoy"
  done
  hostile() {
    local scenario
    for scenario in $("$files" scenarios refused); do
      case $scenario in whiteout_*) continue ;; esac # names like others here
      run sdcont cp - $c:/dst <"$scenario.tar"
      refused ""
      [ "$(of_decoy)" = "$decoy_was" ] || { echo "$scenario" >&2; return 1; }
    done
    for scenario in $("$files" scenarios harmless); do
      run sdcont cp - $c:/dst <"$scenario.tar" # some replace what another has put there, which is refused
      [ "$status" -eq 0 ] || refused "cannot put a "
      [ "$(of_decoy)" = "$decoy_was" ] || { echo "$scenario" >&2; return 1; }
    done
    # a link that is there leads where it leads in the container; what is mounted is not replaced
    sdcont cp - $c:/dst <absolute.tar
    [ "$(content "/dst/$BATS_TEST_TMPDIR/decoy/mark")" = hostile ]
    sdcont cp - $c:/fresh <through_link.tar
    [ "$(content "$BATS_TEST_TMPDIR/decoy/mark")" = hostile ]
    run sdcont cp -a $c:/dst got
    ! "$files" marks got | grep . || return 1
    rm -rf got
  }
  prepare="mkdir -p /dst /fresh"
  both hostile
  echo of-mount >file
  "$SDCONT" run --rm --name live -v "$PWD/file:/etc/mounted" "$ROOT" sh -c 'sleep 1000' &
  client=$!
  wait_until runs live
  mkdir etc
  echo other >etc/mounted
  tar -cf mounted.tar etc
  run sdcont cp - live:/ <mounted.tar
  refused "Device or resource busy"
  run sdcont cp etc/mounted live:/etc/mounted
  refused "something is mounted"
  sdcont cp live:/etc/mounted got
  [ "$(cat got file)" = $'of-mount\nof-mount' ]
  sdcont rm -f live
  wait $client || true
}

@test "cp: a container that swaps files, links and pipes while they are packed, and unpacked over" {
  cd "$BATS_TEST_TMPDIR"
  mkdir decoy new
  echo "of the host" >decoy/mark
  for i in {1..20}; do echo new >"new/f$i"; done
  tar -C new -cf new.tar .
  "$SDCONT" run --rm --name live "$ROOT" sh -c "mkdir -p /w/d; cd /w; for i in 1 2 3 4 5 6 7 8; do echo x >f\$i; done
    echo x >f; mkfifo p; ln -s $BATS_TEST_TMPDIR/decoy l; touch /ready; while :; do mv -f f t; mv -f p f; mv -f l p; mv -f t l; mv d e; ln -s $BATS_TEST_TMPDIR/decoy d; rm d; mv e d; done" &
  client=$!
  wait_until runs live
  wait_until test -e "/proc/$(init_of live)/root/ready"
  packed=0 unpacked=0
  for _ in {1..60}; do
    status=0
    timeout 20 "$SDCONT" cp live:/w - >got.tar 2>error || status=$?
    [ $status != 124 ] && [ "$(wc -l <error)" -le 1 ]
    [ $status != 0 ] || packed=$((packed + 1))
    ! tar -xOf got.tar 2>/dev/null | grep -q "of the host" || return 1
    status=0
    timeout 20 "$SDCONT" cp - live:/w/d <new.tar 2>error || status=$?
    [ $status != 124 ] && [ "$(wc -l <error)" -le 1 ]
    [ $status != 0 ] || unpacked=$((unpacked + 1))
  done
  sdcont rm -f live
  wait $client || true
  [ $packed -gt 0 ]
  [ $unpacked -gt 0 ]
  [ "$(ls -A decoy)" = mark ]
  [ "$(cat decoy/mark)" = "of the host" ]
}
