#!/usr/bin/env bats
# Every example of the README runs, and prints what it shows.

load common

@test "the README's examples" {
  run python3 "$BATS_TEST_DIRNAME/readme.py" "$SDCONT" "$BATS_TEST_DIRNAME/../../README.md"
  ended 0
  has "all well"
}

@test "installed, it finds what belongs to it" {
  command -v cmake >/dev/null || skip "not here: no cmake, which installs it"
  cmake --install "$(dirname "$SDCONT")" --strip --prefix "$BATS_TEST_TMPDIR/usr" >/dev/null
  run timeout -k 5 60 "$BATS_TEST_TMPDIR/usr/bin/sdcont" run --rm --init "$ROOT" echo fine
  ended 0
  has fine
  [ -f "$BATS_TEST_TMPDIR/usr/lib/systemd/system/sdcont.slice" ]
}
