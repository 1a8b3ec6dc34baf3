#!/usr/bin/env bats
# Random commands by several workers: see soak.py. SDCONT_SOAK_SECONDS says how long (30 for both), SDCONT_SOAK_SEED which
# (1).

load common

# The search for an order of what many do at a time, with killed ones among them, does not know each of their traces:
# what it cannot explain fails a soak by hand. What hangs, is answered in no known words, or is left, fails each.
seconds=${SDCONT_SOAK_SECONDS:-30}
orders=$([ -n "${SDCONT_SOAK_SECONDS:-}" ] && echo fail || echo tell)
export BATS_TEST_TIMEOUT=$((seconds + 600))

soak() {
  [[ $SDCONT_ENV != vm-* ]] || skip "not here: an emulated processor has no time for many commands"
  run python3 "$BATS_TEST_DIRNAME/soak.py" --sdcont "$SDCONT" --rootfs "$ROOT" --seed "${SDCONT_SOAK_SEED:-1}" --orders "$orders" "$@"
  echo "$output"
  ended 0
  grep commands <<<"# $output" >&3
}

@test "twenty containers, random commands: each answer is a known one, nothing hangs, and nothing is left" {
  soak --seconds $((seconds * 2 / 3)) --killed 0.05
}

@test "twenty commands at a time on two names, many of them killed: the same" {
  soak --seconds $((seconds / 3)) --workers 20 --containers 2 --killed 0.2
}
