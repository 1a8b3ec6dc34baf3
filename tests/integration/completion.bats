#!/usr/bin/env bats
# Completion in real shells, of what there really is.

load common

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$BATS_TEST_DIRNAME/../lab/rootfs" "$ROOT"
  mkdir "$BATS_FILE_TMPDIR/bin"
  ln -s "$SDCONT" "$BATS_FILE_TMPDIR/bin/sdcont"
}
clean_up() {
  "$SDCONT" rm -f complete-running complete-ended >/dev/null 2>&1 || true
  "$SDCONT" rmi complete-image:one >/dev/null 2>&1 || true
}

@test "bash, zsh and fish complete commands, options, containers, images, signals, properties, slices and files" {
  sdcont run -d --name complete-running "$ROOT" sleep 1000
  sdcont run --name complete-ended "$ROOT" true
  sdcont import -q "$ROOT" complete-image:one
  cd "$BATS_TEST_TMPDIR"
  touch complete-file.tar
  for shell in bash zsh fish; do
    command -v "$shell" || { [ "$SDCONT_ENV" != host ] && continue; }
    run timeout -k 5 120 python3 "$BATS_TEST_DIRNAME/completion.py" "$shell" "$BATS_FILE_TMPDIR/bin"
    ended 0
    has "all well"
  done
}

@test "what a user may not read is not offered, and nothing is said" {
  run --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups "$SDCONT" __complete stop ""
  ended 0
  [ -z "$output$stderr" ]
}

@test "a line that is wrong has no completion, and no complaint" {
  for line in "nosuch x" "--nosuch run" "image nosuch x" "run --memory=1 --nosuch=x"; do
    # shellcheck disable=SC2086
    run --separate-stderr sdcont __complete $line
    ended 0
    [ -z "$output$stderr" ]
  done
}

@test "volumes and capabilities" {
  sdcont volume create complete-data
  run sdcont __complete volume rm com
  has complete-data
  run sdcont __complete run -v com
  has complete-data:
  sdcont volume rm complete-data
  run sdcont __complete run --cap-drop CAP_SYS_TI
  [ "$output" = $'CAP_SYS_TIME\t' ]
}

@test "completion for a shell that is none of the three is refused" {
  run sdcont completion tcsh
  refused "takes the name of one shell"
}
