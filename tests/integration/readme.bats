#!/usr/bin/env bats
# Every example of the README runs, and prints what it shows.

load common

@test "the README's examples" {
  run python3 "$BATS_TEST_DIRNAME/readme.py" "$SDCONT" "$BATS_TEST_DIRNAME/../../README.md"
  ended 0
  has "all well"
}
