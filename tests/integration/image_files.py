#!/usr/bin/env python3
"""Makes archives of images, whole, odd and hostile, and lists trees, for images.bats.

  image_files.py tree DIR                          a line for each thing below DIR, with all that can be known of it
  image_files.py marks DIR                         the extended attributes of overlayfs that are in a tree
  image_files.py archive oci|docker NAME OUT LAYER...   an archive of an image, of layers that are tars
  image_files.py layer SCENARIO OUT [DECOY]        the tar of a layer
  image_files.py broken WHAT OUT                   an OCI archive in which something is wrong
  image_files.py scenarios hostile|broken          their names
"""
import gzip
import hashlib
import io
import json
import os
import stat
import sys
import tarfile


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


# --- trees

def xattrs(path):
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return ""
    wanted = [n for n in sorted(names) if n.startswith(("user.", "system.posix_acl")) or n == "security.capability"]
    return ",".join(f"{n}={os.getxattr(path, n, follow_symlinks=False).hex()}" for n in wanted)


def tree(top):
    top = os.fsencode(top)
    first = {}
    paths = [top] + [os.path.join(d, name) for d, names, files in os.walk(top) for name in names + files]
    for path in sorted(paths):
        st = os.lstat(path)
        words = [os.path.relpath(path, top).decode(errors="backslashreplace"), oct(st.st_mode), st.st_uid, st.st_gid]
        if not stat.S_ISDIR(st.st_mode):
            words += [st.st_size, int(st.st_mtime), st.st_nlink]
            words.append("same:" + first.setdefault(st.st_ino, words[0]))
        if stat.S_ISLNK(st.st_mode):
            words.append(os.readlink(path).decode(errors="backslashreplace"))
        if stat.S_ISCHR(st.st_mode) or stat.S_ISBLK(st.st_mode):
            words.append(f"{os.major(st.st_rdev)}:{os.minor(st.st_rdev)}")
        if stat.S_ISREG(st.st_mode):
            with open(path, "rb") as f:
                words.append(hashlib.file_digest(f, "sha256").hexdigest() if hasattr(hashlib, "file_digest")
                             else hashlib.sha256(f.read()).hexdigest())
        words.append(xattrs(path))
        print(*words)


def marks(top):
    """What of overlayfs' own an archive may have smuggled in."""
    for directory, names, files in os.walk(top):
        for path in [os.path.join(directory, name) for name in names + files]:
            for name in os.listxattr(path, follow_symlinks=False):
                if "overlay." in name and name != "trusted.overlay.opaque":
                    print(path, name)


# --- layers

class Layer:
    """A tar in memory. Names are as they stand: nothing cleans them."""

    def __init__(self):
        self.file = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.file, mode="w", format=tarfile.PAX_FORMAT)

    def add(self, name, kind=tarfile.REGTYPE, content=b"", target="", mode=0o644, uid=0, gid=0, pax=None, device=(0, 0)):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode, info.uid, info.gid = kind, target, mode, uid, gid
        info.mtime = 1_000_000_000
        info.size = len(content)
        info.devmajor, info.devminor = device
        info.pax_headers = pax or {}
        self.tar.addfile(info, io.BytesIO(content))

    def file_(self, name, content="", **more):
        self.add(name, content=content.encode(), **more)

    def dir_(self, name, **more):
        self.add(name, tarfile.DIRTYPE, mode=more.pop("mode", 0o755), **more)

    def link(self, name, target):
        self.add(name, tarfile.SYMTYPE, target=target, mode=0o777)

    def hard(self, name, target):
        self.add(name, tarfile.LNKTYPE, target=target)

    def bytes(self):
        self.tar.close()
        return self.file.getvalue()


def lower(layer, _):
    layer.dir_("a"), layer.file_("a/one", "1"), layer.file_("a/two", "2")
    layer.dir_("b"), layer.file_("b/one", "1"), layer.file_("b/two", "2")
    layer.dir_("c"), layer.file_("c/one", "1")
    layer.dir_("d"), layer.file_("d/one", "1")
    layer.dir_("e"), layer.dir_("e/f"), layer.file_("e/f/g", "g")
    layer.link("lib", "usr/lib"), layer.dir_("usr"), layer.dir_("usr/lib"), layer.file_("usr/lib/x", "x")
    layer.file_("file", "lower")


def upper(layer, _):
    layer.file_("a/.wh.one")                      # one file of a directory
    layer.file_(".wh.b")                          # a whole directory
    layer.file_(".wh.c"), layer.dir_("c"), layer.file_("c/new", "n")    # replaced: whiteout before the directory
    layer.dir_("d"), layer.file_("d/new", "n"), layer.file_("d/.wh..wh..opq")  # opaque
    layer.file_(".wh.e"), layer.file_("e/f/new", "n")   # replaced by directories without entries of their own
    layer.file_(".wh..wh.plnk")                   # aufs' own
    layer.file_(".wh.file"), layer.file_("file", "upper")   # a whiteout hides what is below this layer, not in it
    layer.file_("twice", "first"), layer.file_("twice", "second")


def kinds(layer, _):
    layer.dir_("./", mode=0o751)
    layer.dir_("./sticky/", mode=0o1777)
    layer.dir_("./group", mode=0o2775, gid=50)
    layer.file_("./group/inside", "x")
    layer.file_("./suid", "s", mode=0o4755, uid=7, gid=8)
    layer.file_("./cap", "c", mode=0o755, uid=7,
                pax={"SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x04\x00\x00" + "\x00" * 12})
    layer.file_("./user", "u", pax={"SCHILY.xattr.user.note": "hello"})
    layer.file_("./acl", "a", pax={"SCHILY.acl.access": "user::rw-,user:1234:r--,group::r--,mask::r--,other::---"})
    layer.file_("./large-ids", "l", uid=3_000_000_000, gid=3_000_000_001)
    layer.add("./fifo", tarfile.FIFOTYPE)
    layer.add("./null", tarfile.CHRTYPE, mode=0o666, device=(1, 3))
    layer.add("./disk", tarfile.BLKTYPE, mode=0o660, gid=6, device=(259, 300))
    layer.link("./broken", "/nowhere/at all")
    layer.hard("./second", "./suid")
    layer.file_("./\u00fcml\u00e4ut", "name")
    layer.file_("./" + "long/" * 40 + "name", "deep")
    layer.file_("./quoted \"'\\ \t", "name")
    layer.file_("./no-read", "x", mode=0)
    layer.dir_("./no-enter", mode=0)
    layer.file_("./no-enter/inside", "x")


# --- hostile layers: nothing of DECOY may change, and nothing of it may be in the layer

def dotdot(layer, decoy):
    layer.file_("x"), layer.file_("../" * 20 + decoy.lstrip("/") + "/mark", "hostile")


def dotdot_inside(layer, decoy):
    layer.dir_("a"), layer.file_("a/../../../../../" + "../" * 20 + decoy.lstrip("/") + "/mark", "hostile")


def absolute(layer, decoy):
    layer.file_(decoy + "/mark", "hostile")       # is taken as one below the layer's root


def through_link(layer, decoy):
    layer.link("a", decoy), layer.file_("a/mark", "hostile"), layer.file_("a/new", "hostile")


def through_relative_link(layer, decoy):
    layer.link("a", "../" * 30 + decoy.lstrip("/")), layer.file_("a/mark", "hostile")


def through_two_links(layer, decoy):
    layer.link("a", "b/.."), layer.link("b", decoy), layer.file_("a/mark", "hostile"), layer.file_("b/mark", "hostile")


def replaced_directory(layer, decoy):
    layer.dir_("a"), layer.file_("a/x"), layer.link("a", decoy), layer.file_("a/mark", "hostile")


def replaced_parent(layer, decoy):
    layer.dir_("a"), layer.dir_("a/sub"), layer.file_("a/sub/x"), layer.link("a", decoy + "/.."), \
        layer.file_("a/sub/mark", "hostile")


def hard_link_outside(layer, decoy):
    layer.hard("mine", decoy + "/mark"), layer.file_("mine", "hostile")


def hard_link_dotdot(layer, decoy):
    layer.hard("mine", "../" * 30 + decoy.lstrip("/") + "/mark"), layer.file_("mine", "hostile")


def hard_link_through_link(layer, decoy):
    layer.link("a", decoy), layer.hard("mine", "a/mark"), layer.file_("mine", "hostile")


def link_over_file(layer, decoy):
    layer.link("mark", decoy + "/mark"), layer.file_("mark", "mine")   # replaces the link


def directory_over_link(layer, decoy):
    layer.link("a", decoy), layer.dir_("a", mode=0o700, uid=4711), layer.file_("a/mark", "hostile")


def whiteout_parent(layer, decoy):
    layer.dir_("a"), layer.file_("a/.wh...", "")


def whiteout_itself(layer, decoy):
    layer.dir_("a"), layer.file_("a/.wh..", "")


def whiteout_nothing(layer, decoy):
    layer.file_(".wh.", "")


def opaque_through_link(layer, decoy):
    layer.link("a", decoy), layer.file_("a/.wh..wh..opq"), layer.file_("a/.wh.mark")


def overlay_marks(layer, decoy):
    layer.dir_("a", pax={"SCHILY.xattr.trusted.overlay.redirect": decoy, "SCHILY.xattr.trusted.overlay.opaque": "y"})
    layer.file_("f", "x", pax={"SCHILY.xattr.trusted.overlay.metacopy": "", "SCHILY.xattr.user.overlay.redirect": decoy})


def root_is_a_link(layer, decoy):
    layer.link("./", decoy), layer.file_("mark", "hostile")


def root_is_a_file(layer, decoy):
    layer.file_("/", "x")


def huge_owner(layer, decoy):
    layer.file_("x", "x", pax={"uid": "4294967296"})


def wrapped_owner(layer, decoy):
    layer.file_("x", "x", pax={"uid": "4294967295"})


def directory_as_hard_link(layer, decoy):
    layer.dir_("a"), layer.hard("b", "a")


def own_parent(layer, decoy):
    layer.dir_("a"), layer.file_("a/b", "x"), layer.file_("a", "now a file"), layer.dir_("a"), layer.file_("a/c", "x")


def deep(layer, decoy):
    layer.dir_("d/" * 1500 + "d"), layer.file_("d/" * 1500 + "f", "x")


def too_long(layer, decoy):
    layer.file_("n" * 300, "x")


HOSTILE_REFUSED = [dotdot, dotdot_inside, hard_link_outside, hard_link_dotdot, hard_link_through_link, whiteout_parent,
                   whiteout_itself, whiteout_nothing, root_is_a_link, root_is_a_file, huge_owner, wrapped_owner,
                   directory_as_hard_link, too_long, deep]
HOSTILE_HARMLESS = [absolute, through_link, through_relative_link, through_two_links, replaced_directory,
                    replaced_parent, link_over_file, directory_over_link, opaque_through_link, overlay_marks,
                    own_parent]
LAYERS = {f.__name__: f for f in [lower, upper, kinds] + HOSTILE_REFUSED + HOSTILE_HARMLESS}


def layer_of(scenario, decoy=""):
    layer = Layer()
    LAYERS[scenario](layer, decoy)
    return layer.bytes()


# --- archives

OCI = "application/vnd.oci.image."


class Image:
    def __init__(self, layers, config=None):
        self.blobs = {}
        self.layers = layers
        self.config = {"architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine),
                       "os": "linux", "created": "2001-02-03T04:05:06Z", "config": config or {},
                       "rootfs": {"type": "layers", "diff_ids": [digest(plain(l)) for l in layers]},
                       "history": [{"created": "2001-02-03T04:05:06Z", "created_by": f"layer {i}"} for i in range(len(layers))]}

    def blob(self, data, media_type):
        self.blobs[digest(data)] = data
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    def manifest(self):
        layers = [self.blob(l, OCI + "layer.v1.tar" + ("+gzip" if l[:2] == b"\x1f\x8b" else "")) for l in self.layers]
        return {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                "config": self.blob(json.dumps(self.config).encode(), OCI + "config.v1+json"), "layers": layers}


def plain(layer):
    return gzip.decompress(layer) if layer[:2] == b"\x1f\x8b" else layer


def write_tar(out, members):
    with tarfile.open(out, "w") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def oci_members(image, index):
    return [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", json.dumps(index).encode())] + \
        [("blobs/sha256/" + d[7:], data) for d, data in image.blobs.items()]


def index_of(descriptor, name):
    return {"schemaVersion": 2, "manifests": [dict(descriptor, annotations={"org.opencontainers.image.ref.name": name})]}


def archive(kind, name, out, files, config=None):
    image = Image([open(f, "rb").read() for f in files], config)
    if kind == "oci":
        descriptor = image.blob(json.dumps(image.manifest()).encode(), OCI + "manifest.v1+json")
        return write_tar(out, oci_members(image, index_of(descriptor, name)))
    config = json.dumps(image.config).encode()
    layers = [(f"{i}/layer.tar", l) for i, l in enumerate(image.layers)]
    manifest = [{"Config": digest(config)[7:] + ".json", "RepoTags": [name], "Layers": [n for n, _ in layers]}]
    write_tar(out, layers + [(digest(config)[7:] + ".json", config), ("manifest.json", json.dumps(manifest).encode())])


# --- broken archives

def broken(what, out):
    image = Image([layer_of("lower"), gzip.compress(layer_of("kinds"), mtime=0)])
    manifest = image.manifest()
    media_type = OCI + "manifest.v1+json"
    index = None

    if what == "no-layers":
        manifest["layers"] = []
    elif what == "wrong-number-of-layers":
        manifest["layers"] = manifest["layers"][:1]
    elif what == "unknown-layer-type":
        manifest["layers"][1]["mediaType"] = "application/vnd.oci.image.layer.v1.tar+encrypted"
    elif what == "unknown-config-type":
        manifest["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json"
    elif what == "schema-1":
        manifest["schemaVersion"] = 1
    elif what == "wrong-diff-id":
        image.config["rootfs"]["diff_ids"][0] = "sha256:" + "0" * 64
        manifest = image.manifest()
    elif what == "odd-digest":
        manifest["layers"][0]["digest"] = "sha256:../../../../etc/passwd"
    elif what == "md5-digest":
        manifest["layers"][0]["digest"] = "md5:d41d8cd98f00b204e9800998ecf8427e"
    elif what == "negative-size":
        manifest["layers"][0]["size"] = -1
    elif what == "wrong-size":
        manifest["layers"][0]["size"] += 1
    elif what == "fields-of-other-types":
        manifest["layers"] = {"a": 1}
    elif what == "config-is-a-list":
        manifest["config"] = image.blob(b"[]", OCI + "config.v1+json")
    elif what == "config-field-of-another-type":
        image.config["config"] = {"Env": "PATH=/bin"}
        manifest = image.manifest()
    elif what == "large-document":
        manifest["annotations"] = {"x": "y" * (5 << 20)}

    descriptor = image.blob(json.dumps(manifest).encode(), media_type)
    if what == "cyclic-index":   # as near as a hash lets one come: an index in an index in an index …
        for _ in range(8):
            descriptor = image.blob(json.dumps({"schemaVersion": 2, "manifests": [descriptor]}).encode(), OCI + "index.v1+json")
    elif what == "other-platform":
        descriptor["platform"] = {"os": "plan9", "architecture": "mips"}
        descriptor = image.blob(json.dumps({"schemaVersion": 2, "manifests": [descriptor]}).encode(), OCI + "index.v1+json")
    elif what == "unknown-manifest-type":
        descriptor["mediaType"] = "application/vnd.example+json"
    elif what == "empty-index":
        index = {"schemaVersion": 2, "manifests": []}
    elif what == "index-no-json":
        index = "{"
    members = oci_members(image, index if index is not None else index_of(descriptor, "broken:1"))
    layer = manifest["layers"][1]["digest"][7:] if isinstance(manifest["layers"], list) and len(manifest["layers"]) > 1 else ""
    if what == "corrupt-layer":
        members = [(n, d[:40] + b"\xff" + d[41:]) if n.endswith(layer) else (n, d) for n, d in members]
    elif what == "truncated-layer":
        members = [(n, d[:200]) if n.endswith(layer) else (n, d) for n, d in members]
    elif what == "missing-layer":
        members = [(n, d) for n, d in members if not n.endswith(layer)]
    elif what == "corrupt-config":
        config = manifest["config"]["digest"][7:]
        members = [(n, d.replace(b"linux", b"minix")) if n.endswith(config) else (n, d) for n, d in members]
    elif what == "layer-is-text":
        text = b"this is no archive at all, whatever its name may say\n" * 20
        image2 = Image([text])
        descriptor = image2.blob(json.dumps(image2.manifest()).encode(), media_type)
        members = oci_members(image2, index_of(descriptor, "broken:1"))
    write_tar(out, members)
    if what == "truncated-archive":
        with open(out, "r+b") as f:
            f.truncate(os.path.getsize(out) * 2 // 3)


BROKEN = ["no-layers", "wrong-number-of-layers", "unknown-layer-type", "unknown-config-type", "schema-1", "wrong-diff-id",
          "odd-digest", "md5-digest", "negative-size", "wrong-size", "fields-of-other-types", "config-is-a-list",
          "config-field-of-another-type", "large-document", "cyclic-index", "other-platform", "unknown-manifest-type",
          "empty-index", "index-no-json", "corrupt-layer", "truncated-layer", "missing-layer", "corrupt-config",
          "layer-is-text", "truncated-archive"]


def main(command, *words):
    if command == "tree":
        tree(*words)
    elif command == "marks":
        marks(*words)
    elif command == "archive":
        archive(words[0], words[1], words[2], words[3:], json.loads(os.environ.get("CONFIG", "{}")))
    elif command == "layer":
        open(words[1], "wb").write(layer_of(words[0], *words[2:]))
    elif command == "broken":
        broken(*words)
    elif command == "scenarios":
        names = {"refused": HOSTILE_REFUSED, "harmless": HOSTILE_HARMLESS}.get(words[0])
        print(*([f.__name__ for f in names] if names else BROKEN))


main(*sys.argv[1:])
