#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "rootfs/copy_tree.h"
#include "rootfs/volume_fill.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

namespace fs = std::filesystem;

class CopyTest : public RootDirectory {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "owners and nodes need root";
    from_ = open_file(root(), O_RDONLY | O_DIRECTORY);
    fs::create_directories(top() / "to");
    to_ = open_file(top() / "to", O_RDONLY | O_DIRECTORY);
  }

  [[nodiscard]] fs::path to() const { return top() / "to"; }
  void copy(const std::string& name, const CopyOptions& options = {}) const {
    copy_tree({from_.get(), name}, {to_.get(), name}, options);
  }
  static struct stat look(const fs::path& path) {
    struct stat st {};
    EXPECT_EQ(lstat(path.c_str(), &st), 0) << path;
    return st;
  }

  Fd from_, to_;
};

TEST_F(CopyTest, AllKindsWithTheirMetadata) {
  write(root() / "t/f", "content");
  fs::create_hard_link(root() / "t/f", root() / "t/hard");
  link("t/l", "f");
  EXPECT_EQ(mkfifo((root() / "t/p").c_str(), 0640), 0);
  EXPECT_EQ(mknod((root() / "t/n").c_str(), S_IFCHR | 0600, makedev(1, 3)), 0);
  EXPECT_EQ(chown((root() / "t/f").c_str(), 5, 6), 0);
  EXPECT_EQ(chmod((root() / "t/f").c_str(), 04755), 0);
  EXPECT_EQ(setxattr((root() / "t/f").c_str(), "trusted.x", "y", 1, 0), 0);
  EXPECT_EQ(setxattr((root() / "t/f").c_str(), "trusted.overlay.opaque", "y", 1, 0), 0);
  const timespec times[2] = {{1000, 7}, {2000, 9}};
  EXPECT_EQ(utimensat(AT_FDCWD, (root() / "t/f").c_str(), static_cast<const timespec*>(times), 0), 0);
  copy("t");
  const auto f = look(to() / "t/f");
  EXPECT_EQ(read_file(to() / "t/f"), "content");
  EXPECT_EQ(f.st_uid * 100 + f.st_gid, 506U);
  EXPECT_EQ(f.st_mode, S_IFREG | 04755U);
  EXPECT_EQ(f.st_mtim.tv_sec * 10 + f.st_mtim.tv_nsec, 20009);
  EXPECT_EQ(f.st_ino, look(to() / "t/hard").st_ino);
  EXPECT_EQ(fs::read_symlink(to() / "t/l"), "f");
  EXPECT_TRUE(fs::is_fifo(to() / "t/p"));
  EXPECT_EQ(look(to() / "t/n").st_rdev, makedev(1, 3));
  char value = 0;
  EXPECT_EQ(getxattr((to() / "t/f").c_str(), "trusted.x", &value, 1), 1);
  EXPECT_EQ(getxattr((to() / "t/f").c_str(), "trusted.overlay.opaque", &value, 1), -1);
}

TEST_F(CopyTest, WithoutTheOwnerThereIsNoSetuid) {
  write(root() / "f", "x");
  EXPECT_EQ(chown((root() / "f").c_str(), 5, 6), 0);
  EXPECT_EQ(chmod((root() / "f").c_str(), 06755), 0);
  copy("f", {.owner = false});
  EXPECT_EQ(look(to() / "f").st_mode, S_IFREG | 0755U);
  EXPECT_EQ(look(to() / "f").st_uid, geteuid());
}

TEST_F(CopyTest, WhatIsThereIsReplacedOrMergedInto) {
  write(root() / "t/f", "new");
  write(root() / "t/d/x", "x");
  write(to() / "t/f", "old");
  write(to() / "t/d/y", "y");
  fs::create_hard_link(to() / "t/f", to() / "other");
  copy("t");
  EXPECT_EQ(read_file(to() / "t/f") + read_file(to() / "t/d/x") + read_file(to() / "t/d/y"), "newxy");
  EXPECT_EQ(read_file(to() / "other"), "old") << "a file is replaced, not written into";
}

TEST_F(CopyTest, OtherKindsAreNotReplaced) {
  write(root() / "a/x", "x");
  write(to() / "a", "file");
  write(root() / "b", "x");
  write(to() / "b/y", "y");
  EXPECT_NE(error_of([&] { copy("a"); }).find("in place of the file a"), std::string::npos);
  EXPECT_NE(error_of([&] { copy("b"); }).find("in place of the directory b"), std::string::npos);
  EXPECT_EQ(read_file(to() / "a") + read_file(to() / "b/y"), "filey");
}

TEST_F(CopyTest, LinksOnEitherSideAreNeverFollowed) {
  link("t/away", decoy());
  write(root() / "u/d/secret", "evil");
  write(root() / "u/f", "evil");
  copy("t");
  EXPECT_EQ(fs::read_symlink(to() / "t/away"), decoy());
  fs::create_directories(to() / "u");
  fs::create_symlink(decoy(), to() / "u/d");
  fs::create_symlink(decoy() / "secret", to() / "u/f");
  EXPECT_NE(error_of([&] { copy("u"); }).find("in place of the file u/d"), std::string::npos);
  fs::remove(to() / "u/d");
  copy("u");
  EXPECT_FALSE(fs::is_symlink(to() / "u/f"));
  EXPECT_TRUE(decoy_untouched());
}

TEST_F(CopyTest, NotIntoItself) {
  write(root() / "t/x", "x");
  const Fd inside = open_file(root() / "t", O_RDONLY | O_DIRECTORY);
  EXPECT_NE(error_of([&] {
              copy_tree({from_.get(), "t"}, {inside.get(), "t"}, {});
            }).find("into itself"),
            std::string::npos);
}

TEST_F(CopyTest, AVolumeIsFilledOnceAndWhole) {
  write(root() / "d/x", "x");
  EXPECT_EQ(chown((root() / "d").c_str(), 5, 6), 0);
  const Fd target = open_file(root() / "d", O_PATH | O_DIRECTORY);
  const fs::path volume = top() / "volume";
  fs::create_directories(volume / "_data");
  fill_volume(volume, target.get());
  EXPECT_EQ(read_file(volume / "_data/x"), "x");
  EXPECT_EQ(look(volume / "_data").st_uid, 5U);
  EXPECT_FALSE(exists(volume / "filling"));
  write(volume / "_data/x", "changed");
  fill_volume(volume, target.get());
  EXPECT_EQ(read_file(volume / "_data/x"), "changed");
  write(volume / "filling", "");  // as one that was killed leaves it
  write(volume / "_data/half", "h");
  fill_volume(volume, target.get());
  EXPECT_EQ(read_file(volume / "_data/x"), "x");
  EXPECT_FALSE(exists(volume / "_data/half"));
  EXPECT_FALSE(exists(volume / "filling"));
}

}  // namespace
}  // namespace sdcont
