# shellcheck shell=bash
# Sourced by the files that test images: each test has a store of its own.

# shellcheck disable=SC2034 # for the tests
files="$BATS_TEST_DIRNAME/image_files.py"

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$BATS_TEST_DIRNAME/../lab/rootfs" "$ROOT"
  tar -C "$ROOT" -cf "$BATS_FILE_TMPDIR/root.tar" .
}

sdcont() { timeout -k 5 "${LIMIT:-60}" "$SDCONT" --root "$BATS_TEST_TMPDIR/store" --runtime-dir "$BATS_TEST_TMPDIR/run" "$@"; }
clean_up() {
  local -a left=("$BATS_TEST_TMPDIR"/run/containers/*)
  [ ! -e "${left[0]}" ] || sdcont rm -f "${left[@]##*/}" >/dev/null || true
}
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

# A registry of Debian's on loopback, with its log in $BATS_TEST_TMPDIR/registry.log.
start_registry() {
  port=$((20000 + RANDOM % 20000))
  mkdir -p "$BATS_TEST_TMPDIR/registry"
  cat >"$BATS_TEST_TMPDIR/registry.yml" <<YAML
version: 0.1
log: {accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: $BATS_TEST_TMPDIR/registry}}
http: {addr: "127.0.0.1:$port"}
YAML
  docker-registry serve "$BATS_TEST_TMPDIR/registry.yml" >"$BATS_TEST_TMPDIR/registry.log" 2>&1 3>&- &
  registry=$!
  wait_until bash -c "exec 4<>/dev/tcp/127.0.0.1/$port"
}
stop_registry() {
  kill "$registry"
  wait "$registry" || true
}
fetched() { grep -c 'GET /v2/.*/blobs/' "$BATS_TEST_TMPDIR/registry.log" || true; }
