#!/usr/bin/env bats
# Random commands by several workers: see soak.py. SDCONT_SOAK_SECONDS says how long (60 for both), SDCONT_SOAK_SEED which
# (the day's).

load common

seconds=${SDCONT_SOAK_SECONDS:-60}
export BATS_TEST_TIMEOUT=$((seconds + 600))

soak() {
  [[ $SDCONT_ENV != vm-* ]] || skip "not here: an emulated processor has no time for many commands"
  run python3 "$BATS_TEST_DIRNAME/soak.py" --sdcont "$SDCONT" --rootfs "$ROOT" --seed "${SDCONT_SOAK_SEED:-$(date +%Y%m%d)}" "$@"
  echo "$output"
  ended 0
  grep commands <<<"# $output" >&3
}

@test "twenty containers: each answer is one that some order of the commands gives, and nothing is left" {
  soak --seconds $((seconds * 2 / 3)) --killed 0.05
}

@test "twenty commands at a time on two names, many of them killed: the same" {
  soak --seconds $((seconds / 3)) --workers 20 --containers 2 --killed 0.2
}
