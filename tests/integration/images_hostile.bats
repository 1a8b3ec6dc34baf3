#!/usr/bin/env bats
# Archives of all kinds, whole, odd, damaged and hostile; stores that are killed, full, or changed by others.

load common
load images_common

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
  local layers scenarios
  for scenarios in "kinds lower upper" "lower opaque_root" "lower opaque_root above" "odd_lower through_links"; do
    # shellcheck disable=SC2086 # words
    image_of layered $scenarios
    rm -rf img bundle merged
    skopeo copy -q oci-archive:image.tar oci:img:layered
    umoci unpack --image img:layered bundle
    # merged as a launch merges them, in a mount namespace of our own, with an upper layer: one alone is no overlay
    layers=$(sdcont image inspect -f '{{.GraphDriver.Data.LowerDir}}' layered)
    mkdir -p merged
    # shellcheck disable=SC2016 # the other shell's
    unshare --mount sh -ec 'mount -t tmpfs none /mnt; mkdir /mnt/upper /mnt/work; chmod --reference="${1%%:*}" /mnt/upper
      mount -t overlay overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" merged; "$2" tree merged' _ "$layers" "$files" >ours
    # umoci has no access control lists, and leaves a time to directories that no layer has
    "$files" tree bundle/rootfs | sed 's/system.posix_acl_access=[0-9a-f]*//' >theirs
    sed -i 's/system.posix_acl_access=[0-9a-f]*//' ours
    grep -v '^acl ' theirs >theirs.some
    grep -v '^acl ' ours | diff theirs.some - | head -n 20 >difference
    [ ! -s difference ] || {
      echo "$scenarios:" "$(cat difference)" >&2
      return 1
    }
    sdcont rmi layered # a layer gets what it does not say from the first image that it is of
  done
}

@test "other tools read the store as it stands, and what they put there runs" {
  cd "$BATS_TEST_TMPDIR"
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
  # one whose layers nobody has unpacked yet
  "$files" layer kinds kinds.tar
  "$files" archive oci other:1 other.tar "$BATS_FILE_TMPDIR/root.tar" kinds.tar
  skopeo copy -q oci-archive:other.tar "oci:$BATS_TEST_TMPDIR/store/images:other:2"
  run sdcont run --rm other:2 cat /user
  ended 0
  [ "$output" = u ]
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
  run sdcont system check
  ended 1
  has "layer 2 of mine:latest is not unpacked"
  run sdcont run --rm mine cat /a/one # needs it, and unpacks it
  ended 0
  [ "$output" = 1 ]
  local blob
  blob=$(find "$BATS_TEST_TMPDIR/store/images/blobs/sha256" -size +1000k)
  printf x | dd of="$blob" bs=1 seek=1000 conv=notrunc status=none
  run sdcont system check
  ended 1
  has "is damaged (sha256:${blob##*/})"
  run sdcont save -o "$BATS_TEST_TMPDIR/out.tar" mine
  refused "the blob sha256:${blob##*/} is damaged"
  [ ! -e "$BATS_TEST_TMPDIR/out.tar" ]
  run sdcont system check --repair
  ended 1
  has "; pull or load the image again"
  sdcont load -q -i "$BATS_TEST_TMPDIR/image.tar"
  run sdcont system check
  ended 0
}

@test "of an index the manifest for this machine, or for the platform that is asked for" {
  start_registry
  image_of amd:1 lower
  local other=s390x
  python3 - "$files" "$BATS_TEST_TMPDIR" "$port" $other <<'PY'
import importlib.util, json, sys, urllib.request
files, directory, port, other = sys.argv[1:]
sys.argv = ["x", "scenarios", "none"]
spec = importlib.util.spec_from_file_location("f", files)
f = importlib.util.module_from_spec(spec)
spec.loader.exec_module(f)
def put(path, data, kind, method="PUT"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": kind}, method=method)
    return urllib.request.urlopen(request)
manifests = []
for architecture in [other, None]:
    image = f.Image([open(directory + "/../root.tar", "rb").read()] if False else [f.layer_of("lower")])
    image.config["architecture"] = architecture or image.config["architecture"]
    image.config["config"]["Labels"] = {"for": image.config["architecture"]}
    manifest = json.dumps(image.manifest()).encode()
    for d, data in image.blobs.items():
        where = put("/v2/multi/blobs/uploads/", b"", "application/octet-stream", "POST").headers["Location"]
        where = where[where.index("/v2/"):]
        put(where + ("&" if "?" in where else "?") + "digest=" + d, data, "application/octet-stream")
    put("/v2/multi/manifests/" + f.digest(manifest), manifest, f.OCI + "manifest.v1+json")
    manifests.append({"mediaType": f.OCI + "manifest.v1+json", "digest": f.digest(manifest), "size": len(manifest),
                      "platform": {"os": "linux", "architecture": image.config["architecture"]}})
index = json.dumps({"schemaVersion": 2, "mediaType": f.OCI + "index.v1+json", "manifests": manifests}).encode()
put("/v2/multi/manifests/latest", index, f.OCI + "index.v1+json")
PY
  run sdcont pull "localhost:$port/multi"
  ended 0
  run sdcont image inspect -f '{{.Config.Labels}} {{.Architecture}}' "localhost:$port/multi"
  [[ $output != *$other* ]]
  run sdcont pull --platform linux/$other "localhost:$port/multi"
  ended 0
  run sdcont image inspect -f '{{.Config.Labels.for}}' "localhost:$port/multi"
  [ "$output" = $other ]
  run sdcont pull --platform plan9/mips "localhost:$port/multi"
  refused "has nothing for plan9/mips; --platform can be linux/$other, linux/"
  stop_registry
}
