#!/usr/bin/env bats
# Every example of the README runs, and prints what it shows.

load common

@test "the README's examples" {
  run python3 "$BATS_TEST_DIRNAME/readme.py" "$SDCONT" "$BATS_TEST_DIRNAME/../../README.md"
  ended 0
  has "all well"
}

# podman as this machine's cgroups and limits let it run (see podman.bats)
make_docker() {
  cat >"$1" <<DOCKER
#!/bin/bash
at=$BATS_TEST_TMPDIR/podman
[ "\$1" != run ] || set -- run --network none --ulimit nofile=$(ulimit -n) --ulimit nproc=30000 "\${@:2}"
exec podman --root "\$at" --storage-driver=vfs --runroot "\$at.run" --tmpdir "\$at.tmp" --cgroup-manager=cgroupfs \\
  --events-backend=none --log-level=error --runtime="$(command -v runc)" "\$@" 3>&- 4>&-
DOCKER
  chmod +x "$1"
}
end_podman() {
  "$1" rm -fa
  find /sys/fs/cgroup -depth -type d \( -path '*/mygroup*' -o -path '*/libpod_parent*' \) -exec rmdir {} + 2>/dev/null || true
}

@test "the same task in the words of others" {
  cd "$BATS_TEST_TMPDIR"
  cp -a "$ROOT" root
  tar -C root -cf root.tar .
  sdcont import root.tar mybox
  docker=
  if [ "$SDCONT_ENV" = host ]; then
    docker=$BATS_TEST_TMPDIR/docker
    make_docker "$docker"
    "$docker" import root.tar mybox
  fi
  DOCKER=$docker run python3 "$BATS_TEST_DIRNAME/readme_words.py" "$SDCONT" "$BATS_TEST_DIRNAME/../../README.md"
  [ -z "$docker" ] || end_podman "$docker"
  sdcont rmi mybox
  [ -z "$docker" ] || sdcont rmi localhost/mybox # what podman had saved, and sdcont loaded
  ended 0
  has "all well"
  echo "$output" >&3
}

@test "installed, it finds what belongs to it" {
  command -v cmake >/dev/null || skip "not here: no cmake, which installs it"
  cmake --install "$(dirname "$SDCONT")" --strip --prefix "$BATS_TEST_TMPDIR/usr" >/dev/null
  run timeout -k 5 60 "$BATS_TEST_TMPDIR/usr/bin/sdcont" run --rm --init "$ROOT" echo fine
  ended 0
  has fine
  [ -f "$BATS_TEST_TMPDIR/usr/lib/systemd/system/sdcont.slice" ]
}
