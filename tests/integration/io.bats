#!/usr/bin/env bats
# Throttles, measured with direct IO on a disk of our own: SDCONT_LAB_DISK, or a loop device made for the purpose.

load common

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$lab/rootfs" "$ROOT"
  export DISK=${SDCONT_LAB_DISK:-} OWN_LOOP=
  if [ -z "$DISK" ]; then
    truncate -s 64M "$BATS_FILE_TMPDIR/disk"
    DISK=$(losetup --find --show "$BATS_FILE_TMPDIR/disk")
    OWN_LOOP=$DISK
  fi
  NUMBER=$(cat "/sys/class/block/${DISK##*/}/dev")
  export NUMBER
}

teardown_file() { [ -z "$OWN_LOOP" ] || losetup -d "$OWN_LOOP"; }

# prints how long dd takes
timed='import subprocess, sys, time
begin = time.monotonic()
subprocess.run(["dd", "status=none"] + sys.argv[1:], check=True)
print(time.monotonic() - begin)'

# measured FLAG RATE SECONDS dd's words...: dd takes as long as the rate says, within a tenth, and what it takes outside
# of a container, which is the disk's part in it, and on an emulated machine not little. Never less; more only where the
# machine has other things to do, so one of three tries will do.
measured() {
  local flag=$1 rate=$2 expected=$3 alone
  for _ in 1 2 3; do
    alone=$(python3 -c "$timed" "${@:4}")
    run sdcont run --rm --device "$DISK" "$flag" "$DISK:$rate" host python3 -c "$timed" "${@:4}"
    ended 0
    python3 -c "
import sys
seconds, alone, expected = float(sys.argv[1]), float(sys.argv[2]), $expected
print(seconds, alone, expected)
sys.exit(2 if seconds < 0.9 * expected else seconds > 1.1 * expected + alone)" "$output" "$alone" && return
    [ $? -eq 1 ] || return 1
  done
  false
}

@test "--device-read-bps" {
  measured --device-read-bps 2M 3 if="$DISK" of=/dev/null bs=64k count=96 iflag=direct
}

@test "--device-write-bps" {
  measured --device-write-bps 2M 3 if=/dev/zero of="$DISK" bs=64k count=96 oflag=direct
}

@test "--device-read-iops" {
  measured --device-read-iops 100 3 if="$DISK" of=/dev/null bs=4k count=300 iflag=direct
}

@test "--device-write-iops" {
  measured --device-write-iops 100 3 if=/dev/zero of="$DISK" bs=4k count=300 oflag=direct
}

@test "without a throttle the same is much quicker: the measure measures" {
  run sdcont run --rm --device "$DISK" host python3 -c "$timed" if="$DISK" of=/dev/null bs=64k count=96 iflag=direct
  ended 0
  python3 -c 'import sys; assert float(sys.argv[1]) < 1.5, sys.argv' "$output"
}

# The container's line for the disk: of io.max (of the scope, where systemd keeps it there), or of v1's file.
taken() {
  local directory
  directory=$(directory_of throttled "$(unified && echo io || echo blkio)")
  if ! unified; then
    sed -n "s/^$NUMBER //p" "$directory/blkio.throttle.$2_device"
    return
  fi
  systemd_here && directory=${directory%/payload}
  sed -n "s/^$NUMBER .*$1=\([0-9]*\).*/\1/p" "$directory/io.max"
}

@test "the kernel has taken what was asked for" {
  "$SDCONT" run --rm --name throttled --device-read-bps "$DISK:3M" --device-write-bps "$DISK:1M" \
    --device-read-iops "$DISK:300" --device-write-iops "$DISK:200" "$ROOT" sleep 1000 &
  client=$!
  wait_until runs throttled
  [ "$(taken rbps read_bps)" = 3145728 ]
  [ "$(taken wbps write_bps)" = 1048576 ]
  [ "$(taken riops read_iops)" = 300 ]
  [ "$(taken wiops write_iops)" = 200 ]
  sdcont rm -f throttled
  wait $client || true
}

@test "a file stands for the disk that it lies on, and auto for that of the store, also before there is one" {
  mkfs.ext4 -q -F "$DISK"
  mkdir "$BATS_TEST_TMPDIR/mnt"
  # mounted where nobody else sees it, and gone with the shell
  run unshare --mount bash -ec '
    mount "$1" "$2"
    touch "$2/file"
    "$3" run --dry-run --device-read-bps "$2/file:1M" "$4" true
    "$3" --root "$2/store" run --dry-run --device-write-bps auto:1M "$4" true' \
    _ "$DISK" "$BATS_TEST_TMPDIR/mnt" "$SDCONT" "$ROOT"
  ended 0
  [ "$(grep -c "\"requested\": \"$DISK 1048576\"" <<<"$output")" = 2 ]
}

@test "a partition stands for its disk" {
  truncate -s 32M "$BATS_TEST_TMPDIR/disk"
  # a DOS partition table with one entry: 32768 sectors of type 0x83 from sector 2048 on
  printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\200\0\0' |
    dd of="$BATS_TEST_TMPDIR/disk" bs=1 seek=446 conv=notrunc status=none
  printf '\125\252' | dd of="$BATS_TEST_TMPDIR/disk" bs=1 seek=510 conv=notrunc status=none
  loop=$(losetup --find --show --partscan "$BATS_TEST_TMPDIR/disk")
  partx --add "$loop" || true # where the kernel has not read the table by itself
  number=$(cat "/sys/class/block/${loop##*/}p1/dev") || number=
  mknod "$BATS_TEST_TMPDIR/partition" b "${number%:*}" "${number#*:}" || true
  run sdcont run --dry-run --device-write-bps "$BATS_TEST_TMPDIR/partition:1M" "$ROOT" true
  losetup -d "$loop"
  [ -n "$number" ]
  ended 0
  has "\"requested\": \"$loop 1048576\""
}

@test "IO on what has no disk is refused, or runs without the limit" {
  run sdcont run --rm --device-read-bps /proc:1M "$ROOT" true
  refused "--device-read-bps cannot be had here: /proc: it is on proc, which has no disk of its own; name a disk"
  has "; or --limits=best-effort runs without it"
  run sdcont run --rm --limits=best-effort --device-read-bps /proc:1M "$ROOT" echo ran
  ended 0
  has "sdcont: warning: --device-read-bps cannot be had here: /proc"
  has ran
  run sdcont run --rm --limits=best-effort --device-read-bps /no/such/disk:1M "$ROOT" true
  refused "cannot limit IO on /no/such/disk: No such file or directory"
}

@test "a block device cannot be opened that was not given, even by who can make its node" {
  # in /dev, where nothing but the rules can refuse it: the rest of the root is mounted nodev
  local open='mknod /dev/mine b ${1%:*} ${1#*:} && head -c 512 /dev/mine | wc -c'
  run sdcont run --rm --cap-add MKNOD "$ROOT" sh -c "$open" _ "$NUMBER"
  has "Operation not permitted"
  [[ $output != *512* ]]
  run sdcont run --rm --cap-add MKNOD --device-cgroup-rule "b $NUMBER r" "$ROOT" sh -c "$open" _ "$NUMBER"
  ended 0
  has 512
  # to read is not to write
  run sdcont run --rm --cap-add MKNOD --device-cgroup-rule "b $NUMBER r" "$ROOT" \
    sh -c 'mknod /dev/mine b ${1%:*} ${1#*:} && echo x >/dev/mine' _ "$NUMBER"
  [ "$status" -ne 0 ]
  has "Operation not permitted"
}
