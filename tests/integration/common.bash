# Sourced by every test file. SDCONT is the program; SDCONT_ENV names the row of the lab: host, box, vm-bookworm,
# vm-trixie, vm-none. Each test starts and ends with a machine that shows nothing of sdcont.

bats_require_minimum_version 1.5.0 # run -127
: "${SDCONT:?the path of the program under test}"
: "${SDCONT_ENV:=host}"

lab=$BATS_TEST_DIRNAME/../lab

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$lab/rootfs" "$ROOT"
}

setup() {
  others=$(containers)
  before=$(footprint)
}

teardown() {
  local id
  ! declare -F clean_up >/dev/null || clean_up # of a test that failed, what the file knows of
  for id in $(containers); do
    grep -qx "$id" <<<"$others" || "$SDCONT" rm -f "$id" >/dev/null || true # what was there before is not ours
  done
  wait_until same_footprint || {
    diff <(echo "$before") <(footprint) >&2
    return 1
  }
}

sdcont() { timeout -k 5 "${LIMIT:-60}" "$SDCONT" "$@"; }
# A container of the small root that is gone afterwards.
run_root() { sdcont run --rm "${@:1:$#-1}" "$ROOT" sh -c "${@:$#}"; }

systemd_here() { [ -d /run/systemd/system ]; }
unified() { [ -f /sys/fs/cgroup/cgroup.controllers ]; }

# The ids of all containers. (Processes cost much where a processor is emulated: none is started for nothing.)
containers() {
  local -a found=(/run/sdcont/containers/* /var/lib/sdcont/containers/*)
  [[ ! -e ${found[0]} && ! -e ${found[-1]} ]] || "$SDCONT" ps -aq 2>/dev/null || true
}

# What a finished container must not leave: cgroups, mounts, directories, processes, units.
footprint() {
  local -a mounts
  # an image store without images stays, and what lies under all images
  find /sys/fs/cgroup /run/sdcont /var/lib/sdcont \
    -path '/sys/*' \( -type d -name '*sdcont*' ! -name sdcont.slice ! -path '*/box[-.]*' -print -o -true \) -o \
    -path '*/images/blobs/*/*' -print -o \
    -path '*/sdcont/*/*' ! -path '*/mount-points/*' ! -path '*/images/blobs*' ! -path '*/images/oci-layout' ! -path '*/images/index.json' -print 2>/dev/null || true
  mapfile -t mounts </proc/self/mountinfo
  echo "${#mounts[@]}"
  our_processes
  compgen -G '/run/systemd/transient/sdcont-*.scope' || true # also of one that has failed
}
# pids of sdcont's programs that live in our pid namespace
our_processes() {
  local file process stat
  grep -lsxE 'sdcont(-.+)?' /proc/[0-9]*/comm | while read -r file; do
    process=${file%/comm}
    { read -r stat <"$process/stat"; } 2>/dev/null || continue
    [[ ${stat##*) } != [ZX]* && $process/ns/pid -ef /proc/self/ns/pid ]] || continue # the dead are whose children they are
    echo "${process#/proc/}"
  done || true
}
same_footprint() { [ "$(footprint)" = "$before" ]; }

# Tries a command for some seconds.
wait_until() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  return 1
}

# fails unless $output holds the text
has() {
  [[ $output == *"$1"* ]] || {
    printf 'expected: %s\nin: %s\n' "$1" "$output" >&2
    return 1
  }
}

# fails unless the last `run` ended with the status
ended() {
  [ "$status" -eq "$1" ] || {
    printf 'expected status %s, got %s: %s\n' "$1" "$status" "$output" >&2
    return 1
  }
}

# one line on standard error, of ours, with the given status (125 if not said)
refused() {
  ended "${2:-125}"
  [[ $output == "sdcont: "* ]] || {
    printf 'not an error of ours: %s\n' "$output" >&2
    return 1
  }
  [ "$(wc -l <<<"$output")" -eq 1 ]
  has "$1"
}

# Where a container that runs has its own files: directory_of NAME CONTROLLER
directory_of() {
  local pid line
  pid=$(init_of "$1")
  if unified; then
    echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")"
  else
    line=$(grep -E ":([^:]*,)?$2(,[^:]*)?:" "/proc/$pid/cgroup")
    echo "/sys/fs/cgroup/$2${line##*:}"
  fi
}

# pid of the init of a container, by name, once it runs
init_of() {
  local id
  id=$(readlink "/var/lib/sdcont/names/$1")
  sed -n 's/.*"init":{"pid":\([0-9]*\).*/\1/p' "/run/sdcont/containers/$id/record.json"
}
# The record of a container, by name; status_is NAME STATUS
record_of() {
  local id
  id=$(readlink "/var/lib/sdcont/names/$1")
  cat "/run/sdcont/containers/$id/record.json" 2>/dev/null || cat "/var/lib/sdcont/containers/$id/record.json"
}
status_is() { record_of "$1" | grep -q "\"status\":\"$2\""; }
detached() { sdcont run -d "$@" >/dev/null; }
# Its command runs: the record says "running" a little before that.
runs() {
  local id
  id=$(readlink "/var/lib/sdcont/names/$1") && [ -n "$(init_of "$1" 2>/dev/null)" ] && [ ! -e "/run/sdcont/launching/$id" ] &&
    grep -q '"status":"running"' "/run/sdcont/containers/$id/record.json"
}
