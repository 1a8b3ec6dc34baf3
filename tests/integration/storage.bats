#!/usr/bin/env bats
# --storage-opt size: what is written over the root has a limit.

load common

loops() { losetup --list --noheadings --output NAME,BACK-FILE | grep sdcont || true; }
no_loops() { [ -z "$(loops)" ]; }
# The size of / inside, in KiB, and whether more than that can be written.
probe='df -k / | tail -1 | while read -r _ size _; do echo "size $size"; done; cat /dev/zero >/big 2>/dev/shm/err; grep -o "No space.*\|Disk quota.*" /dev/shm/err; wc -c </big; rm /big; echo kept >/kept'
# checks what the probe told of a limit of 16 MiB
limited() {
  ended 0
  [ "$(sed -n 's/^size //p' <<<"$output")" -eq 16384 ] || { echo "$output"; return 1; }
  has "No space left on device"
  local written
  written=$(grep -E '^[0-9]+$' <<<"$output")
  [ "$written" -gt 8000000 ] && [ "$written" -le $((16 << 20)) ] || { echo "$output"; return 1; }
}

@test "an image file, where there are no project quotas: seen by df, kept by ENOSPC" {
  mounts=$(cat /proc/self/mountinfo)
  run sdcont run --name s --summary --storage-opt size=16M "$ROOT" sh -c "$probe"
  limited
  has "Storage    16.0M by an ext4 file system in a file"
  [ "$(cat /proc/self/mountinfo)" = "$mounts" ]
  wait_until no_loops
  id=$(readlink /var/lib/sdcont/names/s)
  grep -q '"layerLimit":{"kind":"image","project":0,"size":16777216}' "/var/lib/sdcont/containers/$id/record.json"
  [ "$(sdcont inspect --format '{{.Sdcont.Storage.By}} {{.HostConfig.StorageOpt.size}}' s)" = "image $((16 << 20))" ]
  # a sparse file, of which a part was used
  [ "$(stat -c %s "/var/lib/sdcont/containers/$id/layer.img")" -eq $((16 << 20)) ]
  run sdcont diff s
  ended 0
  [ "$output" = "A /kept" ]
  no_loops
  sdcont rm s
  [ ! -e "/var/lib/sdcont/containers/$id" ]
}

@test "an image file: the container runs, is looked at, killed, and nothing is left" {
  for how in --rm --init; do
    "$SDCONT" run $how --name live --storage-opt size=16M "$ROOT" sh -c 'mount; echo x >/x; sleep 100' >"$BATS_TEST_TMPDIR/mounts" &
    client=$!
    wait_until runs live
    is_there() { [ "$(sdcont diff live)" = "A /x" ]; }
    wait_until is_there
    [ "$(loops | wc -l)" -eq 1 ]
    if grep -q loop "$BATS_TEST_TMPDIR/mounts"; then false; fi
    if grep -q "/dev/loop.*sdcont" /proc/self/mountinfo; then false; fi
    sdcont rm -f live
    wait $client || true
    wait_until no_loops
  done
  # all three killed at once
  "$SDCONT" run --rm --name dead --storage-opt size=16M "$ROOT" sleep 100 &
  client=$!
  wait_until runs dead
  init=$(init_of dead)
  supervisor=$(ps -o ppid= -p "$init" | tr -d ' ')
  if ! unified && systemd_here; then supervisor=$(pgrep -P $client -x sdcont); fi
  kill -KILL $client "$supervisor" "$init"
  wait $client || true
  healed() { sdcont ps -a >/dev/null && [ -z "$(find /var/lib/sdcont -name layer.img)" ]; }
  wait_until healed
  wait_until no_loops
}

@test "a launch that fails leaves no image and no loop device" {
  run -127 sdcont run --storage-opt size=16M "$ROOT" /no/such
  refused "cannot find '/no/such'" 127
  wait_until no_loops
}

@test "a view of the host: one limit for all its file systems, and apply" {
  here=$BATS_TEST_TMPDIR/here
  mkdir "$here"
  script='mount -t tmpfs none "$2" && "$1" --root "$3/r" --runtime-dir "$3/u" run --name v --storage-opt size=16M host sh -c "
      head -c 6000000 /dev/zero >/var/tmp/a-$$; head -c 30000000 /dev/zero >$2/b 2>/dev/null; wc -c <$2/b; rm $2/b /var/tmp/a-$$; echo fine >$2/c" &&
    "$1" --root "$3/r" --runtime-dir "$3/u" apply --yes v && cat "$2/c"; ls "$2"; "$1" --root "$3/r" --runtime-dir "$3/u" rm v'
  run unshare -m sh -c "$script" sh "$SDCONT" "$here" "$BATS_TEST_TMPDIR"
  ended 0
  [ "${lines[0]}" -lt 10500000 ]
  has fine
  wait_until no_loops
}

@test "in memory where there is no mkfs.ext4: told, and gone at the end" {
  without='mount --bind /dev/null /usr/sbin/mkfs.ext4; exec "$@"'
  run unshare -m sh -c "$without" sh "$SDCONT" run --name m --summary --storage-opt size=16M "$ROOT" sh -c "$probe"
  ended 0
  has "size 16384"
  has "No space left on device"
  has "sdcont: warning: what the container writes is kept in memory and gone when it ends: there is no mkfs.ext4 here"
  has "Storage    16.0M in memory (tmpfs)"
  run sdcont diff m
  refused "in a tmpfs of its own, which nobody else sees, and which ends with it"
  sdcont rm m
  run unshare -m sh -c "$without" sh "$SDCONT" run --rm --storage-opt size=16M "$ROOT" true
  ended 0
  [ -z "$output" ]
  run unshare -m sh -c "$without" sh "$SDCONT" run --dry-run --storage-opt size=16M "$ROOT" true
  python3 -c 'import json,sys; s=json.loads(sys.argv[1])["storage"]; assert s["by"]=="tmpfs" and s["size"]==16<<20 and "mkfs.ext4" in s["because"], s' "$output"
}

@test "a project quota, where the file system enforces them" {
  image=$BATS_TEST_TMPDIR/quota.img disk=$BATS_TEST_TMPDIR/disk
  truncate -s 128M "$image"
  mkfs.ext4 -q -O quota,project "$image"
  mkdir "$disk"
  unshare -m mount -o loop,prjquota "$image" "$disk" || skip "not here: this kernel has no project quotas"
  script='mount -o loop,prjquota "$2" "$3" && shift 3
    s() { "$sdcont" --root "$disk/r" --runtime-dir "$disk/u" "$@"; }
    s run --name q --summary --storage-opt size=16M "$ROOT" sh -c "$probe"
    echo "record $(sed -n "s/.*\"layerLimit\":{\"kind\":\"project-quota\",\"project\":\([0-9]*\).*/\1/p" "$disk"/r/containers/*/record.json)"
    repquota -P "$disk" 2>/dev/null | grep "^#" || true
    echo "diff $(s diff q)"
    s rm q
    s run --rm --name q --storage-opt size=16M "$ROOT" sh -c "$probe"
    s run --rm --storage-opt size=16M "$ROOT" /no/such || true
    s run --rm --storage-opt size=16M host sh -c "mkdir /var/tmp/e; chattr -P /var/tmp/e; chattr -p 0 /var/tmp/e; head -c 40000000 /dev/zero >/var/tmp/e/big; echo escaped with \$(wc -c </var/tmp/e/big)"
    python3 -c "$left" "$disk"'
  # no quota with a limit is left
  left='
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
fd, project = os.open(sys.argv[1], os.O_RDONLY), 0
while True:  # Q_GETNEXTQUOTA of PRJQUOTA; struct if_nextdqblk
    block = ctypes.create_string_buffer(72)
    if libc.syscall(443, fd, 0x800009 << 8 | 2, project, block) != 0: break
    hard, soft, used = struct.unpack_from("QQQ", block.raw)
    project = struct.unpack_from("I", block.raw, 68)[0]
    assert hard == 0 and soft == 0, (project, hard, soft)
    project += 1
print("none left")'
  run env "probe=$probe" "left=$left" "disk=$disk" "ROOT=$ROOT" "sdcont=$SDCONT" unshare -m bash -c "$script" sh "$SDCONT" "$image" "$disk"
  has "none left"
  has "Storage    16.0M by a project quota"
  has "diff A /kept"
  [[ $output =~ "record "[0-9]{7,} ]]
  limited_lines=$(grep -c '^size 16384$' <<<"$output")
  [ "$limited_lines" -eq 2 ]
  [ "$(grep -cE 'No space left|Disk quota' <<<"$output")" -eq 3 ]
  [ "$(grep -c 'chattr: Operation not permitted' <<<"$output")" -eq 2 ] # to leave the project is to leave the limit
  escaped=$(sed -n 's/^escaped with //p' <<<"$output")
  [ "$escaped" -gt 0 ] && [ "$escaped" -le $((16 << 20)) ]
}

@test "words that make no sense" {
  for word in size=0 size=1k size=4194303 size=-1 size=infinity; do
    run sdcont run --storage-opt $word "$ROOT" true
    refused "--storage-opt: '$word' is not a size of 4 MiB or more"
  done
  for word in size=x size= size=1q; do
    run sdcont run --storage-opt $word "$ROOT" true
    refused "--storage-opt size"
  done
  for word in dm.basesize=1G 64M =1 Size=64M; do
    run sdcont run --storage-opt $word "$ROOT" true
    refused "--storage-opt: '$word' is not available; it can be size=BYTES"
  done
  run sdcont run --storage-opt size=64M --read-only "$ROOT" true
  refused "with --read-only nothing is"
  run run_root --storage-opt size=4M 'echo fine'
  ended 0
  has fine
}
