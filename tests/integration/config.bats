#!/usr/bin/env bats
# Files instead of words: sdcont.conf with its drop-ins, and files of options.

load common

# with sdcont.conf and its drop-ins below $BATS_TEST_TMPDIR
configured() { sdcont --config "$BATS_TEST_TMPDIR/sdcont.conf" "$@"; }
write_config() { mkdir -p "$BATS_TEST_TMPDIR/sdcont.conf.d" && cat >"$BATS_TEST_TMPDIR/sdcont.conf${1:+.d/$1}"; }

@test "sdcont.conf: defaults for every container, which words and drop-ins change" {
  printf '# all\nmemory = 64M\npids-limit=77\nulimit = nofile=100:200\n' | write_config
  show='cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max; ulimit -n'
  run configured run --rm "$ROOT" sh -c "$show"
  [ "$(echo $output)" = "$((64 << 20)) 77 100" ]
  printf 'pids-limit = 88\n' | write_config 20-more.conf
  printf 'pids-limit = 99\nmemory = 50M\n' | write_config 10-less.conf
  printf 'nonsense' | write_config not-read
  run configured run --rm "$ROOT" sh -c "$show"
  [ "$(echo $output)" = "$((50 << 20)) 88 100" ]
  run configured run --rm --memory 40M --no-rootfs sh -c "ulimit -n"
  [ "$output" = 100 ]
  run configured run --rm --memory 40M "$ROOT" sh -c "$show"
  [ "$(echo $output)" = "$((40 << 20)) 88 100" ]
}

@test "sdcont.conf: the store, the driver, and the log" {
  store=$BATS_TEST_TMPDIR/store
  printf 'root = %s/root\nruntime-dir = %s/run\ncgroup-manager = cgroupfs\nlog-driver = json-file\nlog-opt = max-size=8k\n' "$store" "$store" | write_config
  unified && systemd_here && sed -i /cgroup-manager/d "$BATS_TEST_TMPDIR/sdcont.conf"
  configured run -d --quiet --name kept "$ROOT" sh -c 'echo here' >/dev/null
  configured wait kept
  run configured logs kept
  [ "$output" = here ]
  [ -L "$store/root/names/kept" ]
  [ ! -e "$store/root/images/blobs" ]
  run configured --root /var/lib/sdcont ps -a --format '{{.Names}}'
  [[ $output != *kept* ]]
  configured rm kept
}

@test "sdcont.conf: what is wrong is told with file and line, and keeps nobody from ending containers" {
  sdcont run -d --name web "$ROOT" sleep 1000 >/dev/null
  printf 'memory = 64M\nmemroy = 64M\n' | write_config
  run configured run --rm "$ROOT" true
  refused "$BATS_TEST_TMPDIR/sdcont.conf:2: 'memroy' is not for sdcont.conf"
  configured rm -f web
  printf '\n\nmemory = 64Q\n' | write_config
  run configured run --rm "$ROOT" true
  refused "sdcont.conf:3: --memory"
  printf 'cgroup-manager = docker\n' | write_config 50.conf
  run configured ps
  refused "sdcont.conf.d/50.conf:1: cgroup-manager: 'docker' is not available"
  run sdcont config check "$BATS_TEST_TMPDIR/sdcont.conf"
  ended 125
  has "50.conf:1"
  printf 'name = x\n' | write_config 50.conf
  run configured run --rm "$ROOT" true
  refused "'name' is not for sdcont.conf"
  run sdcont --config "$BATS_TEST_TMPDIR/absent.conf" ps
  refused "there is no"
  run sdcont ps --config x
  refused "before the command"
}

@test "sdcont.conf costs one call where there is none" {
  [ ! -e /etc/sdcont ] || skip "not here: this machine has an /etc/sdcont"
  strace -f -o "$BATS_TEST_TMPDIR/trace" "$SDCONT" run --rm "$ROOT" true
  [ "$(grep -c '"/etc/sdcont' "$BATS_TEST_TMPDIR/trace")" -eq 1 ]
}

@test "--option-file: the options of a container, in their place among others" {
  file=$BATS_TEST_TMPDIR/web.conf
  cat >"$file" <<F
; a container
image = $ROOT
env = A=from file
env = B=b=c
read-only = no
command = sh -c 'echo "\$A" \$B \$C; cat /sys/fs/cgroup/pids.max' \\
  ignored
pids-limit = 70
F
  run sdcont run --rm -e A=before -e C=too --pids-limit 60 --option-file "$file"
  ended 0
  [ "$output" = $'from file b=c too\n70' ]
  run sdcont run --rm --option-file="$file" -e A=after --pids-limit 80
  [ "$output" = $'after b=c\n80' ]
  run sdcont run --rm --option-file "$file" echo other words
  [ "$output" = "other words" ]
  sdcont create --option-file "$file" --name made >/dev/null
  run sdcont start -a made
  [ "$output" = $'from file b=c\n70' ]
  sdcont rm made
}

@test "--option-file: each fault with file and line; config check tells the same without running anything" {
  file=$BATS_TEST_TMPDIR/web.conf
  check() { # check TEXT-OF-FILE COMPLAINT
    printf "$1" >"$file"
    run sdcont run --rm --option-file "$file" "$ROOT" true
    refused "$file:$2"
    run sdcont config check "$file"
    refused "$file:$2"
  }
  check 'image = host\nmemroy = 5M\n' "2: 'memroy' is no option; did you mean memory?"
  check '# x\nimage = host\nmemory = 5Q\n' "3: --memory"
  check 'memory\n' "1: memory needs a value"
  check 'read-only = perhaps\n' "1: read-only: 'perhaps' is neither yes nor no"
  check 'Memory = 5M\n' "1: 'Memory = 5M' is no option"
  check '[Container]\n' "1: '[Container]': there are no sections here"
  check 'image = host\ncommand = "x\n' "2: a quote has no end"
  check 'env = A=1\npull = sometimes\n' "2: --pull"
  check 'image = host\ncap-add = chown\ncap-add = nonsense\n' "3: --cap-add"
  check 'image =\n' "1: the image is empty"
  check 'option-file = x\n' "1: a file of options cannot name another"
  printf 'memory = 64M\n' >"$file"
  run sdcont config check "$file"
  refused "$file: sdcont run: no IMAGE was given"
  printf 'image = host\nmemory = 64M\ncommand = true\n' >"$file"
  run sdcont config check "$file"
  ended 0
  [ "$output" = "$file: well" ]
  run sdcont config check "$BATS_TEST_TMPDIR/absent"
  refused "there is no file"
}

@test "--replace takes the place of whoever has the name" {
  sdcont run -d --name web "$ROOT" sleep 1000 >/dev/null
  old=$(readlink /var/lib/sdcont/names/web)
  sdcont run -d --replace --name web "$ROOT" sleep 2000 >/dev/null
  [ "$(readlink /var/lib/sdcont/names/web)" != "$old" ]
  [ "$(sdcont ps -aq | wc -l)" -eq 1 ]
  sdcont rm -f web
  run sdcont run --replace "$ROOT" true
  refused "--replace needs --name"
}
