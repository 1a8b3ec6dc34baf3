#!/usr/bin/env bats
# Named and anonymous volumes: made, filled, shared, listed, removed.

load common

VOLUMES=/var/lib/sdcont/volumes
teardown() {
  local id
  for id in $(containers); do "$SDCONT" rm -f "$id" >/dev/null || true; done
  "$SDCONT" volume prune -af >/dev/null
  wait_until same_footprint || {
    diff <(echo "$before") <(footprint) >&2
    return 1
  }
}
volumes() { "$SDCONT" volume ls -q; }

# A root with something where volumes will be: $root
furnished() {
  root=$BATS_TEST_TMPDIR/root decoy=$BATS_TEST_TMPDIR/decoy
  cp -a "$ROOT" "$root"
  mkdir -p "$root/data/sub" "$root/empty" "$decoy"
  echo "of the host" >"$decoy/mark"
  echo one >"$root/data/f"
  ln "$root/data/f" "$root/data/sub/hard"
  ln -s f "$root/data/l"
  ln -s "$decoy/mark" "$root/data/away"
  chown 1000:2000 "$root/data" "$root/data/f"
  chmod 2770 "$root/data"
  chmod 4755 "$root/data/f"
  chown 7:7 "$root/empty"
}

@test "volume create, ls, inspect, rm: docker's words, columns and JSON" {
  run sdcont volume create data
  ended 0
  [ "$output" = data ]
  sdcont volume create --label a=b --label c other
  sdcont volume create data # is there already
  run sdcont volume ls
  [ "$output" = "DRIVER   VOLUME NAME
local    data
local    other" ]
  run sdcont volume ls -q -f name=ata
  [ "$output" = data ]
  run sdcont volume ls -q --filter label=a=b --filter label=c
  [ "$output" = other ]
  run sdcont volume ls -q -f label=a=x
  [ -z "$output" ]
  run sdcont volume ls --format json
  python3 -c 'import json,sys; v=[json.loads(l) for l in sys.argv[1].splitlines()]; assert [x["Name"] for x in v]==["data","other"] and v[0]["Driver"]=="local" and v[1]["Labels"]=="a=b,c=", v' "$output"
  run sdcont volume inspect data other
  python3 -c '
import json, os, sys
v = json.loads(sys.argv[1])
assert len(v) == 2 and v[0]["Name"] == "data" and v[0]["Scope"] == "local" and v[1]["Labels"] == {"a": "b", "c": ""}, v
assert v[0]["CreatedAt"].startswith("20") and os.path.isdir(v[0]["Mountpoint"]), v' "$output"
  run sdcont volume create
  [[ $output =~ ^[0-9a-f]{64}$ ]]
  run sdcont volume rm data none other
  ended 1
  has "sdcont: there is no volume 'none'; see sdcont volume ls"
  has $'data\nother'
  run sdcont volume rm -f data
  ended 0
  run sdcont volume inspect data
  ended 1
  [ "${lines[0]}" = "sdcont: there is no volume 'data'; see sdcont volume ls" ]
  [ "$(volumes | wc -l)" -eq 1 ]
  for words in "" "rm" "inspect" "creat x" "ls x" "create a b" "ls -f bogus=1" "ls -f dangling=x" "create ../x" "create a/b" "create .x" "create -d nfs x"; do
    run sdcont volume $words
    refused ""
  done
  run sdcont volume creat x
  refused "did you mean 'volume create'?"
  run sdcont volume prune </dev/null
  refused "use --force"
}

@test "a named volume is made at first use, and outlives its containers" {
  run run_root -v data:/mnt/d 'echo kept >/mnt/d/x; mount | grep -c /mnt/d'
  ended 0
  [ "$(volumes)" = data ]
  run run_root -v data:/other:ro 'cat /other/x; echo y >/other/y'
  has kept
  has "Read-only file system"
  run run_root --mount type=volume,source=data,target=/m,readonly 'cat /m/x; echo y >/m/y'
  has kept
  has "Read-only file system"
  [ "$(cat $VOLUMES/data/_data/x)" = kept ]
  sdcont volume rm data
  [ ! -e $VOLUMES/data ]
}

@test "filled from the root at first use: content, owners, modes, links; not once more" {
  furnished
  for how in "-v NAME:/data" "--mount type=volume,src=NAME,dst=/data" "-v NAME:/data:ro"; do
    sdcont run --rm ${how/NAME/v} "$root" true
    diff <(cd "$root/data" && find . -printf '%p %y %m %U:%G %T@ %n %l\n' | sort) <(cd $VOLUMES/v/_data && find . -printf '%p %y %m %U:%G %T@ %n %l\n' | sort)
    [ "$(cat $VOLUMES/v/_data/sub/hard)" = one ]
    run sdcont run --rm -v v:/data "$root" sh -c 'echo two >/data/f; rm /data/l'
    run sdcont run --rm -v v:/data "$root" sh -c 'cat /data/f; ls /data'
    [ "$(echo $output)" = "two away f sub" ]
    sdcont volume rm v
  done
  run sdcont run --rm -v v:/data:nocopy "$root" ls -A /data
  [ -z "$output" ]
  run sdcont run --rm -v v:/data "$root" ls /data # it was still empty
  [ "$(echo $output)" = "away f l sub" ]
  run sdcont run --rm -v e:/empty "$root" stat -c %u:%g /empty
  [ "$output" = 7:7 ]
  run sdcont run --rm -v n:/new/place "$root" stat -c %u:%g:%a /new/place
  [ "$output" = 0:0:755 ]
  [ -z "$(ls -A "$decoy/../decoy" | grep -v mark)" ]
  [ "$(cat "$decoy/mark")" = "of the host" ]
}

@test "a volume that a container uses is not removed" {
  sdcont run --name user -v used:/v "$ROOT" true
  run sdcont volume rm used
  ended 1
  [ "$output" = "sdcont: the volume used is used by user; remove that first: sdcont rm" ]
  run sdcont volume ls -q -f dangling=false
  [ "$output" = used ]
  run sdcont volume prune -af
  has "Total reclaimed space: 0B"
  [ -e $VOLUMES/used/_data ]
  run sdcont volume inspect used
  has '"user"'
  sdcont rm user
  "$SDCONT" run --rm --name running -v used:/v "$ROOT" sleep 100 &
  client=$!
  wait_until runs running
  run sdcont volume rm -f used
  ended 1
  has "is used by running"
  sdcont rm -f running
  wait $client || true
  sdcont volume rm used
}

@test "anonymous volumes go with --rm and with rm -v, and only then" {
  run run_root -v /anon 'echo x >/anon/f; mount | grep " /anon "'
  ended 0
  has /anon
  [ -z "$(volumes)" ]
  "$SDCONT" run --rm --name gone -v /anon "$ROOT" sleep 100 &
  client=$!
  wait_until runs gone
  [ "$(volumes | wc -l)" -eq 1 ]
  sdcont rm -f gone # with --rm they go, with or without -v
  wait $client || true
  [ -z "$(volumes)" ]
  sdcont run --name a -v /anon -v named:/n "$ROOT" sh -c 'echo x >/anon/f; echo y >/n/f'
  [ "$(volumes | wc -l)" -eq 2 ]
  sdcont rm -v a
  [ "$(volumes)" = named ]
  sdcont run --name b --mount type=volume,target=/anon "$ROOT" sh -c 'echo x >/anon/f'
  sdcont rm b
  [ "$(volumes | wc -l)" -eq 2 ]
  run sdcont volume prune -f
  has "Deleted Volumes:"
  has "Total reclaimed space: "
  [ "$(volumes)" = named ]
  sdcont volume prune -af
  [ -z "$(volumes)" ]
  # a launch that fails leaves none
  run -127 sdcont run -v /anon "$ROOT" /no/such
  [ -z "$(volumes)" ]
  run sdcont run -v /anon -v /proc/x "$ROOT" true
  refused "/proc"
  [ -z "$(volumes)" ]
}

@test "filling that is killed, or finds no room, is begun anew" {
  furnished
  for i in {1..40}; do head -c 10000 /dev/zero >"$root/data/file$i"; done
  whole=$(ls -A "$root/data" | wc -l)
  if [[ -n $(type -p strace) && $SDCONT_ENV != vm-* ]]; then
    export ASAN_OPTIONS=detect_leaks=0
    part=0
    for n in 1 5 20 39; do
      strace -f -qq -o /dev/null -e trace=sendfile -e inject=sendfile:signal=KILL:when=$n "$SDCONT" run --rm -v killed:/data "$root" true &>/dev/null || true
      [ ! -e $VOLUMES/killed/filling ] || part=$((part + 1))
      run sdcont run --rm -v killed:/data "$root" sh -c 'ls -A /data | wc -l'
      [ "$output" -eq "$whole" ]
      [ ! -e $VOLUMES/killed/filling ]
      sdcont volume rm killed
    done
    [ $part -gt 0 ]
  fi
  script='mount -t tmpfs -o size=400k none "$2"; s() { "$1" --root "$2/r" --runtime-dir "$2/u" "${@:3}"; }
    s "$1" "$2" run --rm -v v:/data "$3" true; echo "status $?"; ls -A "$2/r/volumes/v" "$2/r/volumes/v/_data"; mount -o remount,size=9m "$2"
    s "$1" "$2" run --rm -v v:/data "$3" sh -c "ls -A /data | wc -l"'
  mkdir "$BATS_TEST_TMPDIR/disk"
  run unshare -m bash -c "$script" sh "$SDCONT" "$BATS_TEST_TMPDIR/disk" "$root"
  has "cannot fill the volume from the root"
  has "No space left on device; the option nocopy leaves it empty"
  has "status 125"
  left=${output#*status 125}
  if [[ $left == *filling* || $left == *file* ]]; then false; fi
  [ "${lines[-1]}" -eq "$whole" ]
}

@test "containers that start at once on a new volume each see the whole" {
  furnished
  for i in {1..60}; do echo "$i" >"$root/data/file$i"; done
  whole=$(ls -A "$root/data" | wc -l)
  clients=()
  for i in 1 2 3 4 5 6; do
    sdcont run --rm -v shared:/data "$root" sh -c 'ls -A /data | wc -l' >"$BATS_TEST_TMPDIR/$i" &
    clients+=($!)
  done
  for client in "${clients[@]}"; do wait "$client"; done
  for i in 1 2 3 4 5 6; do [ "$(cat "$BATS_TEST_TMPDIR/$i")" -eq "$whole" ]; done
}

@test "names that are paths, and targets that are links" {
  furnished
  mkdir "$BATS_TEST_TMPDIR/here"
  cd "$BATS_TEST_TMPDIR/here"
  for word in ../x:/v a/b:/v .x:/v 'a b:/v' '$(id):/v' a:b:c:d x:/v:bogus "$(printf 'a%.0s' {1..300}):/v"; do
    run sdcont run --rm -v "$word" "$root" true
    [ "$status" -eq 125 ] || [[ $word == ../x:/v || $word == .x:/v ]] # those are paths, as they are without sdcont
  done
  for name in ../x a/b .x 'a b' "$(printf 'a%.0s' {1..300})"; do
    run sdcont run --rm --mount "type=volume,source=$name,target=/v" "$root" true
    refused "--mount"
    run sdcont volume create "$name"
    refused "is not a name"
    run sdcont volume rm "$name"
    ended 1
  done
  ln -s "$decoy" "$root/link"
  ln -s "../../../../../../../$decoy" "$root/up"
  for target in /link /up /link/x; do
    run sdcont run --rm -v "evil:$target" "$root" sh -c "echo evil >$target/mark; echo fine"
    ended 0
    has fine
    [ "$(cat "$decoy/mark")" = "of the host" ]
    [ "$(ls "$decoy")" = mark ]
    sdcont volume rm evil
  done
}
