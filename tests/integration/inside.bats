#!/usr/bin/env bats
# A systemd as the command of a container (--systemd), and containers that systemd-machined knows (--register).
#
# On this machine and in the box the root is a small Debian of the lab's; the virtual machines, which are a Debian with
# systemd, run themselves: the image 'host'.

load common

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$lab/rootfs" "$ROOT"
  case $SDCONT_ENV in
    vm-*) DEBIAN=host ;;
    *) DEBIAN=$("$lab/systemd-root") ;;
  esac
  export DEBIAN LIMIT=600
}

needs_machined() {
  systemd_here || skip "not here: no systemd runs"
  command -v machinectl >/dev/null || skip "not here: no systemd-machined is installed"
}

# In the virtual machine the unit that runs these tests is one of the root's.
boot() { # boot NAME [OPTION...]
  sdcont run -d --name "$1" --stop-timeout 300 --log-driver json-file "${@:2}" --systemd "$DEBIAN" /sbin/init systemd.mask=lab.service
}
is_booted() { # once systemd listens it knows itself when it is up
  local state tries
  for tries in $(seq 60); do
    state=$(sdcont exec "$1" systemctl is-system-running --wait 2>/dev/null) || true
    case $state in running) return 0 ;; degraded) break ;; esac
    sleep 0.2
  done
  echo "after $tries tries: ${state:-no answer}" >&2
  sdcont exec "$1" systemctl --failed --no-pager --plain >&2 || true
  sdcont logs --tail 40 "$1" >&2
  return 1
}
inside() { sdcont exec "$@"; }
field() { sdcont inspect --format "{{$2}}" "$1"; }

# What systemd inside says that a service has as its limit, and what the kernel says.
own_limit='cgroup=$(sed -n "s/^[0-9]*:memory:\(.*\)/memory\1/p; s/^0::\(.*\)/\1/p" /proc/self/cgroup | head -1)
  cat /sys/fs/cgroup/$cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/$cgroup/memory.limit_in_bytes'

@test "--systemd: a Debian boots to multi-user, runs a service under limits of its own, and is shut down" {
  boot deb --memory 800M --set-credential word:Sesam
  is_booted deb
  run inside deb systemctl is-active multi-user.target systemd-journald.service dbus.service
  ended 0
  # the Container Interface
  id=$(field deb .Id)
  run inside deb sh -c 'tr "\0" "\n" </proc/1/environ; cat /run/host/container-manager /run/host/container-uuid /etc/machine-id
    systemd-detect-virt -c; for d in /run /run/lock /tmp; do stat -f -c "$d %T" $d; done; [ -t 0 ] </dev/console && echo console; echo pid-1 $(cat /proc/1/comm)'
  ended 0
  has container=sdcont
  has "container_uuid=${id:0:8}-${id:8:4}-"
  has "${id:0:32}"
  for place in /run /run/lock /tmp; do has "$place tmpfs"; done
  has console
  has "pid-1 systemd"
  # a service, with a limit that it sees and cannot exceed, in the container's own
  run inside deb systemd-run --wait --pipe -q -p MemoryMax=64M sh -c "$own_limit"
  ended 0
  has $((64 << 20))
  run inside deb systemd-run --wait -q -p MemoryMax=24M -p MemorySwapMax=0 sh -c 'head -c 200M /dev/zero | tail'
  [ "$status" -ne 0 ]
  # a credential of the container's is the system's inside, which units can load
  run inside deb systemd-run --wait --pipe -q -p LoadCredential=word sh -c 'cat $CREDENTIALS_DIRECTORY/word'
  [ "$output" = Sesam ]
  # the container's own are not its own to change
  if unified; then file=memory.max; else file=memory/memory.limit_in_bytes; fi
  run inside deb sh -c "echo 1G >/sys/fs/cgroup/$file"
  [ "$status" -ne 0 ]
  run inside deb cat "/sys/fs/cgroup/$file"
  [ "$output" = $((800 << 20)) ]
  # every command knows it
  run sdcont top deb
  has systemd-journal
  run sdcont stats --no-stream --format '{{.PIDs}}' deb
  [ "$output" -gt 3 ]
  # by systemd's signal for it, and with all units stopped
  [ "$(field deb .Config.StopSignal)" = SIGRTMIN+3 ]
  sdcont stop deb
  [ "$(field deb '.State.Status') $(field deb .State.ExitCode) $(field deb .Sdcont.Reason)" = "exited 0 stopped" ]
  run sdcont logs deb
  has "Reached target"
  has "Exiting container."
  # what is ours is no change of its
  run sdcont diff deb
  ended 0
  [[ $output != *" /etc/machine-id"* ]]
}

@test "--systemd: a Debian that shuts itself down ends; --restart boots it again, in a cgroup as new" {
  boot again --restart always
  is_booted again
  first=$(init_of again)
  inside again systemctl poweroff || true
  is_another() { [ "$(init_of again)" != "$first" ] && runs again; }
  for _ in $(seq 60); do is_another && break; sleep 1; done
  is_another
  is_booted again
  run inside again systemd-run --wait --pipe -q -p MemoryMax=64M sh -c "$own_limit"
  has $((64 << 20))
  [ "$(field again .RestartCount)" = 1 ]
  sdcont update --restart no again
  inside again systemctl exit 7 || true
  is_over() { [ "$(field again .State.Status)" = exited ]; }
  for _ in $(seq 60); do is_over && break; sleep 1; done
  [ "$(field again .State.ExitCode) $(field again .Sdcont.Reason)" = "7 exited" ]
}

@test "--systemd: what was set up in one is committed while it runs, and boots as another machine" {
  [ "$DEBIAN" != host ] || skip "not here: the machine itself is the root, and no image"
  tar -C "$DEBIAN" -c . | sdcont import --change 'CMD ["/sbin/init"]' - deb:1
  boot_image() { sdcont run -d --name "$1" --log-driver json-file --systemd "$2"; }
  boot_image first deb:1
  is_booted first
  inside first sh -c 'printf "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=touch /root/done\n[Install]\nWantedBy=multi-user.target\n" \
    >/etc/systemd/system/setup.service; systemctl enable setup'
  sdcont commit first deb:2
  is_booted first # it stood still for a moment
  boot_image second deb:2
  is_booted second
  inside second systemctl is-active setup
  inside second test -f /root/done
  [ "$(inside second cat /etc/machine-id)" = "$(field second .Id | head -c 32)" ]
  sdcont stop first second
  run sdcont diff second
  has "A /root/done"
  [[ $output != *" /etc/"* ]]
  sdcont rm first second
  sdcont rmi deb:2 deb:1
}

@test "--systemd: cgroups below the container's own are the command's, its limits are not" {
  sdcont run -d --name c --systemd=always --memory 100M --pids-limit 60 --log-driver json-file --restart always "$ROOT" sh -c '
    cd /sys/fs/cgroup
    if [ -f cgroup.procs ]; then
      mkdir below && echo 1 >below/cgroup.procs && echo +memory >cgroup.subtree_control && echo 50000000 >below/memory.max &&
        mkdir below/deeper && echo below: $(cat below/memory.max)
      for file in memory.max pids.max; do echo max >$file && echo WRITTEN $file; done
      mount_of=/sys/fs/cgroup
    else
      mkdir memory/below systemd/below && echo 1 >memory/below/cgroup.procs && echo 1 >systemd/below/cgroup.procs &&
        echo 50000000 >memory/below/memory.limit_in_bytes && echo below: $(cat memory/below/memory.limit_in_bytes)
      for file in memory/memory.limit_in_bytes pids/pids.max; do echo -1 >$file && echo WRITTEN $file; done
      mkdir freezer/x && echo WRITTEN freezer
      mount_of=/sys/fs/cgroup/memory
    fi 2>/dev/null
    mount -o remount,rw $mount_of 2>/dev/null && echo REMOUNTED
    umount $mount_of/* 2>/dev/null && echo UNMOUNTED
    [ -e /again ] && exec sleep 1000; touch /again'
  came_back() { [ "$(sdcont logs c | grep -cE 'below: (49999872|50000000|49995776)')" -ge 2 ]; }
  wait_until came_back || { sdcont logs c >&2; false; }
  run sdcont logs c
  [[ $output != *WRITTEN* && $output != *MOUNTED* ]]
  # who joins it is where its init is
  run inside c cat /proc/self/cgroup
  ended 0
  has /below
  sdcont rm -f c
}

@test "--systemd: a service of sdcont@ is ready when the systemd inside is" {
  systemd_here || skip "not here: no systemd runs"
  ln -s "$SDCONT" /usr/local/bin/sdcont
  cp "$BATS_TEST_DIRNAME/../../units/sdcont@.service" /etc/systemd/system/
  mkdir -p /etc/sdcont
  printf '%s\n' "image = $DEBIAN" systemd 'sdnotify = container' 'memory = 500M' 'stop-timeout = 300' \
    'command = /sbin/init systemd.mask=lab.service' >/etc/sdcont/deb.conf
  systemctl daemon-reload
  systemctl start sdcont@deb
  run sdcont exec deb systemctl is-active multi-user.target
  ended 0
  [[ $(directory_of deb memory) = */sdcont@deb.service/*/init.scope ]]
  run sdcont exec deb systemd-run --wait --pipe -q -p MemoryMax=64M sh -c "$own_limit"
  has $((64 << 20))
  systemctl stop sdcont@deb
  [ "$(systemctl show --value -p Result sdcont@deb)" = success ]
  [ -z "$(sdcont ps -aq)" ]
  rm -r /usr/local/bin/sdcont /etc/systemd/system/sdcont@.service /etc/sdcont
  systemctl daemon-reload
}

@test "--systemd: podman's words, and what is refused" {
  is() { # is WORD OPTION...: what inspect has of it
    sdcont create --name w "${@:2}" >/dev/null
    [ "$(field w .Sdcont.Systemd)" = "$1" ] || { echo "${*:2}: $(field w .Sdcont.Systemd)" >&2; return 1; }
    sdcont rm w >/dev/null
  }
  is true "$ROOT" /sbin/init
  is true "$ROOT" /lib/systemd/systemd --log-level=info
  is true --systemd "$ROOT"
  is true --systemd=always "$ROOT" sh
  is false --systemd "$ROOT" sh
  is false --systemd=false "$ROOT" /sbin/init
  is false "$ROOT" sh
  sdcont create --name w --systemd "$ROOT" >/dev/null
  [ "$(field w .Path) $(field w .Config.StopSignal) $(field w .Config.StopTimeout)" = "/sbin/init SIGRTMIN+3 90" ]
  sdcont rm w >/dev/null
  run sdcont run --rm --systemd --init "$ROOT"
  refused "--systemd and --init"
  run sdcont run --rm --systemd --pid host "$ROOT"
  refused "--systemd and --pid host"
  run sdcont run --rm --systemd -u app "$ROOT"
  refused "a systemd is root's"
  run sdcont run --rm --systemd always "$ROOT"
  refused "write --systemd=always"
  run sdcont run --rm --systemd=sometimes "$ROOT"
  refused "it can be true, false or always"
  run sdcont run --no-rootfs --register true
  refused "with --no-rootfs"
  run sdcont run --dry-run --systemd=always "$ROOT" sh
  ended 0
  has '"org.sdcont.systemd": "true"'
}

@test "--systemd: refused where cgroup v1 has no hierarchy of systemd's" {
  ! unified || skip "not here: cgroup v2"
  run unshare -m sh -c 'umount /sys/fs/cgroup/systemd && exec "$@"' - \
    "$SDCONT" --cgroup-manager cgroupfs run --rm --systemd=always "$ROOT" true
  refused "a systemd needs the hierarchy name=systemd"
}

@test "--register: machinectl lists it, shows it, opens a shell in it, reads its journal, and powers it off" {
  needs_machined
  boot mach --register
  is_booted mach
  run machinectl list --no-legend
  has mach
  [[ $output =~ mach\ +container\ +sdcont ]]
  run machinectl status mach --no-pager
  ended 0
  has "sdcont-mach.scope"
  has "Leader: $(sed -n 's/.*"init":{"pid":\([0-9]*\).*/\1/p' /run/sdcont/containers/*/record.json | head -1)"
  id=$(field mach .Id)
  [ "$(machinectl show mach -p Id --value)" = "${id:0:32}" ]
  # its bus, and a login on it
  run machinectl shell -q mach /bin/sh -c 'echo in $(hostname) >/root/was-here; systemctl is-active dbus'
  run inside mach cat /root/was-here
  has "in ${id:0:12}"
  inside mach systemd-run -q --wait sh -c 'echo from the inside'
  run journalctl -M mach --no-pager -o cat
  ended 0
  has "from the inside"
  run systemctl -M mach is-active multi-user.target
  [ "$output" = active ]
  # a name that another has there stays that one's
  sleep 1000 &
  other=$!
  busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager RegisterMachine \
    sayssus other 0 test container "$other" ''
  run sdcont run --rm --register --name other "$ROOT" true
  refused "systemd-machined does not register other: "
  machinectl show other
  busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager UnregisterMachine s other
  kill "$other"
  machinectl poweroff mach
  is_over() { [ "$(field mach .State.Status)" = exited ]; }
  for _ in $(seq 100); do is_over && break; sleep 1; done
  [ "$(field mach .State.ExitCode)" = 0 ]
  is_unknown() { ! machinectl show mach; }
  wait_until is_unknown
  [ -z "$(machinectl list --no-legend)" ]
}

@test "--register: known again after a restart by policy, and to nobody where there is no machined" {
  if ! systemd_here; then
    run sdcont run --rm --register "$ROOT" true
    refused "systemd is not running here, so there is no systemd-machined"
    return
  fi
  needs_machined
  sdcont run -d --name twice --register --restart always --stop-timeout 1 "$ROOT" sh -c '[ -e /second ] && exec sleep 1000; touch /second; sleep 1'
  leader_is_init() { [ "$(machinectl show twice -p Leader --value)" = "$(init_of twice)" ]; }
  wait_until leader_is_init
  second() { [ "$(field twice .RestartCount)" = 1 ] && leader_is_init; }
  for _ in $(seq 30); do second && break; sleep 0.5; done
  second
  # a name is one machine's
  run sdcont --cgroup-manager cgroupfs run --rm --register "$ROOT" true
  refused "--register: systemd-machined knows a machine by its unit"
  machinectl terminate twice
  is_over() { [ "$(field twice .State.Status)" = exited ]; }
  wait_until is_over
  [ -z "$(machinectl list --no-legend)" ]
  # the bus, or the service, is not there
  run env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent "$SDCONT" run --rm --register "$ROOT" true
  ended 125
  systemctl mask -q --runtime systemd-machined.service
  systemctl stop systemd-machined.service
  run sdcont run --rm --register "$ROOT" true
  systemctl unmask -q --runtime systemd-machined.service
  refused "--register"
}
