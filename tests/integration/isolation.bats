#!/usr/bin/env bats
# Namespaces, root, mounts, /dev, /proc and /sys, capabilities, descriptors.

load common

@test "namespaces of its own, and shared ones on request" {
  for ns in mnt pid uts ipc net cgroup; do
    inside=$(run_root "readlink /proc/self/ns/$ns")
    [ "$inside" != "$(readlink "/proc/self/ns/$ns")" ]
  done
  for ns in pid uts ipc network; do
    file=${ns/network/net}
    inside=$(run_root "--$ns" host "readlink /proc/self/ns/$file")
    [ "$inside" = "$(readlink "/proc/self/ns/$file")" ]
  done
}

@test "the network is the loopback alone, and it is up" {
  run run_root 'ls /sys/class/net; cat /sys/class/net/lo/flags; (echo reached | nc -lp 7777 &) ; sleep 0.3; nc 127.0.0.1 7777 </dev/null'
  ended 0
  [ "${lines[0]}" = lo ]
  [ "${lines[1]}" = 0x9 ]
  has reached
}

@test "the root is the image's, writable, and the image is unchanged" {
  run run_root 'echo changed >/etc/passwd; echo new >/new; cat /new'
  ended 0
  has new
  [ ! -e "$ROOT/new" ]
  if grep -q changed "$ROOT/etc/passwd"; then false; fi
}

@test "--read-only" {
  run run_root --read-only 'echo x >/new'
  [ "$status" -ne 0 ]
  has "Read-only file system"
  run run_root --read-only --tmpfs /scratch 'echo x >/scratch/new && echo x >/dev/shm/new && echo fine'
  has fine
}

@test "nothing of the old root is left" {
  run run_root 'cat /proc/self/mountinfo'
  ended 0
  if grep -qE ' (/old|/\.old)|/var/lib/sdcont|/run/sdcont| shared:| master:' <<<"$output"; then false; fi
  run run_root 'ls /proc/1/root/ && ls /'
  if grep -q work <<<"$output"; then false; fi
}

@test "/dev is its own" {
  run run_root 'ls /dev; stat -c "%t:%T %a" /dev/null; head -c 3 /dev/zero | od -An -tx1; ls /dev/pts; echo x >/dev/shm/x && echo shm'
  ended 0
  for name in null zero full random urandom tty pts ptmx shm mqueue fd stdin stdout stderr; do has "$name"; done
  has "1:3 666"
  has "00 00 00"
  run run_root 'ls /dev | wc -l'
  [ "$output" -le 18 ]
}

@test "--shm-size" {
  run run_root --shm-size 3M "df -k /dev/shm | tail -1 | awk '{print \$2}'"
  [ "$output" = 3072 ]
  run run_root "df -k /dev/shm | tail -1 | awk '{print \$2}'"
  [ "$output" = 65536 ]
}

@test "/proc and /sys: masked and read-only" {
  run run_root 'cat /proc/timer_list | wc -c; cat /proc/keys | wc -c; echo 1 >/proc/sys/kernel/core_pattern'
  [ "${lines[0]} ${lines[1]}" = "0 0" ]
  has "Read-only file system"
  run run_root 'mkdir /sys/fs/cgroup/x; echo 1 >/sys/kernel/mm/ksm/run'
  [ "$status" -ne 0 ]
  run run_root 'umount /proc/timer_list; umount /proc; mount -o remount,rw /sys'
  [ "$status" -ne 0 ]
}

@test "/sys/fs/cgroup shows the container's own cgroup" {
  if unified; then
    run run_root --memory 50M 'cat /sys/fs/cgroup/memory.max; cat /proc/self/cgroup'
    has 52428800
    has "0::/"
  else
    run run_root --memory 50M 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes; grep memory /proc/self/cgroup'
    has 52428800
    [[ $output == *:memory:/ ]]
  fi
}

@test "hostname, hosts and resolv.conf" {
  run run_root --hostname box7 'hostname; cat /etc/hosts; cat /etc/hostname'
  [ "${lines[0]}" = box7 ]
  has "127.0.0.1"
  grep -q 'box7' <<<"$output"
  run run_root 'hostname'
  [[ $output =~ ^[0-9a-f]{12}$ ]]
  run run_root --add-host db:10.1.2.3 'cat /etc/hosts'
  has "10.1.2.3"
  if grep -q box7 /etc/hosts; then false; fi
}

@test "-v: read, write, ro, a file, a missing source is made" {
  dir=$BATS_TEST_TMPDIR/vol
  mkdir "$dir"; echo data >"$dir/file"
  run run_root -v "$dir:/mnt/v" 'cat /mnt/v/file; echo more >/mnt/v/new'
  ended 0
  has data
  [ "$(cat "$dir/new")" = more ]
  run run_root -v "$dir:/mnt/v:ro" 'echo x >/mnt/v/new'
  has "Read-only"
  run run_root -v "$dir/file:/etc/motd" 'cat /etc/motd'
  [ "$output" = data ]
  run run_root -v "$dir/made:/made" 'touch /made/x'
  ended 0
  [ -e "$dir/made/x" ]
}

@test "-v rslave: what the host mounts later is seen inside, and nothing comes back" {
  dir=$BATS_TEST_TMPDIR/shared
  mkdir "$dir"
  mount -t tmpfs shared "$dir"
  mount --make-shared "$dir"
  mkdir "$dir/later" "$dir/never"
  for how in rslave rprivate; do
    "$SDCONT" run --rm --name slave --privileged -v "$dir:/v:$how" "$ROOT" sh -c \
      'mount -t tmpfs inside /v/never; touch /v/ready; while [ ! -e /v/mounted ]; do sleep 0.1; done; ls /v/later' >"$BATS_TEST_TMPDIR/out" &
    client=$!
    wait_until test -e "$dir/ready"
    mount -t tmpfs later "$dir/later"
    touch "$dir/later/seen"
    if mountpoint -q "$dir/never"; then umount -R "$dir"; false; fi
    touch "$dir/mounted"
    wait $client
    umount "$dir/later"
    rm "$dir/mounted" "$dir/ready"
    if [ $how = rslave ]; then grep -qx seen "$BATS_TEST_TMPDIR/out"; else [ ! -s "$BATS_TEST_TMPDIR/out" ]; fi
  done
  umount "$dir"
}

@test "--mount bind and tmpfs, --tmpfs" {
  mkdir "$BATS_TEST_TMPDIR/src"
  run run_root --mount "type=bind,source=$BATS_TEST_TMPDIR/src,target=/t,readonly" 'echo x >/t/x'
  has "Read-only"
  run run_root --mount type=tmpfs,target=/t,tmpfs-size=1M "df -k /t | tail -1 | awk '{print \$2}'"
  [ "$output" = 1024 ]
  run run_root --tmpfs /t:size=2M,exec "df -k /t | tail -1 | awk '{print \$2}'; grep ' /t ' /proc/self/mountinfo"
  [ "${lines[0]}" = 2048 ]
  has nosuid
  if grep -q noexec <<<"${lines[1]}"; then false; fi
}

@test "--device gives a device, and only that" {
  run run_root --device /dev/kmsg 'ls -l /dev/kmsg && head -c 1 /dev/kmsg | wc -c'
  ended 0
  has 1
  run run_root 'ls /dev/kmsg'
  [ "$status" -ne 0 ]
}

@test "capabilities: podman's eleven, added, dropped, all" {
  caps() { run_root "$@" "grep Cap /proc/self/status | tr '\n\t' '  '"; }
  run caps
  has "CapInh: 0000000000000000"
  has "CapPrm: 00000000800405fb"
  has "CapEff: 00000000800405fb"
  has "CapBnd: 00000000800405fb"
  has "CapAmb: 0000000000000000"
  run caps --cap-drop ALL --cap-add net_admin
  has "CapBnd: 0000000000001000"
  run caps --cap-add ALL --cap-drop CAP_SYS_ADMIN
  if grep -q "CapBnd: 00000000800405fb" <<<"$output"; then false; fi
  run caps -u 1000
  has "CapEff: 0000000000000000"
  has "CapBnd: 00000000800405fb"
  run sdcont run --rm --cap-add net_admn "$ROOT" true
  refused "did you mean CAP_NET_ADMIN?"
}

@test "--privileged" {
  run run_root --privileged 'grep CapEff /proc/self/status; echo 1 >/proc/sys/net/ipv4/ip_forward && echo wrote; ls /dev | wc -l; mkdir /m; mount -t tmpfs t /m && echo mounted'
  ended 0
  has wrote
  has mounted
}

@test "no-new-privileges" {
  run run_root --security-opt no-new-privileges 'grep NoNewPrivs /proc/self/status'
  has "1"
  run run_root 'grep NoNewPrivs /proc/self/status'
  has "0"
}

@test "descriptors: none but 0 to 2 and what --preserve-fds names" {
  run bash -c "exec 3</etc/passwd 4</etc 5</; '$SDCONT' run --rm '$ROOT' sh -c 'ls /proc/self/fd'"
  [ "$(echo $output)" = "0 1 2 3" ] # 3 is the directory that ls reads
  run bash -c "exec 3<<<kept 4</etc; '$SDCONT' run --rm --preserve-fds 1 '$ROOT' sh -c 'cat <&3; ls /proc/self/fd'"
  has kept
  [ "$(echo $output)" = "kept 0 1 2 3 4" ]
  run sdcont run --rm --preserve-fds 5 "$ROOT" true
  refused "descriptor"
}

@test "the host's mount table does not change" {
  before_mounts=$(cat /proc/self/mountinfo)
  "$SDCONT" run --rm --name mounts --cap-add SYS_ADMIN "$ROOT" sh -c 'mkdir /m; mount -t tmpfs t /m; sleep 100' &
  client=$!
  wait_until runs mounts
  [ "$(cat /proc/self/mountinfo)" = "$before_mounts" ]
  sdcont rm -f mounts
  wait $client || true
  [ "$(cat /proc/self/mountinfo)" = "$before_mounts" ]
}
