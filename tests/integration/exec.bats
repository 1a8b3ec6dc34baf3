#!/usr/bin/env bats
# Commands in a container that runs: what they are given, what becomes of them, and what the container may not do to
# them.

load common

[[ $SDCONT_ENV == vm-* ]] && emulated=1 || emulated=

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$lab/rootfs" "$ROOT"
  cat >"$ROOT/bin/facts" <<'S'
#!/bin/sh
grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/$1/status
echo "$(id -u) $(id -g) $(id -G)"
grep -E 'open files|core file' /proc/$1/limits
cat /proc/$1/oom_score_adj /proc/$1/cgroup
for n in cgroup ipc mnt net pid uts; do readlink /proc/$1/ns/$n; done
pwd
S
  chmod 755 "$ROOT/bin/facts"
}

# start NAME [OPTION...] -- COMMAND...: a container in the background
start() {
  local name=$1 options=()
  shift
  while [ "$1" != -- ]; do options+=("$1") && shift; done
  shift
  "$SDCONT" run --rm --name "$name" "${options[@]}" "$ROOT" "$@" >"$BATS_TEST_TMPDIR/$name.out" 2>&1 &
  client=$!
  wait_until runs "$name"
}
finish() {
  sdcont rm -f "$1"
  wait "$client" || true
}
# Whether a process with this command line is in the container.
sees() { sdcont exec "$1" ps -o args | grep -qx "$2"; }
# The records of a container's execs, one after the other.
records() { cat /run/sdcont/containers/"$(readlink "/var/lib/sdcont/names/$1")"/exec/*.json; }

@test "a command has what the container's first one has" {
  start same -e A=1 --ulimit nofile=100:200 --oom-score-adj 300 --cap-add NET_RAW --cap-drop CHOWN -w /tmp \
    --security-opt no-new-privileges --memory 64M -u app -- sh -c 'facts self >/tmp/first; sleep 1000'
  wait_until sdcont exec same test -s /tmp/first
  run sdcont exec same facts self
  ended 0
  [ "$output" = "$(sdcont exec same cat /tmp/first)" ]
  has "NoNewPrivs:	1"
  has "1000 1000 1000 29 2000" || has "1000 1000 1000 29"
  run sdcont exec same sh -c 'ps -o pid,args | grep "[s]leep 1000"; hostname'
  ended 0
  # the same cgroups, seen from here
  sdcont exec same sleep 2000 &
  wait_until sees same 'sleep 2000'
  pid=$(pgrep -xf 'sleep 2000' --ns "$(init_of same)" --nslist pid)
  [ "$(cat "/proc/$pid/cgroup")" = "$(cat "/proc/$(init_of same)/cgroup")" ]
  [ "$(awk '/^CapInh|^CapAmb/ {print $2}' "/proc/$pid/status" | sort -u)" = 0000000000000000 ]
  finish same
}

@test "statuses: the command's, 125, 126, 127, 128 and the signal" {
  start status -- sleep 1000
  run sdcont exec status true
  ended 0
  run sdcont exec status sh -c 'exit 7'
  ended 7
  run sdcont exec status sh -c 'kill -TERM $$'
  ended 143
  run -127 sdcont exec status nosuchprogram
  refused "cannot find 'nosuchprogram'" 127
  run sdcont exec status /etc
  refused "cannot execute /etc" 126
  run sdcont exec status sh -c 'printf "#!/nosuch\n" >/tmp/s; chmod 755 /tmp/s'
  run -127 sdcont exec status /tmp/s
  refused "interpreter" 127
  run sdcont exec status sh -c 'echo data >/tmp/d; chmod 755 /tmp/d'
  run sdcont exec status /tmp/d
  refused "cannot execute /tmp/d" 126
  run sdcont exec nosuchcontainer true
  refused "there is no container"
  run sdcont exec status
  refused "a container and a command"
  run sdcont exec --nosuch status true
  refused "--nosuch"
  run sdcont exec -u nosuchuser status true
  refused nosuchuser
  run sdcont exec "$(readlink /var/lib/sdcont/names/status | cut -c 1-10)" true
  ended 0
  finish status
  run sdcont exec status true
  refused "there is no container"
  sdcont run --name ended "$ROOT" true
  run sdcont exec ended true
  refused "container ended is not running"
  sdcont rm ended
}

@test "-e, --env-file, -u, -w, --privileged, and the standard files" {
  start words -e A=1 -e B=2 -- sleep 1000
  printf 'C=3\nB=file\n' >"$BATS_TEST_TMPDIR/env"
  run env SECRET=x FROM_HOST=h "$SDCONT" exec --env-file "$BATS_TEST_TMPDIR/env" -e B=word -e FROM_HOST -e UNSET_HERE words env
  ended 0
  if grep -qE 'SECRET|UNSET_HERE|TERM' <<<"$output"; then false; fi
  has A=1
  has B=word
  has C=3
  has FROM_HOST=h
  has HOME=/root
  run sdcont exec -u app words sh -c 'id -un; echo $HOME; grep CapEff /proc/self/status'
  [ "${lines[0]}${lines[1]}" = app/home/app ]
  has "CapEff:	0000000000000000"
  for user in 4294967296 -1 0:4294967295 2147483648 a:b:c ../x; do
    run sdcont exec "--user=$user" words id
    ended 125
  done
  run sdcont exec -w /var/tmp words pwd
  [ "$output" = /var/tmp ]
  run sdcont exec -w /nosuch words pwd
  refused "/nosuch"
  run sdcont exec words test -e /nosuch
  ended 1
  run sdcont exec --privileged words grep CapEff /proc/self/status
  [ "$((16#${output##*	}))" -eq "$((16#$(awk '/^CapEff/ {print $2}' /proc/self/status)))" ]

  run sdcont exec words sh -c 'echo out; echo err >&2' 2>/dev/null
  has out
  [ "$(echo typed | sdcont exec -i words cat)" = typed ]
  [ -z "$(echo typed | sdcont exec words cat)" ]
  [ "$(sdcont exec words sh -c 'echo out; echo err >&2' 2>/dev/null)" = out ]
  head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/data"
  sdcont exec -i words cat <"$BATS_TEST_TMPDIR/data" | cmp - "$BATS_TEST_TMPDIR/data"
  # nothing else of the caller's
  exec 7<"$BATS_TEST_DIRNAME" 8</etc/passwd
  run sdcont exec words sh -c 'ls -l /proc/self/fd | grep -vE " [012] -> |fd/?$|^total"; cat /proc/self/environ | tr "\0" "\n"'
  if [[ $output == *"->"* ]]; then false; fi
  exec 7<&- 8<&-
  number='import ctypes; print(ctypes.CDLL(None).syscall(250, 0, -3, 0))'
  [ "$(keyring_inside)" != "$(python3 -c "$number")" ]
  finish words
}
keyring_inside() { sdcont exec words sed -n '1s/ .*//p' /proc/keys; }

@test "-d: it goes on without us, and its record tells how it ended" {
  start left -- sleep 1000
  run sdcont exec -d left sh -c 'echo noise; echo noise >&2; sleep 0.2; echo done >/tmp/done; exit 5'
  ended 0
  [ -z "$output" ]
  wait_until sdcont exec left test -e /tmp/done
  finished() { records left | grep -q '"status":5'; }
  wait_until finished
  run records left
  has '"detached":true'
  has '"command":["sh","-c","echo noise'
  # with a terminal that nobody looks at: it does not block
  run sdcont exec -dt left sh -c 'seq 1 100000; tty >/tmp/tty'
  ended 0
  wait_until sdcont exec left grep /dev/pts /tmp/tty
  run -127 sdcont exec -d left nosuchprogram
  refused "cannot find" 127
  # its end with the container is seen, too: 137
  sdcont exec -d left sleep 2000
  monitor=$(records left | tr '{' '\n' | grep -A 1 '"sleep","2000"' -m 1 | sed -n 's/.*"pid":\([0-9]*\).*/\1/p')
  sdcont exec left sleep 3000 &
  foreground=$!
  wait_until sees left 'sleep 3000'
  if systemd_here; then # who waits for it is in the scope, charged to nobody
    grep -q 'sdcont-left.scope' "/proc/$monitor/cgroup"
    if grep -q payload "/proc/$monitor/cgroup"; then false; fi
  fi
  finish left
  status=0
  wait $foreground || status=$?
  [ $status -eq 137 ]
  wait_until test ! -e "/proc/$monitor/exe"
}

@test "limits of the container hold for its commands" {
  start limited --init --memory 32M --pids-limit 13 -- sleep 1000
  run sdcont exec limited tail /dev/zero
  ended 137
  for _ in $(seq 5); do sdcont exec -d limited sleep 1000; done
  run sdcont exec limited sh -c 'for i in 1 2 3 4 5 6 7; do sleep 1 & done; echo unreached'
  [[ $status -ne 0 || $output != unreached ]]
  # the limit is for what is inside: who waits for a command takes none of it, but to enter takes one more
  now_inside() { [ "$(cat "$(directory_of limited pids)/pids.current")" -eq "$1" ]; }
  wait_until now_inside 7
  for _ in $(seq 5); do sdcont exec -d limited sleep 1000; done
  now_inside 12
  run sdcont exec limited true
  ended 125
  has "pids-limit"
  finish limited
}

@test "a paused container is not entered; one that is stopped meanwhile does not hang" {
  start paused -- sleep 1000
  if unified; then
    freezer=$(directory_of paused freezer)/cgroup.freeze on=1 off=0
  else
    freezer=$(directory_of paused freezer)/freezer.state on=FROZEN off=THAWED
  fi
  echo $on >"$freezer"
  run sdcont exec paused true
  refused "container paused is paused"
  echo $off >"$freezer"
  run sdcont exec paused true
  ended 0
  # a client that is stopped itself does not keep the container from ending
  sdcont exec paused sleep 2000 &
  wait_until sees paused 'sleep 2000'
  stopped=$(pgrep -P $! -x sdcont || echo $!)
  kill -STOP "$stopped"
  LIMIT=20 sdcont rm -f paused
  kill -CONT "$stopped"
  wait $! || [ $? -eq 137 ]
  wait $client || true
}

@test "the client: signals are passed on; killed, it leaves the command with its record" {
  start client -- sleep 1000
  "$SDCONT" exec client sh -c 'trap "exit 9" TERM; touch /tmp/ready; while :; do sleep 0.05; done' &
  exec_client=$!
  wait_until sdcont exec client test -e /tmp/ready
  kill -TERM $exec_client
  status=0
  wait $exec_client || status=$?
  [ $status -eq 9 ]
  "$SDCONT" exec client sh -c 'echo $$ >/tmp/pid; while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 3' &
  exec_client=$!
  wait_until sdcont exec client test -s /tmp/pid
  kill -KILL $exec_client
  wait $exec_client || true
  sdcont exec client touch /tmp/go
  finished() { records client | grep -q '"status":3'; }
  wait_until finished
  # so many at once as there are
  for i in $(seq 20); do sdcont exec client sh -c "exit $i" & pids[i]=$!; done
  for i in $(seq 20); do
    status=0
    wait "${pids[i]}" || status=$?
    [ $status -eq "$i" ]
  done
  # the records do not pile up
  for _ in $(seq ${emulated:+30} 40); do sdcont exec client true; done
  [ "$(records client | grep -o '"startedNs"' | wc -l)" -le 40 ]
  finish client
}

@test "a terminal: size, job control, detach keys, and our own as it was" {
  start terminal -- sleep 1000
  run python3 "$BATS_TEST_DIRNAME/exec_terminal.py" "$SDCONT" terminal
  ended 0
  has "all well"
  run sdcont exec -it terminal true </dev/null
  refused "not a terminal"
  run sdcont exec --detach-keys ctrl-1 terminal true
  refused "--detach-keys"
  # /dev/ptmx may be anything by now
  sdcont exec terminal sh -c 'rm /dev/ptmx && mkfifo /dev/ptmx'
  LIMIT=10 run sdcont exec -t terminal true
  ended 125
  finish terminal
}

@test "4: a working directory by way of /proc does not lead to the host" {
  start workdir -- sleep 1000
  exec 7</
  for fd in $(seq 3 20); do
    for directory in "/proc/self/fd/$fd" "/proc/self/fd/$fd/etc" "/proc/1/fd/$fd" "/proc/thread-self/cwd"; do
      run sdcont exec -w "$directory" workdir ls
      refused "$directory"
    done
  done
  exec 7<&-
  sdcont exec workdir ln -s /proc/self/fd/7 /tmp/link
  run sdcont exec -w /tmp/link workdir ls
  refused /tmp/link
  run sdcont exec -w /proc/1 workdir ls
  ended 0
  finish workdir
}

@test "5: our programs are not written to by way of /proc/PID/exe" {
  programs=$BATS_TEST_TMPDIR/programs
  mkdir "$programs"
  for file in sdcont sdcont-init sdcont-enter; do cp "$(dirname "$SDCONT")/$file" "$programs"; done
  before_all=$(cd "$programs" && sha256sum ./*)
  SDCONT=$programs/sdcont
  # all that a root user could be given short of the host's own processes
  start writer --cap-add SYS_PTRACE --cap-add DAC_READ_SEARCH -- sh -c 'while :; do
      for exe in /proc/[0-9]*/exe; do (exec 9<>$exe) 2>/dev/null && echo WROTE; (echo x >>$exe) 2>/dev/null && echo WROTE
        if cp $exe /tmp/got 2>/dev/null && ! cmp -s /tmp/got /bin/busybox; then cp /tmp/got /tmp/stranger; fi; done; done'
  for _ in $(seq ${emulated:+90} 100); do sdcont exec writer true; done
  sdcont exec writer sh -c 'printf "#!/proc/self/exe\n" >/tmp/s; chmod 711 /tmp/s'
  run -127 sdcont exec writer /proc/self/exe a b c d
  run -127 sdcont exec writer /proc/thread-self/exe a b c d
  run -126 sdcont exec writer /tmp/s a b c d
  # what was seen of ours, if anything, is the small program that only forks
  sdcont exec writer sh -c 'cat /tmp/stranger 2>/dev/null || true' >"$BATS_TEST_TMPDIR/stranger"
  [ ! -s "$BATS_TEST_TMPDIR/stranger" ] || cmp "$BATS_TEST_TMPDIR/stranger" "$programs/sdcont-enter"
  if grep -q WROTE "$BATS_TEST_TMPDIR/writer.out"; then false; fi
  [ "$(cd "$programs" && sha256sum ./*)" = "$before_all" ]
  run sdcont exec writer sh -c 'exec 9</proc/self/exe; echo fine'
  has fine
  finish writer
}

@test "40: who enters is not traced, nor read, before its rights are the container's" {
  if [ ! -x "$ROOT/bin/tracer" ]; then cc -static -O1 -o "$ROOT/bin/tracer" "$BATS_TEST_DIRNAME/tracer.c" 2>/dev/null || skip "not here: no compiler"; fi
  start traced --cap-add SYS_PTRACE -- tracer
  wait_until grep -q ready "$BATS_TEST_TMPDIR/traced.out"
  for _ in $(seq ${emulated:+40} 60); do
    run env SECRET_OF_CALLER=hunted "$SDCONT" exec traced true
    [[ $status -eq 0 || $status -ge 128 ]]
  done
  finish traced
  cat "$BATS_TEST_TMPDIR/traced.out" >&2
  # it did get at processes, so that finding nothing in them means something
  grep -q 'traced [1-9]' "$BATS_TEST_TMPDIR/traced.out"
  if grep -qE 'CAPABLE|SECRET|HOST' "$BATS_TEST_TMPDIR/traced.out"; then false; fi
}

@test "where a process that is to join is killed because the container ends, that is what is told" {
  [[ -z $emulated ]] || skip "not here: an emulated processor is too slow for what has to meet"
  export ASAN_OPTIONS=detect_leaks=0 # it traces, and so does strace
  sdcont run -d --name web "$ROOT" sleep 1000 >/dev/null
  init=$(init_of web)
  # before the command is let go; its init comes last, as it may where all that is in a cgroup is killed one by one
  strace -f -qq -o /dev/null -e trace=sendto -e inject=sendto:delay_enter=1500000 "$SDCONT" exec web true >"$BATS_TEST_TMPDIR/out" 2>&1 &
  client=$!
  joined() { joiner=$(pgrep -x sdcont-enter --ns "$init" --nslist pid); }
  wait_until joined
  kill -KILL "$joiner"
  sleep 2
  kill -KILL "$init"
  status=0
  wait $client || status=$?
  output=$(cat "$BATS_TEST_TMPDIR/out")
  refused "container web is not running"
  sdcont rm -f web
}
