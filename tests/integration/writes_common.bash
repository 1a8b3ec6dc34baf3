# shellcheck shell=bash
# Sourced by the files that test what a container has written.

# kept NAME IMAGE SCRIPT: a container that stays when it has ended
kept() { sdcont run --name "$1" "${@:3:$#-3}" "$2" sh -c "${@:$#}"; }

# A directory of the host that is the test's own: $here. (Not below /run, which no container sees.)
scratch() { here=$BATS_TEST_TMPDIR/here decoy=$BATS_TEST_TMPDIR/decoy; mkdir -p "$here" "$decoy"; echo "of the host" >"$decoy/mark"; }
# What can be seen of a tree: names, kinds, modes, owners, times, links, devices, attributes, content.
tree() {
  python3 - "$1" <<'P'
import hashlib, os, stat, sys
top = sys.argv[1]
first = {}
def show(path):
    s = os.lstat(path)
    kind = stat.S_IFMT(s.st_mode)
    line = [os.path.relpath(path, top), oct(s.st_mode), s.st_uid, s.st_gid, s.st_mtime_ns]
    if kind == stat.S_IFREG: line += [s.st_size, hashlib.sha256(open(path, "rb").read()).hexdigest()[:16]]
    if kind == stat.S_IFLNK: line += [os.readlink(path)]
    if kind in (stat.S_IFCHR, stat.S_IFBLK): line += [s.st_rdev]
    if kind != stat.S_IFDIR and s.st_nlink > 1: line += ["links", s.st_nlink, "of", first.setdefault(s.st_ino, path)]
    line += [(a, os.getxattr(path, a, follow_symlinks=False)) for a in sorted(os.listxattr(path, follow_symlinks=False)) if "overlay" not in a]
    print(*line)
for d, dirs, files in os.walk(top):
    dirs.sort()
    show(d)
    for f in sorted(files + [x for x in dirs if os.path.islink(os.path.join(d, x))]): show(os.path.join(d, f))
P
}
export -f tree

# both HOW...: runs the function for a container that runs and for one that has ended, both called $c, made of $ROOT
both() {
  c=live
  "$SDCONT" run --rm --name live "$ROOT" sh -c "$prepare; touch /ready; sleep 1000" &
  client=$!
  wait_until runs live
  wait_until test -e "/proc/$(init_of live)/root/ready"
  "$@"
  sdcont rm -f live
  wait $client || true
  # shellcheck disable=SC2034 # for the function
  c=ended
  kept ended "$ROOT" "$prepare; touch /ready"
  "$@"
  sdcont rm ended
}
