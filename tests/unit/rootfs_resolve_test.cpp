#include "rootfs/resolve.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

namespace fs = std::filesystem;

class ResolveTest : public RootDirectory {};

TEST_F(ResolveTest, OpensWhatIsInside) {
  write(root() / "etc/passwd", "x");
  EXPECT_EQ(read_fd(open_in_root(root_fd(), "/etc/passwd", O_RDONLY).get(), "passwd"), "x");
  EXPECT_EQ(read_fd(open_in_root(root_fd(), "/../../etc/passwd", O_RDONLY).get(), "passwd"), "x");
}

TEST_F(ResolveTest, LinksEndInsideTheRoot) {
  link("absolute", decoy() / "secret");
  link("relative", "../decoy/secret");
  EXPECT_FALSE(try_open_in_root(root_fd(), "/absolute", O_RDONLY));
  EXPECT_FALSE(try_open_in_root(root_fd(), "/relative", O_RDONLY));
  write(fs::path(root().string() + (decoy() / "secret").string()), "inside");
  EXPECT_EQ(read_fd(open_in_root(root_fd(), "/absolute", O_RDONLY).get(), "absolute"), "inside");
}

TEST_F(ResolveTest, MagicLinksAreRefused) {
  const Fd slash = open_file("/", O_PATH | O_DIRECTORY);
  const std::string path = "/proc/self/fd/" + std::to_string(slash.get());
  EXPECT_FALSE(try_open_in_root(slash.get(), path, O_PATH));
  EXPECT_EQ(errno, ELOOP);
}

TEST_F(ResolveTest, RefusesLinksWhereAsked) {
  fs::create_directory(root() / "real");
  link("dev", "real");
  EXPECT_TRUE(try_open_in_root(root_fd(), "/dev", O_PATH));
  EXPECT_FALSE(try_open_in_root(root_fd(), "/dev", O_PATH, 0, Links::refuse));
  EXPECT_NE(error_of([&] { make_directory_in_root(root_fd(), "/dev/pts", 0755, Links::refuse); }), "");
  EXPECT_FALSE(fs::exists(root() / "real/pts"));
}

TEST_F(ResolveTest, MakesWhatIsMissing) {
  make_directory_in_root(root_fd(), "/a/b//./c");
  EXPECT_TRUE(fs::is_directory(root() / "a/b/c"));
  make_directory_in_root(root_fd(), "/a/b/c");
  make_directory_in_root(root_fd(), "/a/b/c/");
  make_directory_in_root(root_fd(), "/a/b/c/d/.");
  EXPECT_TRUE(fs::is_empty(root() / "a/b/c/d"));
  make_file_in_root(root_fd(), "/x/y/file");
  EXPECT_TRUE(fs::is_regular_file(root() / "x/y/file"));
  EXPECT_EQ(fs::file_size(root() / "x/y/file"), 0U);
}

TEST_F(ResolveTest, MakesBehindLinksInsideTheRoot) {
  link("run", "../../../../var/run");
  link("etc/resolv.conf", "../run/systemd/stub.conf");
  make_file_in_root(root_fd(), "/etc/resolv.conf");
  EXPECT_TRUE(fs::is_regular_file(root() / "var/run/systemd/stub.conf"));
  EXPECT_TRUE(fs::is_symlink(root() / "etc/resolv.conf"));

  link("out", decoy() / "made");
  make_directory_in_root(root_fd(), "/out/deeper");
  EXPECT_TRUE(fs::is_directory(root().string() + (decoy() / "made/deeper").string()));
  EXPECT_TRUE(decoy_untouched());
}

TEST_F(ResolveTest, EndlessLinksAreAnError) {
  link("one", "two");
  link("two", "one");
  EXPECT_NE(error_of([&] { make_file_in_root(root_fd(), "/one"); }), "");
  link("grow", "grow/more");
  EXPECT_NE(error_of([&] { make_file_in_root(root_fd(), "/grow"); }), "");
}

TEST_F(ResolveTest, NothingIsMadeBelowAFile) {
  write(root() / "file", "x");
  EXPECT_NE(error_of([&] { make_directory_in_root(root_fd(), "/file/x"); }), "");
}

TEST(PathTest, ParentAndBase) {
  EXPECT_EQ(parent_path("/a/b"), "/a");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(base_name("/a/b"), "b");
  EXPECT_EQ(base_name("/a"), "a");
}

}  // namespace
}  // namespace sdcont
