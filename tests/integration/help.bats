#!/usr/bin/env bats
# What the program tells of itself.

load common

@test "each command has a help, with examples, and stands in the help of all" {
  run sdcont help
  ended 0
  all=$output
  while IFS=$'\t' read -r _ command summary; do
    [[ $all == *"  $command "*" $summary"* ]]
    read -ra words <<<"$command"
    run sdcont "${words[@]}" --help
    ended 0
    [[ $output == "Usage: sdcont $command "* ]]
    has $'\nExamples:\n  # '
    help=$output
    run sdcont help "${words[@]}"
    [ "$output" = "$help" ]
  done < <(sdcont __manual commands)
  run sdcont --help
  [ "$output" = "$all" ]
}

@test "a group of commands has a help of its own" {
  run sdcont volume --help
  ended 0
  has "Usage: sdcont volume COMMAND"
  has $'\n  prune '
  run sdcont help container
  ended 0
  has $'\n  ls '
  run sdcont volume
  refused "sdcont volume: no command was given; see sdcont volume --help"
  run sdcont help nosuch
  refused "'nosuch' is not a command"
}

@test "the installed manual is that of this program" {
  command -v cmake >/dev/null || skip "not here: no cmake, which installs it"
  cmake --install "$(dirname "$SDCONT")" --prefix "$BATS_TEST_TMPDIR/usr" >/dev/null
  MANWIDTH=300 run man --no-hyphenation -M "$BATS_TEST_TMPDIR/usr/share/man" sdcont-stop
  ended 0
  has "sdcont stop [OPTIONS] CONTAINER"
  has "--timeout TIME"
  MANWIDTH=300 run man --no-hyphenation -M "$BATS_TEST_TMPDIR/usr/share/man" 7 sdcont-limits
  ended 0
  has "MemoryMax (231)"
  has "blkio.throttle.read_bps_device"
}
