#!/usr/bin/env bats
# Images: commands that are killed at any moment, and containers that stand still while they are committed.

load common
load images_common

# A command of ours, as a process of its own: $! is what does the work.
start() { "$SDCONT" --root "$BATS_TEST_TMPDIR/store" --runtime-dir "$BATS_TEST_TMPDIR/run" "$@" & }
# killed CALL N COMMAND...: it is killed when it enters the system call for the Nth time; false where it ended before
killed() {
  local call=$1 n=$2
  shift 2
  ! ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
    "$SDCONT" --root "$BATS_TEST_TMPDIR/store" --runtime-dir "$BATS_TEST_TMPDIR/run" "$@" >/dev/null 2>&1
}
contents() { (cd "$BATS_TEST_TMPDIR/store" && find layers images/blobs image-names tmp -mindepth 1 -maxdepth 2 ! -path '*/tree' ! -path '*/size' ! -path '*/implicit' | sort); }
is_whole() {
  run sdcont system check
  ended 0
}

@test "a pull that is killed leaves a whole store; the next one has it all" {
  start_registry
  head -c 40M /dev/urandom >"$BATS_TEST_TMPDIR/big"
  tar -C "$BATS_TEST_TMPDIR" -cf "$BATS_TEST_TMPDIR/big.tar" big
  "$files" archive oci big:1 "$BATS_TEST_TMPDIR/image.tar" "$BATS_FILE_TMPDIR/root.tar" "$BATS_TEST_TMPDIR/big.tar"
  skopeo copy -q --dest-tls-verify=false "oci-archive:$BATS_TEST_TMPDIR/image.tar" "docker://localhost:$port/big:1"
  local delay before_end=0
  for delay in 0.02 0.1 0.2 0.3 0.4 0.5 0.7; do
    start pull -q "localhost:$port/big:1"
    sleep $delay
    kill -KILL $! 2>/dev/null || true
    wait $! || before_end=$((before_end + 1))
    is_whole
    [ -n "$(sdcont images -q)" ] || wait_until store_is_empty # skopeo ends by itself
    sdcont rmi -f "localhost:$port/big:1" 2>/dev/null || true
    wait_until store_is_empty
  done
  [ $before_end -gt 0 ]
  start pull -q "localhost:$port/big:1"
  sleep 0.3
  kill -KILL $! 2>/dev/null || true
  wait $! || true
  run sdcont run --rm "localhost:$port/big:1" sh -c 'wc -c </big' # goes on where that one was, or begins anew
  ended 0
  [ "$output" = 41943040 ]
  is_whole
  stop_registry
}

@test "what is removed while a pull goes on is gone when that has ended" {
  start_registry
  image_of goes lower
  skopeo copy -q --dest-tls-verify=false "oci-archive:$BATS_TEST_TMPDIR/image.tar" "docker://localhost:$port/comes:1"
  sdcont rmi goes
  image_of goes upper
  kill -STOP "$registry"
  start pull -q "localhost:$port/comes:1"
  local pid=$!
  pulls() { ls "$BATS_TEST_TMPDIR"/store/tmp/make-*; }
  wait_until pulls
  sdcont rmi goes
  [ -n "$(find "$BATS_TEST_TMPDIR/store/layers" -mindepth 1 -maxdepth 1)" ] # nothing goes while somebody may need it
  kill -CONT "$registry"
  wait $pid
  [ "$(find "$BATS_TEST_TMPDIR/store/layers" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ]
  sdcont rmi "localhost:$port/comes:1"
  store_is_empty
  stop_registry
}

@test "a commit that is killed leaves no half of an image" {
  [[ -n $(type -p strace) ]] || skip "not here: no strace"
  image_of base lower
  sdcont run --name c base sh -c 'echo new >/new; rm /a/one; mkdir /d/more; head -c 300000 /dev/urandom >/d/more/x'
  local before call n dead=0
  before=$(contents)
  for call in openat mkdirat,mkdir rename,renameat write,pwrite64 syncfs,fsync utimensat; do
    for n in 1 3 8 20 60; do
      if killed $call $n commit c committed:1; then dead=$((dead + 1)); fi
      is_whole
      run sdcont images committed -q
      if [ -n "$output" ]; then
        run sdcont run --rm committed:1 sh -c 'cat /new; ls /a; wc -c </d/more/x'
        [ "$output" = $'new\ntwo\n300000' ]
        sdcont rmi committed:1
      fi
      [ "$(contents)" = "$before" ] || {
        diff <(echo "$before") <(contents)
        echo "after $call $n" >&2
        return 1
      }
    done
  done
  [ $dead -gt 10 ]
  sdcont commit c committed:1
  is_whole
  sdcont rm c
}

@test "an rmi that is killed leaves whole images, or none" {
  [[ -n $(type -p strace) ]] || skip "not here: no strace"
  image_of stays lower
  "$files" layer upper "$BATS_TEST_TMPDIR/upper.tar"
  "$files" archive oci goes:1 "$BATS_TEST_TMPDIR/goes.tar" "$BATS_FILE_TMPDIR/root.tar" "$BATS_TEST_TMPDIR/lower.tar" "$BATS_TEST_TMPDIR/upper.tar"
  local before call n dead=0
  before=$(contents)
  for call in openat rename,renameat,renameat2 unlink,unlinkat fsync flock getdents64; do
    for n in 1 2 3 5 8 13 30; do
      sdcont load -q -i "$BATS_TEST_TMPDIR/goes.tar"
      if killed $call $n rmi goes:1; then dead=$((dead + 1)); fi
      is_whole
      run sdcont images goes -q
      if [ -n "$output" ]; then
        run sdcont run --rm goes:1 cat /d/new
        [ "$output" = n ]
        sdcont rmi goes:1
      fi
      [ "$(contents)" = "$before" ] || {
        diff <(echo "$before") <(contents)
        echo "after $call $n" >&2
        return 1
      }
    done
  done
  [ $dead -gt 10 ]
  run sdcont run --rm stays cat /a/one
  [ "$output" = 1 ]
}

pid_of() { sed -n "s/.*\"$1\":{\"pid\":\([0-9]*\).*/\1/p" "$BATS_TEST_TMPDIR"/run/containers/*/record.json; }
# Whether the container stands still, by the kernel's file: of a v2 hierarchy where there is one, else v1's freezer.
stands_still() {
  local pid path
  pid=$(pid_of init)
  path=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
  grep -qsx 'frozen 1' /sys/fs/cgroup/{,unified/}"$path"/{,../}cgroup.events && return
  path=$(sed -n 's/^[0-9]*:freezer://p' "/proc/$pid/cgroup")
  grep -qsx FROZEN "/sys/fs/cgroup/freezer$path/freezer.state"
}
count() { cat "/proc/$(pid_of init)/root/count"; } # the number that it has come to
goes_on() {
  local was
  was=$(count)
  moved() { [[ -n $(count) && $(count) != "$was" ]]; }
  wait_until moved
}
# Commits, looking at the container meanwhile: $status, and $seen where it stood still.
commit_watched() {
  seen=no status=0
  start commit -q "$@" >/dev/null
  local pid=$!
  while kill -0 $pid 2>/dev/null; do ! stands_still || seen=yes; done
  wait $pid || status=$?
}

@test "a container stands still while it is committed, and goes on, whatever comes of it" {
  image_of base lower
  start run --name c base sh -c 'head -c 100000000 /dev/urandom >/big; i=0; while :; do echo $((i += 1)) >/count; sleep 0.01; done'
  local client=$!
  wait_until count
  commit_watched c committed:1
  [ "$status $seen" = "0 yes" ]
  goes_on
  commit_watched -c 'NONSENSE x' c committed:2 2>/dev/null
  [ "$status $seen" = "125 yes" ]
  goes_on
  commit_watched --pause=false c committed:3
  [ "$status $seen" = "0 no" ]
  run sdcont run --rm committed:1 sh -c 'wc -c </big; test -e /count'
  ended 0
  [ "$output" = 100000000 ]
  # killed it leaves that to the next command
  start commit -q c committed:4
  local pid=$!
  wait_until stands_still
  kill -KILL $pid
  wait $pid || true
  stands_still
  sdcont ps >/dev/null
  goes_on
  [ -z "$(sdcont images -q committed:4)" ]
  # and a container that runs is exported
  sdcont export -o "$BATS_TEST_TMPDIR/c.tar" c
  [ "$(tar -xOf "$BATS_TEST_TMPDIR/c.tar" big | wc -c)" = 100000000 ]
  goes_on
  sdcont rm -f c
  wait $client || true
}

@test "a container that is killed while it stands still for a commit that was killed has ended" {
  image_of base lower
  sdcont run -d --name c base sh -c 'head -c 100000000 /dev/urandom >/big; echo 1 >/count; exec sleep 1000'
  wait_until count
  start commit -q c committed:1
  local pid=$!
  wait_until stands_still
  kill -KILL $pid
  wait $pid || true
  kill -KILL "$(pid_of supervisor)" "$(pid_of init)"
  is_over() { sdcont ps -a --format '{{.State}}' | grep -qx exited; }
  wait_until is_over
  [ -z "$(ls "$BATS_TEST_TMPDIR/run/standstill")" ]
  sdcont rm c
}
