#!/usr/bin/env bats
# Random commands by several workers: see soak.py. SDCONT_SOAK_SECONDS says how long (50), SDCONT_SOAK_SEED which (the
# day's).

load common

soak() {
  export BATS_TEST_TIMEOUT=$((${SDCONT_SOAK_SECONDS:-50} + 240))
  run python3 "$BATS_TEST_DIRNAME/soak.py" --sdcont "$SDCONT" --rootfs "$ROOT" --seed "${SDCONT_SOAK_SEED:-$(date +%Y%m%d)}" "$@"
  echo "$output"
  ended 0
}

@test "twenty containers: each answer is one that some order of the commands gives, and nothing is left" {
  soak --seconds "${SDCONT_SOAK_SECONDS:-50}"
}
