"""Layers of images for image_files.py: ordinary, odd and hostile, as functions that fill one."""
import io
import tarfile


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


def opaque_root(layer, _):
    layer.file_("own", "own"), layer.file_("bin/busybox-or-not", "x"), layer.dir_("a", mode=0o711, uid=4)
    layer.file_("d/implicit/new", "n"), layer.file_("e/f/below", "b"), layer.file_(".wh..wh..opq")


def above(layer, _):
    layer.file_("a/above", "a"), layer.file_("d/implicit/above", "a"), layer.file_("e/above", "a"), layer.file_(".wh.own")


def odd_lower(layer, _):
    for name in ["d", "real", "hidden"]:
        layer.dir_(name, mode=0o750, uid=7), layer.dir_(name + "/sub", mode=0o700, uid=8)
        layer.file_(name + "/one", "1"), layer.file_(name + "/sub/two", "2")


def through_links(layer, _):
    """Whiteouts through links of their own layer, to what it has, and to what only layers below it have."""
    layer.dir_("d", mode=0o750, uid=7), layer.link("near", "d"), layer.file_("near/.wh.one")
    layer.link("far", "real"), layer.file_("far/.wh.one"), layer.file_("far/sub/new", "n")
    layer.file_("hidden/.wh..wh..opq"), layer.file_("hidden/sub/new", "n")  # sub is not what it was below


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
LAYERS = {f.__name__: f for f in [lower, upper, opaque_root, above, odd_lower, through_links, kinds] + HOSTILE_REFUSED + HOSTILE_HARMLESS}


def layer_of(scenario, decoy=""):
    layer = Layer()
    LAYERS[scenario](layer, decoy)
    return layer.bytes()
