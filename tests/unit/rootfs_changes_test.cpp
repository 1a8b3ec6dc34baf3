#include "rootfs/changes.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "rootfs_fixture.h"

namespace sdcont {
namespace {

namespace fs = std::filesystem;

/// Layers made by hand, as overlayfs leaves them: upper over top over base.
class ChangesTest : public RootDirectory {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "whiteouts need root";
    for (const char* layer : {"upper", "top", "base"}) fs::create_directories(top() / layer);
  }

  void put(const std::string& layer, const std::string& path, const std::string& text) const {
    write(top() / layer / path, text);
    settle(layer, path);
  }
  void directory(const std::string& layer, const std::string& path) const {
    fs::create_directories(top() / layer / path);
  }
  void whiteout(const std::string& layer, const std::string& path) const {
    fs::create_directories((top() / layer / path).parent_path());
    EXPECT_EQ(mknod((top() / layer / path).c_str(), S_IFCHR, makedev(0, 0)), 0);
  }
  void opaque(const std::string& layer, const std::string& path) const {
    directory(layer, path);
    EXPECT_EQ(setxattr((top() / layer / path).c_str(), "trusted.overlay.opaque", "y", 1, 0), 0);
  }
  /// One and the same time, as a copy-up keeps it.
  void settle(const std::string& layer, const std::string& path) const {
    const timespec times[2] = {{1000, 5}, {1000, 5}};
    utimensat(AT_FDCWD, (top() / layer / path).c_str(), static_cast<const timespec*>(times),
              AT_SYMLINK_NOFOLLOW);
  }
  /// All directories of the layers to one time, so that it tells of no difference.
  void settle_directories() const {
    for (const char* layer : {"upper", "top", "base"}) {
      for (const auto& entry : fs::recursive_directory_iterator(top() / layer)) {
        if (entry.is_directory() && !entry.is_symlink()) {
          settle(layer, entry.path().lexically_relative(top() / layer).string());
        }
      }
    }
  }

  [[nodiscard]] std::string changes(const std::string& mount_point = "/",
                                    const std::set<std::string>& made = {}) const {
    const Fd upper = open_file(top() / "upper", O_RDONLY | O_DIRECTORY);
    const Fd above = open_file(top() / "top", O_RDONLY | O_DIRECTORY);
    const Fd base = open_file(top() / "base", O_RDONLY | O_DIRECTORY);
    std::string text;
    find_changes({mount_point, upper.get(), {above.get(), base.get()}, &made}, [&](const Change& change) {
      text += std::string(1, static_cast<char>(change.kind)) + change.path + (change.own ? " " : "~ ");
      struct stat st {};
      if (change.kind != ChangeKind::removed) {
        EXPECT_EQ(fstatat(change.upper_dir, change.name.c_str(), &st, AT_SYMLINK_NOFOLLOW), 0) << change.path;
        EXPECT_EQ(st.st_ino, change.upper.st_ino);
      }
      if (change.kind != ChangeKind::added) {
        EXPECT_EQ(fstatat(change.lower_dir, change.name.c_str(), &st, AT_SYMLINK_NOFOLLOW), 0) << change.path;
        EXPECT_EQ(st.st_ino, change.lower.st_ino);
      }
    });
    return text;
  }
};

TEST_F(ChangesTest, AddedChangedRemovedWithTheirParents) {
  put("base", "etc/passwd", "root");
  put("base", "etc/group", "root");
  put("top", "srv/a/b/c", "deep");
  put("upper", "etc/passwd", "changed");
  whiteout("upper", "etc/group");
  put("upper", "srv/a/b/new/x", "x");
  settle_directories();
  EXPECT_EQ(changes(),
            "C/etc~ D/etc/group C/etc/passwd C/srv~ C/srv/a~ C/srv/a/b~ A/srv/a/b/new A/srv/a/b/new/x ");
}

TEST_F(ChangesTest, WhatIsTheSameIsNoChange) {
  put("base", "f", "same");
  put("upper", "f", "same");
  put("base", "d/g", "same");
  put("upper", "d/g", "same");
  fs::create_symlink("x", top() / "base/l");
  fs::create_symlink("x", top() / "upper/l");
  settle("base", "l");
  settle("upper", "l");
  whiteout("upper", "never-there");
  settle_directories();
  EXPECT_EQ(changes(), "");
  put("upper", "f", "SAME");  // of one size, and with the old time put back
  EXPECT_EQ(changes(), "C/f ");
}

TEST_F(ChangesTest, EachPartOfTheMetadataCounts) {
  for (const char* name : {"attribute", "mode", "owner", "time", "target"}) {
    put("base", name, "x");
    put("upper", name, "x");
  }
  fs::remove(top() / "base/target");
  fs::remove(top() / "upper/target");
  fs::create_symlink("a", top() / "base/target");
  fs::create_symlink("b", top() / "upper/target");
  settle("base", "target");
  settle("upper", "target");
  EXPECT_EQ(setxattr((top() / "upper/attribute").c_str(), "trusted.x", "y", 1, 0), 0);
  EXPECT_EQ(chmod((top() / "upper/mode").c_str(), 0600), 0);
  EXPECT_EQ(chown((top() / "upper/owner").c_str(), 5, 0), 0);
  fs::last_write_time(top() / "upper/time", fs::file_time_type::clock::now());
  EXPECT_EQ(changes(), "C/attribute C/mode C/owner C/target C/time ");
}

TEST_F(ChangesTest, ANewNameOfAFileIsAChangeOfBoth) {
  put("base", "f", "same");
  put("upper", "f", "same");
  put("base", "two", "same");
  put("upper", "two", "same");  // a copy-up has one name
  fs::create_hard_link(top() / "base/two", top() / "base/names");
  EXPECT_EQ(changes(), "");
  fs::create_hard_link(top() / "upper/f", top() / "upper/g");
  EXPECT_EQ(changes(), "C/f A/g ");
}

TEST_F(ChangesTest, DirectoriesByThemselves) {
  directory("base", "untouched/x");
  directory("upper", "untouched/x");
  directory("base", "mode");
  directory("upper", "mode");
  EXPECT_EQ(chmod((top() / "upper/mode").c_str(), 0700), 0);
  directory("base", "time");
  directory("upper", "time");
  settle_directories();
  fs::last_write_time(top() / "upper/time", fs::file_time_type::clock::now());
  EXPECT_EQ(changes(), "C/mode C/time~ ");
}

TEST_F(ChangesTest, OpaqueDirectoriesAreToldOfAsWhatDiffersInThem) {
  put("base", "d/gone", "x");
  put("base", "d/same", "x");
  put("top", "d/changed", "x");
  put("base", "d/deep/gone", "x");
  opaque("upper", "d");
  put("upper", "d/same", "x");
  put("upper", "d/changed", "y");
  put("upper", "d/new", "y");
  directory("upper", "d/deep");
  settle_directories();
  EXPECT_EQ(changes(), "C/d~ C/d/changed C/d/deep~ D/d/deep/gone D/d/gone A/d/new ");
}

TEST_F(ChangesTest, OtherKindsInOnePlace) {
  put("base", "to-directory", "x");
  put("base", "to-file/x", "x");
  put("upper", "to-directory/x", "x");
  put("upper", "to-file", "x");
  EXPECT_EQ(changes(), "C/to-directory A/to-directory/x C/to-file ");
}

TEST_F(ChangesTest, LowerLayersHideOneAnother) {
  put("base", "hidden", "x");
  whiteout("top", "hidden");
  put("base", "opaque/below", "x");
  opaque("top", "opaque");
  put("base", "file-over-directory/x", "x");
  put("top", "file-over-directory", "x");
  put("upper", "hidden", "new");
  put("upper", "opaque/below", "new");
  whiteout("upper", "file-over-directory");
  settle_directories();
  EXPECT_EQ(changes(), "D/file-over-directory A/hidden C/opaque~ A/opaque/below ");
}

TEST_F(ChangesTest, WhatWasMadeForMountsIsHiddenUntilItIsUsed) {
  put("base", "etc/x", "x");
  put("upper", "etc/hosts", "");
  directory("upper", "mnt/v");
  settle_directories();
  settle("base", "etc");
  fs::last_write_time(top() / "upper/etc", fs::file_time_type::clock::now());
  const std::set<std::string> made = {"/etc", "/etc/hosts", "/mnt", "/mnt/v"};
  EXPECT_EQ(changes("/", made), "");
  EXPECT_EQ(changes("/"), "C/etc~ A/etc/hosts A/mnt A/mnt/v ");
  put("upper", "etc/hosts", "written below the mount");
  put("upper", "mnt/v/x", "written below the mount");
  EXPECT_EQ(changes("/", made), "C/etc~ A/etc/hosts A/mnt A/mnt/v A/mnt/v/x ");
}

TEST_F(ChangesTest, TheRootItselfAndOtherMountPoints) {
  put("upper", "x", "x");
  EXPECT_EQ(changes("/"), "A/x ");
  EXPECT_EQ(changes("/home"), "C/home~ A/home/x ");
  EXPECT_EQ(chmod((top() / "upper").c_str(), 0700), 0);
  EXPECT_EQ(changes("/"), "C/ A/x ");
  EXPECT_EQ(changes("/home"), "C/home A/home/x ");
}

TEST_F(ChangesTest, LinksAreNeverFollowed) {
  fs::create_symlink(decoy(), top() / "base/l");
  directory("upper", "l");
  put("upper", "l/secret", "x");
  fs::create_symlink(decoy(), top() / "upper/away");
  directory("base", "away");
  put("base", "away/secret", "y");
  EXPECT_EQ(changes(), "C/away C/l A/l/secret ");
  EXPECT_TRUE(decoy_untouched());
}

}  // namespace
}  // namespace sdcont
