#!/usr/bin/env bats
# What a container has written, shown: diff.

load common
load writes_common

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

@test "what an image lacks of mount points is not made in the container's layer" {
  root=$BATS_TEST_TMPDIR/root
  mkdir -p "$root/bin"
  cp "$ROOT/bin/busybox" "$root/bin"
  sdcont run --name bare "$root" /bin/busybox true
  upper=/var/lib/sdcont/containers/$(readlink /var/lib/sdcont/names/bare)/layer/0/upper
  [ -d "$upper" ]
  [ -z "$(ls -A "$upper")" ]
  sdcont rm bare
  sdcont run --name bare --hostname box7 "$root" /bin/busybox sh -c '[ "$(busybox cat /etc/hostname)" = box7 ] && echo x >/etc/x'
  run sdcont diff bare
  [ "$output" = "A /etc
A /etc/x" ]
  run sdcont start -a bare
  ended 0
  sdcont rm bare
  # where the name is another thing in the image, that counts
  mkdir "$root/etc"
  ln -s ../real/hosts "$root/etc/hosts"
  run sdcont run --rm "$root" /bin/busybox sh -c 'busybox readlink /etc/hosts; busybox grep -c localhost /real/hosts'
  ended 0
  [ "$output" = "../real/hosts
2" ]
}

@test "diff: what was changed and changed back is no change; a new directory in place of an old one" {
  kept back "$ROOT" 'chmod 600 /etc/group; chmod 644 /etc/group; touch -r /etc/passwd /t; touch -r /etc /d
    echo x >>/etc/passwd; sed -i \$d /etc/passwd; touch -r /t /etc/passwd; touch -r /d /etc; rm /t /d
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
