#!/usr/bin/env bats
# Images: import, load, save, run by name, tag, rmi, and what is inside a store. Each test has a store of its own.

load common

files="$BATS_TEST_DIRNAME/image_files.py"

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$BATS_TEST_DIRNAME/../lab/rootfs" "$ROOT"
  tar -C "$ROOT" -cf "$BATS_FILE_TMPDIR/root.tar" .
}

sdcont() { timeout -k 5 "${LIMIT:-60}" "$SDCONT" --root "$BATS_TEST_TMPDIR/store" --runtime-dir "$BATS_TEST_TMPDIR/run" "$@"; }
store_is_empty() {
  local -a left
  mapfile -t left < <(cd "$BATS_TEST_TMPDIR/store" && find layers images/blobs/sha256 image-names tmp -mindepth 1 -maxdepth 1)
  [ ${#left[@]} = 0 ] || {
    printf 'left in the store: %s\n' "${left[@]}" >&2
    return 1
  }
}
# the tree of the image's only layer
layer_of() {
  local id
  id=$(sdcont image inspect -f '{{json .RootFS.Layers}}' "$1")
  id=${id##*sha256:}
  echo "$BATS_TEST_TMPDIR/store/layers/${id%%\"*}/tree"
}
# an image of busybox and one more layer, of a scenario of image_files.py
image_of() { # image_of NAME SCENARIO... [CONFIG in the environment]
  local name=$1 layers=("$BATS_FILE_TMPDIR/root.tar") scenario
  shift
  for scenario; do
    "$files" layer "$scenario" "$BATS_TEST_TMPDIR/$scenario.tar"
    layers+=("$BATS_TEST_TMPDIR/$scenario.tar")
  done
  "$files" archive oci "$name" "$BATS_TEST_TMPDIR/image.tar" "${layers[@]}"
  sdcont load -q -i "$BATS_TEST_TMPDIR/image.tar"
}

@test "a root file system of any form becomes the same layer, and runs by its name" {
  cd "$BATS_TEST_TMPDIR"
  local tar=$BATS_FILE_TMPDIR/root.tar form
  cp "$tar" root.tar
  gzip -k root.tar && zstd -q -k root.tar && xz -k -0 root.tar && bzip2 -k root.tar
  run sdcont import root.tar plain
  ended 0
  [[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
  for form in gz zst xz bz2; do
    sdcont import -c "CMD echo $form" "root.tar.$form" "of-$form"
    [ "$(layer_of "of-$form")" = "$(layer_of plain)" ]
    run sdcont run --rm "of-$form"
    ended 0
    has $form
  done
  # the names are what the bytes are: xz and bzip2, which OCI knows no names for, are kept as plain tars
  run sdcont image inspect -f '{{.Descriptor.mediaType}}' of-xz
  has manifest.v1+json
  sdcont import - piped <root.tar
  sdcont import - piped-gz < <(cat root.tar.gz)
  sdcont import "$ROOT" directory
  for name in piped piped-gz directory; do
    run sdcont run --rm "$name" sh -c 'cat /etc/passwd | wc -l; touch /new'
    ended 0
    [ "$output" = 3 ]
  done
  [ "$(layer_of piped-gz)" = "$(layer_of plain)" ]
  diff <("$files" tree "$ROOT") <("$files" tree "$(layer_of directory)")
  run sdcont run --rm plain ls /new # what a container writes is not the image's
  ended 1
}

@test "everything that a file can be is kept" {
  cd "$BATS_TEST_TMPDIR"
  "$files" layer kinds kinds.tar
  run sdcont import kinds.tar kinds
  ended 0
  mkdir as-tar-has-it
  tar -C as-tar-has-it --numeric-owner --same-owner -p --xattrs --xattrs-include='*' --acls -xf kinds.tar
  diff <("$files" tree as-tar-has-it) <("$files" tree "$(layer_of kinds)")
  # and back: a directory with the same becomes the same, with holes
  truncate -s 1M as-tar-has-it/sparse
  echo end >>as-tar-has-it/sparse
  ln as-tar-has-it/sparse as-tar-has-it/no-enter/other-name
  printf 'x' >"as-tar-has-it/$(printf 'no-utf8-\377\376')"
  python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' as-tar-has-it/socket
  run sdcont import as-tar-has-it again
  ended 0
  rm as-tar-has-it/socket # means nothing without its listener, and is left out
  diff <("$files" tree as-tar-has-it) <("$files" tree "$(layer_of again)")
  [ "$(stat -c %b "$(layer_of again)/sparse")" -le 16 ]
}

@test "layers hide and replace what is below them" {
  image_of layered lower upper
  run sdcont run --rm layered sh -c 'cd /; find a b c d e lib/x file twice 2>/dev/null; cat file twice'
  ended 0
  [ "$(sort <<<"$output" | tr '\n' ' ')" = "a a/two c c/new d d/new e e/f e/f/new file lib/x secondtwice upper " ] ||
    [ "$(sort <<<"$output" | tr '\n' ' ')" = "a a/two c c/new d d/new e e/f e/f/new file lib/x twice uppersecond " ]
}

@test "hostile layers are refused, or do no harm: nothing outside of the layer is touched" {
  cd "$BATS_TEST_TMPDIR"
  mkdir decoy
  echo "of the host" >decoy/mark
  local before scenario kept
  before=$("$files" tree decoy)
  for scenario in $("$files" scenarios refused); do
    "$files" layer "$scenario" hostile.tar "$PWD/decoy"
    "$files" archive oci hostile:1 hostile-image.tar hostile.tar
    run sdcont load -i hostile-image.tar
    [[ $status = 125 && $(wc -l <<<"$output") = 1 && $output == "sdcont: "* ]] || {
      echo "$scenario: $status: $output" >&2
      return 1
    }
    [ "$("$files" tree decoy)" = "$before" ]
    store_is_empty
  done
  for scenario in $("$files" scenarios harmless); do
    "$files" layer "$scenario" hostile.tar "$PWD/decoy"
    run sdcont import hostile.tar hostile
    ended 0
    [ "$("$files" tree decoy)" = "$before" ]
    kept=$(layer_of hostile)
    ! grep -rqs "of the host" "$kept" || return 1
    ! "$files" marks "$kept" | grep . || return 1
    # and the next one that should go where it says does
    [ "$scenario" != through_link ] || [ "$(cat "$kept/$PWD/decoy/mark")" = hostile ]
    run sdcont rmi hostile
    ended 0
  done
  store_is_empty
}

@test "archives in which something is wrong are refused in one line, and nothing of them stays" {
  cd "$BATS_TEST_TMPDIR"
  local what
  "$files" archive oci whole:1 whole.tar "$BATS_FILE_TMPDIR/root.tar" # the twin
  sdcont load -q -i whole.tar
  sdcont rmi whole:1
  for what in $("$files" scenarios broken); do
    "$files" broken "$what" broken.tar
    run sdcont load -i broken.tar
    [[ $status = 125 && $(wc -l <<<"$output") = 1 && $output == "sdcont: "* ]] || {
      echo "$what: $status: $output" >&2
      return 1
    }
    store_is_empty
  done
  : >empty
  echo "no archive" >text
  for what in empty text /dev/null /etc .; do
    run sdcont load -i "$what"
    refused ""
    run sdcont import "$what/none" x
    refused ""
  done
  run sdcont import empty x
  refused "is empty"
  run sdcont import text x
  refused "text is damaged"
  run sdcont load -i root.tar.none
  refused "No such file"
  run sdcont load -i "$BATS_FILE_TMPDIR/root.tar"
  refused "is taken by sdcont import"
  store_is_empty
}

@test "an archive names its images, several of them, and gets them from skopeo and umoci" {
  cd "$BATS_TEST_TMPDIR"
  umoci init --layout img
  umoci new --image img:small
  umoci insert --rootless --image img:small "$ROOT/bin/busybox" /bin/busybox
  umoci insert --rootless --image img:small "$ROOT/etc" /etc
  umoci config --image img:small --config.entrypoint /bin/busybox --config.entrypoint echo --config.cmd hello
  skopeo copy -q oci:img:small docker-archive:docker.tar:small:docker
  skopeo copy -q oci:img:small oci-archive:oci.tar:small:oci
  local id
  id=$(skopeo inspect --raw oci:img:small | sed 's/.*"config":{[^}]*"digest":"\(sha256:[0-9a-f]*\)".*/\1/')
  run sdcont load -i docker.tar
  ended 0
  [ "$output" = "Loaded image: small:docker" ]
  run sdcont load <oci.tar
  ended 0
  [ "$output" = "Loaded image: small:oci" ]
  [ "$(sdcont image inspect -f '{{.Id}}' small:oci)" = "$id" ]
  [ "$(sdcont image inspect -f '{{.Id}}' small:docker)" = "$id" ]
  for name in small:docker small:oci "$id" "${id:7:12}"; do
    run sdcont run --rm "$name"
    ended 0
    [ "$output" = hello ]
  done
  # all of it in one archive, which others read, too
  run sdcont save -o all.tar small:docker small:oci
  ended 0
  skopeo inspect --raw docker-archive:all.tar:small:docker >/dev/null
  skopeo inspect --raw oci-archive:all.tar:small:oci >/dev/null
  sdcont save small:oci | gzip >oci-again.tar.gz
  sdcont rmi -f small:docker small:oci
  store_is_empty
  run sdcont load -q -i all.tar
  ended 0
  [ "$(sdcont images --format '{{.Repository}}:{{.Tag}}' | sort | tr '\n' ' ')" = "small:docker small:oci " ]
  sdcont rmi -f small:docker small:oci
  run sdcont load -q -i oci-again.tar.gz
  ended 0
  run sdcont run --rm small:oci
  [ "$output" = hello ]
}

@test "unpacked it is what umoci unpacks" {
  cd "$BATS_TEST_TMPDIR"
  image_of layered kinds lower upper
  skopeo copy -q oci-archive:image.tar oci:img:layered
  umoci unpack --image img:layered bundle
  # merged as a launch merges them, in a mount namespace of our own
  local layers
  layers=$(sdcont image inspect -f '{{.GraphDriver.Data.LowerDir}}' layered)
  mkdir merged
  unshare --mount sh -ec 'mount -t overlay overlay -o "lowerdir=$1" merged; "$2" tree merged' _ "$layers" "$files" >ours
  # umoci has no access control lists, and leaves a time to directories that no layer has
  "$files" tree bundle/rootfs | sed 's/system.posix_acl_access=[0-9a-f]*//' >theirs
  sed -i 's/system.posix_acl_access=[0-9a-f]*//' ours
  grep -v '^acl ' theirs >theirs.some
  grep -v '^acl ' ours | diff theirs.some -
}

@test "other tools read the store as it stands, and what they put there runs" {
  image_of mine:1 lower
  run skopeo inspect --raw "oci:$BATS_TEST_TMPDIR/store/images:mine:1"
  ended 0
  run umoci stat --image "$BATS_TEST_TMPDIR/store/images:mine:1"
  ended 0
  skopeo copy -q "oci-archive:$BATS_TEST_TMPDIR/image.tar" "oci:$BATS_TEST_TMPDIR/store/images:theirs"
  run sdcont images -q
  ended 0
  run sdcont run --rm --pull never theirs:latest cat /a/one
  ended 0
  [ "$output" = 1 ]
}

@test "the image says how it is run, and the command line says more" {
  export CONFIG='{"Env":["PATH=/bin:/mine","A=image","B=image"],"Entrypoint":["sh","-c"],"Cmd":["id -u; id -G; pwd; echo $A $B; echo $PATH"],
    "User":"app","WorkingDir":"/work/here","StopSignal":"SIGUSR1","Labels":{"x":"image","y":"image"}}'
  image_of configured lower
  run sdcont run --rm configured
  ended 0
  [ "$output" = "1000
1000 29 2000
/work/here
image image
/bin:/mine" ]
  run sdcont run --rm -e B=mine -u 0 -w / configured
  ended 0
  [ "$output" = "0
0
/
image mine
/bin:/mine" ]
  run sdcont run --rm configured 'echo instead'
  [ "$output" = instead ]
  run sdcont run --rm --entrypoint echo configured a b # the image's command goes with its entry point
  [ "$output" = "a b" ]
  run sdcont run --rm --entrypoint pwd configured
  [ "$output" = /work/here ]
  run sdcont run --rm --entrypoint '' configured
  refused "no COMMAND was given, and the image has none of its own"
  run sdcont run --rm --entrypoint '' configured pwd
  [ "$output" = /work/here ]
  run sdcont run --dry-run -l y=mine configured
  has '"x": "image"'
  has '"y": "mine"'
  has '"org.opencontainers.image.stopSignal": "SIGUSR1"'
}

@test "values of an image that want to be more than values" {
  export CONFIG='{"Env":["LD_PRELOAD=/evil.so","NOTIFY_SOCKET=/run/x","NL=a\nB=b","=x","no-value","SDCONT=1"],"Cmd":["env"],
    "Labels":{"a\nb":"c\nd"},"WorkingDir":"relative/dir"}'
  image_of odd lower
  run sdcont run --rm odd
  ended 0
  has LD_PRELOAD=/evil.so
  run sdcont run --rm odd pwd
  [ "$output" = /relative/dir ]
  local config
  for config in '{"User":"root:nosuch"}' '{"User":"4294967296"}' '{"User":"-1"}' '{"StopSignal":"SIGNONE"}' '{"WorkingDir":"/proc/self/fd/9"}'; do
    CONFIG=$config image_of bad lower
    run sdcont run --rm bad true
    refused ""
  done
}

@test "names are docker's" {
  image_of registry.example:5000/team/app:1.0 lower
  sdcont tag registry.example:5000/team/app:1.0 plain
  sdcont tag plain docker.io/library/plain:two
  run sdcont images --format '{{.Repository}} {{.Tag}}'
  [ "$(sort <<<"$output")" = "plain latest
plain two
registry.example:5000/team/app 1.0" ]
  local word
  for word in plain plain:latest docker.io/plain docker.io/library/plain:two library/plain; do
    run sdcont run --rm --pull never "$word" echo fine
    ended 0
  done
  for word in UPPER a/ /a/b:c:d :tag 'a b' a@sha256:1 "$(printf 'a%.0s' {1..300})" 'a:-x' '../x' 'a//b' "$(printf 'f%.0s' {1..64})"; do
    run sdcont tag plain "$word"
    refused "is no name of an image"
  done
  run sdcont run --rm --pull never nosuch true
  refused "there is no image 'nosuch' here"
  run sdcont images plain:two --format '{{.ID}} {{.Nothing}}'
  refused "there is no field .Nothing"
}

@test "rmi takes names, then the image; what a container uses stays" {
  image_of one lower
  sdcont tag one two
  run sdcont rmi one
  ended 0
  [ "$output" = "Untagged: one:latest" ]
  sdcont run --name user two true
  run sdcont rmi two
  ended 1
  has "the image 'two' is in use by container user"
  run sdcont rmi -f two
  ended 0
  run sdcont images --format '{{.Repository}}'
  [ "$output" = "<none>" ]
  run sdcont image prune -f
  ended 0
  has "Total reclaimed space: 0B"
  sdcont rm user
  run sdcont image prune -f
  ended 0
  has "Deleted: sha256:"
  store_is_empty
  run sdcont rmi two
  ended 1
  has "there is no image 'two' here"
  image_of one lower
  image_of one kinds # takes the name away from the other
  run sdcont images -f dangling=true -q
  [ "$(wc -l <<<"$output")" = 1 ]
  run sdcont image prune -f
  has "Deleted:"
  [ "$(sdcont images -q | wc -l)" = 1 ]
  run sdcont image prune -a -f
  store_is_empty
}

@test "127 layers" {
  cd "$BATS_TEST_TMPDIR"
  python3 - "$files" "$BATS_FILE_TMPDIR/root.tar" <<'PY'
import importlib.util, json, sys
sys.argv, files, root = ["x", "scenarios", "none"], sys.argv[1], sys.argv[2]
spec = importlib.util.spec_from_file_location("f", files)
f = importlib.util.module_from_spec(spec)
spec.loader.exec_module(f)
layers = [open(root, "rb").read()]
for i in range(126):
    layer = f.Layer()
    layer.file_(f"layer{i}", "x"), layer.file_("last", str(i))
    layers.append(layer.bytes())
image = f.Image(layers)
descriptor = image.blob(json.dumps(image.manifest()).encode(), f.OCI + "manifest.v1+json")
f.write_tar("many.tar", f.oci_members(image, f.index_of(descriptor, "many")))
PY
  LIMIT=200 sdcont load -q -i many.tar
  run sdcont run --rm many sh -c 'ls -d /layer* | wc -l; cat /last'
  ended 0
  [ "$output" = "126
125" ]
}

@test "two loads of the same at once do the work once" {
  cd "$BATS_TEST_TMPDIR"
  head -c 30M /dev/urandom >"$BATS_TEST_TMPDIR/big"
  tar -cf big.tar big
  "$files" archive oci twice:1 image.tar big.tar
  sdcont load -q -i image.tar &
  sdcont load -q -i image.tar
  wait $!
  [ "$(sdcont images -q | wc -l)" = 1 ]
  [ "$(ls store/layers | wc -l)" = 1 ]
  run sdcont system check
  ended 0
}

@test "a load that is killed leaves a whole store, and what it left goes with the next command" {
  cd "$BATS_TEST_TMPDIR"
  head -c 40M /dev/urandom >big
  tar -cf big.tar big
  "$files" archive oci killed:1 image.tar "$BATS_FILE_TMPDIR/root.tar" big.tar
  local delay
  for delay in 0.01 0.03 0.05 0.08 0.12 0.2 0.3; do
    sdcont load -q -i image.tar &
    sleep $delay
    pkill -KILL -P $! -x sdcont-image || true
    wait $! || true
    run sdcont system check
    ended 0
    sdcont rmi -f killed:1 2>/dev/null || true
    store_is_empty
  done
  sdcont load -q -i image.tar & # asked to end it cleans up by itself
  sleep 0.1
  pkill -TERM -P $! -x sdcont-image || true
  wait $! || true
  sdcont rmi -f killed:1 2>/dev/null || store_is_empty
}

@test "a full disk: one line, and nothing is left" {
  cd "$BATS_TEST_TMPDIR"
  head -c 60M /dev/urandom >big
  tar -cf big.tar big
  "$files" archive oci big:1 image.tar big.tar
  truncate -s 64M disk
  mkfs.ext4 -q -F disk
  mkdir small
  cat >try <<'TRY'
set -e
mount disk small
run() { "$SDCONT" --root "$PWD/small/store" --runtime-dir "$PWD/run" "$@"; }
run load -q -i image.tar 2>error && exit 1
[ "$(wc -l <error)" = 1 ]
grep -q 'sdcont: cannot .*: No space left on device; make room' error
[ -z "$(find small/store/tmp small/store/layers small/store/images/blobs/sha256 -mindepth 1)" ]
run import "$ROOT" fits >/dev/null
run run --rm fits echo it runs
TRY
  run unshare --mount timeout 60 sh try
  ended 0
  has "it runs"
}

@test "system check finds what was changed on disk, and puts it right" {
  image_of mine lower
  run sdcont system check
  ended 0
  has "all images are whole"
  local tree=$BATS_TEST_TMPDIR/store/layers id
  id=$(sdcont image inspect -f '{{json .RootFS.Layers}}' mine | sed 's/.*sha256:\([0-9a-f]*\)".*/\1/')
  echo changed >"$tree/$id/tree/a/one"
  run sdcont system check
  ended 1
  has "layer 2 of mine:latest was changed on disk, at /a/one"
  run sdcont system check --repair
  ended 0
  has "repaired: layer 2 of mine:latest"
  [ "$(cat "$tree/$id/tree/a/one")" = 1 ]
  rm -rf "${tree:?}/$id"
  run sdcont run --rm mine true
  ended 125
  run sdcont system check --repair
  ended 0
  run sdcont run --rm mine cat /a/one
  [ "$output" = 1 ]
  local blob
  blob=$(ls -S "$BATS_TEST_TMPDIR"/store/images/blobs/sha256/* | head -1)
  printf x | dd of="$blob" bs=1 seek=1000 conv=notrunc status=none
  run sdcont system check --repair
  ended 1
  has "is damaged"
}

@test "image inspect and history show what the image says" {
  export CONFIG='{"Cmd":["sh"],"ExposedPorts":{"80/tcp":{}},"Healthcheck":{"Test":["NONE"]}}'
  image_of shown:1 lower
  run sdcont image inspect shown:1
  ended 0
  python3 - "$output" <<'PY'
import json, sys
image, = json.loads(sys.argv[1])
assert image["RepoTags"] == ["shown:1"] and image["Os"] == "linux" and image["Created"] == "2001-02-03T04:05:06Z"
assert image["Config"]["ExposedPorts"] == {"80/tcp": {}} and image["Config"]["Healthcheck"] == {"Test": ["NONE"]}
assert len(image["RootFS"]["Layers"]) == 2 and image["Size"] > 1000000, image
PY
  run sdcont history --format '{{.CreatedBy}} {{.CreatedSince}}' shown:1
  ended 0
  [[ $output == "layer 1 2"*" years ago
layer 0 2"*" years ago" ]]
  run sdcont image inspect nothing
  ended 1
  has "there is no image 'nothing' here"
  run sdcont images --format json
  python3 -c 'import json,sys; assert json.loads(sys.argv[1])["Repository"] == "shown"' "$output"
}
