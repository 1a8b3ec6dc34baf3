#!/usr/bin/env bats
# Credentials: secrets as files that the container's user alone can read.

load common

clean_up() { rm -f /run/credstore/sdtest /etc/credstore/sdtest; }

# Nothing on this machine that others than root can read, and no command line, has the text.
is_nowhere() {
  local found
  found=$(grep -alF -- "$1" /proc/[0-9]*/cmdline 2>/dev/null || true)
  [ -z "$found" ] || { echo "in the command line of $found" >&2; return 1; }
  found=$(find /run/sdcont /var/lib/sdcont -type f ! -perm 600 -exec grep -lF -- "$1" {} + 2>/dev/null || true)
  [ -z "$found" ] || { echo "in $found" >&2; return 1; }
}

@test "credentials: read-only files in memory, of the container's user alone" {
  printf 'from a file' >"$BATS_TEST_TMPDIR/secret"
  run sdcont run --rm -u app --set-credential 'pw:hun\x00ter\n2' --load-credential file:"$BATS_TEST_TMPDIR/secret" "$ROOT" sh -c '
    echo "$CREDENTIALS_DIRECTORY"; cd "$CREDENTIALS_DIRECTORY" && ls -ln . && od -An -c pw && cat file && echo
    touch new; stat -c "%a %u" .; grep " $CREDENTIALS_DIRECTORY " /proc/mounts'
  ended 0
  has /run/host/credentials
  [ "$(grep -c -- '^-r--------    1 1000 ' <<<"$output")" -eq 2 ]
  has 'h   u   n  \0   t   e   r  \n   2'
  has "from a file"
  has "Read-only file system"
  has "500 1000"
  [[ $output == *' tmpfs ro,nosuid,nodev,noexec,'*noswap* || $output == *' ramfs ro,nosuid,nodev,noexec,'* ]]
  run_root --set-credential a:b -u app 'cat /run/host/credentials/a' | grep -x b
  # another user inside has no way to them
  run sdcont run --rm --set-credential a:b "$ROOT" su app -s /bin/sh -c 'cat /run/host/credentials/a'
  has "Permission denied"
  run sdcont run --rm "$ROOT" sh -c 'echo "none: $CREDENTIALS_DIRECTORY"; [ ! -e /run/host/credentials ]'
  ended 0
  has "none: "
}

@test "credentials: values are in no record, no command line, and nothing that others can read" {
  sdcont run -d --name c --set-credential pw:Sesam-1 --restart no "$ROOT" sleep 1000
  is_nowhere Sesam-1
  run sdcont inspect c
  [[ $output != *Sesam-1* ]]
  run sdcont inspect --format '{{json .Sdcont.Credentials}}' c
  [ "$output" = '[{"Id":"pw","Source":""}]' ]
  run sdcont run --dry-run --set-credential pw:Sesam-2 "$ROOT" true
  ended 0
  [[ $output != *Sesam-2* ]]
  has '"org.sdcont.credentials": "pw"'
  # with --rm it is on no disk at all
  sdcont run -d --rm --name r --set-credential pw:Sesam-3 "$ROOT" sleep 1000
  [ -z "$(grep -rlF Sesam-3 /var/lib/sdcont /run/sdcont)" ]
  is_nowhere Sesam-3
  run sdcont exec r sh -c 'cat $CREDENTIALS_DIRECTORY/pw'
  [ "$output" = Sesam-3 ]
  # what is wrong is told without it
  run sdcont run --rm --set-credential 'pw:Sesam\q' "$ROOT" true
  refused "begins no C escape"
  [[ $output != *Sesam* ]]
}

@test "credentials: there again after a start, and after a restart by policy; what is loaded is read anew" {
  printf one >"$BATS_TEST_TMPDIR/secret"
  sdcont run -d --name c --set-credential pw:word --load-credential file:"$BATS_TEST_TMPDIR/secret" "$ROOT" sleep 1000
  run sdcont exec c sh -c 'cat $CREDENTIALS_DIRECTORY/pw $CREDENTIALS_DIRECTORY/file'
  [ "$output" = wordone ]
  sdcont stop -t 0 c
  printf two >"$BATS_TEST_TMPDIR/secret"
  sdcont start c
  run sdcont exec c sh -c 'cat $CREDENTIALS_DIRECTORY/pw $CREDENTIALS_DIRECTORY/file'
  [ "$output" = wordtwo ]
  sdcont stop -t 0 c
  rm "$BATS_TEST_TMPDIR/secret"
  run sdcont start c
  refused "--load-credential file: cannot look at $BATS_TEST_TMPDIR/secret: No such file or directory" 1
  sdcont rm c
  [ -z "$(grep -rlF word /var/lib/sdcont/containers 2>/dev/null)" ]
  # by policy: what the first run was given
  sdcont run -d --name p --restart always --set-credential pw:again "$ROOT" sh -c \
    'cat $CREDENTIALS_DIRECTORY/pw; echo; [ -e /second ] && exec sleep 1000; touch /second'
  said_twice() { [ "$(sdcont logs p | grep -c again)" = 2 ]; }
  wait_until said_twice
  # created, and started later
  sdcont create --name k --set-credential pw:later "$ROOT" sh -c 'cat $CREDENTIALS_DIRECTORY/pw' >/dev/null
  run sdcont start -a k
  [ "$output" = later ]
}

@test "credentials: found by name where systemd looks, and below a directory" {
  mkdir -p /run/credstore /etc/credstore "$BATS_TEST_TMPDIR/own"
  echo run >/run/credstore/sdtest
  run_root --load-credential sdtest 'cat /run/host/credentials/sdtest' | grep -x run
  echo etc >/etc/credstore/sdtest
  run_root --load-credential other:sdtest 'cat /run/host/credentials/other' | grep -x etc
  echo own >"$BATS_TEST_TMPDIR/own/sdtest"
  CREDENTIALS_DIRECTORY=$BATS_TEST_TMPDIR/own run_root --load-credential sdtest 'cat /run/host/credentials/sdtest' | grep -x own
  mkdir "$BATS_TEST_TMPDIR/dir" "$BATS_TEST_TMPDIR/dir/sub"
  echo 1 >"$BATS_TEST_TMPDIR/dir/a"
  echo 2 >"$BATS_TEST_TMPDIR/dir/sub/b"
  run run_root --load-credential d:"$BATS_TEST_TMPDIR/dir" 'cd /run/host/credentials; ls; cat d_a d_sub_b'
  [ "$output" = $'d_a\nd_sub_b\n1\n2' ]
  run sdcont run --rm --load-credential nothing "$ROOT" true
  refused "there is no 'nothing' in /etc/credstore, /run/credstore, /usr/local/lib/credstore, /usr/lib/credstore"
}

@test "credentials: what a socket sends" {
  python3 - "$BATS_TEST_TMPDIR/socket" <<'P' &
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
client = listener.accept()[0]
client.sendall(b"by wire")
client.close()
P
  wait_until test -S "$BATS_TEST_TMPDIR/socket"
  run run_root --load-credential s:"$BATS_TEST_TMPDIR/socket" 'cat /run/host/credentials/s'
  [ "$output" = "by wire" ]
}

@test "credentials: limits and names are systemd's" {
  head -c 600000 /dev/zero >"$BATS_TEST_TMPDIR/secret"
  run_root --load-credential a:"$BATS_TEST_TMPDIR/secret" 'wc -c /run/host/credentials/a' | grep -w 600000
  run sdcont run --rm --load-credential a:"$BATS_TEST_TMPDIR/secret" --load-credential b:"$BATS_TEST_TMPDIR/secret" "$ROOT" true
  refused "take more than 1 MiB"
  for id in a/b .. 'a b:c/d' ''; do
    run sdcont run --rm --load-credential "$id:relative/path" "$ROOT" true
    refused ""
  done
  run sdcont run --rm --set-credential a:1 --load-credential a:/x "$ROOT" true
  refused "two credentials are to be called a"
  run sdcont run --rm --set-credential a:1 --tmpfs /run/host/credentials "$ROOT" true
  refused "a mount is to be where the credentials are"
  run sdcont run --no-rootfs --set-credential a:1 true
  refused "with --no-rootfs"
  run_root --set-credential a:1 --read-only --tmpfs /run 'cat /run/host/credentials/a' | grep -x 1
}

@test "credentials: a root with a link where they are to be gets none of them out" {
  cp -a "$ROOT" "$BATS_TEST_TMPDIR/linked"
  mkdir "$BATS_TEST_TMPDIR/decoy"
  ln -s "$BATS_TEST_TMPDIR/decoy" "$BATS_TEST_TMPDIR/linked/run/host"
  run sdcont run --rm --set-credential a:1 "$BATS_TEST_TMPDIR/linked" true
  refused "symbolic link"
  [ -z "$(ls -A "$BATS_TEST_TMPDIR/decoy")" ]
}
