#!/usr/bin/env bats
# Beside podman and buildah: the process that an image becomes, and the archives that they write.
#
# Needs podman (4.3 or later), buildah and runc; root with cgroups that runc can write. With cgroups of v1 crun would
# not do where a v2 hierarchy without all controllers is mounted, too. The vfs driver needs no mounts of its own.

load common
load images_common

setup_file() {
  export ROOT=$BATS_FILE_TMPDIR/root
  "$BATS_TEST_DIRNAME/../lab/rootfs" "$ROOT"
  tar -C "$ROOT" -cf "$BATS_FILE_TMPDIR/root.tar" .
  # What the kernel knows of process 1, which is this one.
  mkdir -p "$BATS_FILE_TMPDIR/probe"
  cat >"$BATS_FILE_TMPDIR/probe/probe" <<'PROBE'
#!/bin/sh
tr '\0' '\n' </proc/1/environ | sort | sed 's/^/env /'
tr '\0' '\n' </proc/1/cmdline | sed 's/^/word /'
echo "cwd $(readlink /proc/1/cwd)"
grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Umask|Seccomp:)' /proc/1/status | tr -s '\t ' ' '
echo "names $(id)"
hostname | sed -E 's/^[0-9a-f]{12}$/twelve digits/; s/^/hostname /'
[ "$(hostname)" = "$HOSTNAME" ] && [ "$(hostname)" = "$(cat /etc/hostname)" ] || echo "the names of the host differ"
grep -q "$(hostname)" /etc/hosts || echo "the host's name is not in /etc/hosts"
while read -r _ _ _ _ point options rest; do
  rest=${rest#*- }
  echo "mount $point ${rest%% *} ${options%%,*}"
done </proc/1/mountinfo | sort
ls -l /dev | awk 'NR > 1 {print "device", $1, $3, $4, $NF}'
ls -l / | awk '{print "root", $1, $3, $4, $9, $10, $11}'
PROBE
  chmod 755 "$BATS_FILE_TMPDIR/probe/probe"
  tar -C "$BATS_FILE_TMPDIR/probe" --owner=0 --group=0 -cf "$BATS_FILE_TMPDIR/probe.tar" probe
}

at_podmans=(--root "$BATS_FILE_TMPDIR/podman" --storage-driver=vfs)
podman() { command podman "${at_podmans[@]}" --runroot "$BATS_FILE_TMPDIR/podman.run" --tmpdir "$BATS_FILE_TMPDIR/podman.tmp" --cgroup-manager=cgroupfs --events-backend=none --log-level=error --runtime="$(command -v runc)" "$@"; }
buildah() { command buildah "${at_podmans[@]}" --runroot "$BATS_FILE_TMPDIR/podman.run" "$@"; }
# (It would raise limits of its own, which takes more than some roots may.)
podman_run() { podman run --rm --network none --ulimit nofile="$(ulimit -n)" --ulimit nproc=30000 "$@" 3>&- 4>&-; }

here_only() { [ "$SDCONT_ENV" = host ] || skip "not here: podman is compared with on the host"; }

teardown_file() {
  [ "$SDCONT_ENV" = host ] || return 0
  local cgroup
  for cgroup in /sys/fs/cgroup/libpod_parent /sys/fs/cgroup/*/libpod_parent; do
    [ ! -d "$cgroup" ] || rmdir "$cgroup"/{conmon,} 2>/dev/null || true # another podman's containers are in it
  done
}

# What may differ, as sed -E takes it from both, each for a reason:
differences=(
  -e '/^env container=/d'   # who made it
  -e '/^env HOSTNAME=/d'    # random; the probe compares it with hostname(1)
  -e '/^env TERM=xterm$/d'  # podman sets it always; docker and sdcont where there is a terminal
  -e '/^Seccomp:/d'         # sdcont filters no system calls yet
  -e 's/^mount \/ .*/mount \//'                     # the storage driver's: here vfs, and an overlay
  -e '/^mount \/run\/\.containerenv /d'             # podman's own mark
  -e '/^root .* run$/d'                             # … for which it makes /run anew
  -e '/^mount \/etc\/resolv\.conf /d'               # none of podman's without a network
  -e 's/^(mount \/etc\/[a-z]*) .*/\1/'              # where the files that are mounted lie
  -e 's/^(mount \/(proc|sys)\/[^ ]* tmpfs) r[ow]$/\1/' # what hides files of procfs: an empty file or directory, or /dev/null
  -e '/^mount \/proc\/interrupts /d'                # hidden by docker since 28, not by this podman
  -e '/^mount \/sys\/fs\/cgroup(\/[^ ]*)? /d'       # runc mounts nothing for a hybrid v2 hierarchy; ours is read-only throughout
  -e 's,^env HOME=/work/here$,env HOME=/,'          # podman makes users whom the image does not know entries in
  -e '/^names /s/\(([0-9]+)\)//g'                   # /etc/passwd and /etc/group, with the working directory as their home
  -e 's/^root ([^ ]*) [^ ]* [^ ]* data/root \1 data/' # a volume's directory that no layer has: docker's is root's, too
  -e '/^device .* \/proc\/kcore$/d'                 # docker has the link /dev/core
)
same() {
  diff <(sed -E "${differences[@]}" theirs) <(sed -E "${differences[@]}" ours)
}

without_groups() { sed -i '/^Groups:/d; /^names /d' ours theirs; }

@test "the process that an image becomes is the same as podman's" {
  here_only
  cd "$BATS_TEST_TMPDIR"
  # user (and what it is), working directory, volumes, labels, and words of the command line
  local users=(app app:audio nobody 1000 4711 4711:12 0:extra "") user
  for user in "${users[@]}"; do
    CONFIG='{"Env":["PATH=/bin:/mine","A=image","EMPTY=","B=a b"],"Entrypoint":["/probe"],"Cmd":["one","two words"],"User":"'$user'",
      "WorkingDir":"/work/here","StopSignal":"SIGUSR1","Labels":{"x":"image"},"Volumes":{"/data":{}},"ExposedPorts":{"80/tcp":{}}}' \
      "$files" archive oci probe:1 image.tar "$BATS_FILE_TMPDIR/root.tar" "$BATS_FILE_TMPDIR/probe.tar"
    podman load -q -i image.tar
    sdcont load -q -i image.tar
    podman_run localhost/probe:1 >theirs
    sdcont run --rm probe:1 >ours
    [ "$(wc -l <ours)" -gt 50 ]
    # podman leaves a user that no option or image names without groups; docker and sdcont give it its own
    [ -n "$user" ] || without_groups
    same || { echo "user '$user'" >&2; return 1; }
  done
  # the command line says more
  podman_run -e A=mine -u 0 -w /tmp --hostname mine localhost/probe:1 other words >theirs
  sdcont run --rm -e A=mine -u 0 -w /tmp --hostname mine probe:1 other words >ours
  same
  podman_run --entrypoint /bin/sh localhost/probe:1 /probe three >theirs
  sdcont run --rm --entrypoint /bin/sh probe:1 /probe three >ours
  without_groups
  same
  podman rmi -f -a >/dev/null
}

@test "archives as podman and buildah write them" {
  here_only
  cd "$BATS_TEST_TMPDIR"
  local container form name
  podman import -q "$BATS_FILE_TMPDIR/root.tar" localhost/base:1 2>/dev/null
  container=$(buildah from --pull-never localhost/base:1)
  for name in one two three; do
    mkdir -p "add/$name"
    echo "$name" >"add/$name/file"
    chown 1000:1000 "add/$name/file"
    buildah add -q "$container" "add/$name" "/$name" >/dev/null
    [ $name != two ] || rm -r "$(buildah mount "$container")/one"
    [ $name != three ] || buildah config --cmd '["sh","-c","cat /two/file /three/file; ls /one; stat -c %u /two/file"]' --env "MORE=a b" --label x=y "$container"
    buildah commit -q "$container" "localhost/layered:$name" >/dev/null
    buildah rm "$container" >/dev/null
    [ $name = three ] || container=$(buildah from --pull-never "localhost/layered:$name")
  done
  for form in docker-archive oci-archive; do
    podman save -q --format $form -o $form.tar localhost/layered:three
  done
  podman save -q -m -o several.tar localhost/base:1 localhost/layered:two localhost/layered:three
  podman save -q localhost/layered:three | gzip >piped.tar.gz
  podman push -q --compression-format zstd localhost/layered:three oci-archive:zstd.tar:layered-zstd:3
  tar -xOf zstd.tar | grep -aqF layer.v1.tar+zstd
  buildah push -q localhost/layered:three oci-archive:buildah.tar:localhost/layered:three
  for form in docker-archive.tar oci-archive.tar several.tar piped.tar.gz zstd.tar buildah.tar; do
    run sdcont load -i $form
    ended 0
    name=localhost/layered:three
    [ $form != zstd.tar ] || name=layered-zstd:3
    has "Loaded image: $name"
    run sdcont run --rm $name
    [ "$output" = "two
three
ls: /one: No such file or directory
0" ] || { echo "$form: $output" >&2; return 1; }
    if [ $form = several.tar ]; then
      [ "$(sdcont images --format '{{.Repository}}:{{.Tag}}' | sort | tr '\n' ' ')" = "localhost/base:1 localhost/layered:three localhost/layered:two " ]
      run sdcont run --rm localhost/layered:two cat /two/file
      [ "$output" = two ]
      sdcont rmi localhost/base:1 localhost/layered:two
    fi
    run sdcont system check
    ended 0
    sdcont rmi $name
    store_is_empty
  done
  # and what we write they read
  sdcont load -q -i several.tar
  sdcont save -o ours.tar localhost/layered:two localhost/layered:three
  podman rmi -f -a >/dev/null
  podman load -q -i ours.tar
  run podman_run localhost/layered:three
  has three
  podman rmi -f -a >/dev/null
}
