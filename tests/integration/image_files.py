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

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from image_layers import HOSTILE_HARMLESS, HOSTILE_REFUSED, Layer, layer_of  # noqa: E402, F401


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
