#include "util/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdlib>

#include "util/error.h"
#include "util/fd.h"

namespace sdcont {
namespace {

class RemoveTree : public testing::Test {
 protected:
  RemoveTree() {
    std::string pattern = testing::TempDir() + "sdcont-file-XXXXXX";
    path_ = mkdtemp(pattern.data());
    top_ = open_file(path_, O_RDONLY | O_DIRECTORY);
  }
  ~RemoveTree() override { rmdir(path_.c_str()); }

  // Returns the last one.
  Fd make_chain(int levels) {
    Fd current = open_at(top_.get(), ".", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < levels; ++i) {
      const std::string name = i == 0 ? "tree" : "d";
      check(mkdirat(current.get(), name.c_str(), 0700), "cannot make a directory");
      current = open_at(current.get(), name, O_RDONLY | O_DIRECTORY);
    }
    return current;
  }

  std::string path_;
  Fd top_;
};

TEST_F(RemoveTree, RemovesFilesDirectoriesAndLinks) {
  const Fd tree = make_chain(1);
  mkdirat(tree.get(), "full", 0700);
  for (int i = 0; i < 1000; ++i)
    open_at(tree.get(), "full/" + std::to_string(i), O_WRONLY | O_CREAT | O_EXCL, 0600);
  symlinkat(path_.c_str(), tree.get(), "link");
  remove_tree(top_.get(), "tree");
  EXPECT_FALSE(exists(path_ + "/tree"));
  EXPECT_TRUE(exists(path_));
}

TEST_F(RemoveTree, TakesAFileAndWhatIsNotThere) {
  open_at(top_.get(), "file", O_WRONLY | O_CREAT, 0600);
  remove_tree(top_.get(), "file");
  EXPECT_FALSE(exists(path_ + "/file"));
  EXPECT_NO_THROW(remove_tree(top_.get(), "file"));
}

TEST_F(RemoveTree, IsNotStoppedByATreeDeeperThanItsDescriptors) {
  {
    const Fd middle = make_chain(1000);
    // in the way of the name that it uses itself
    const Fd tree = open_at(top_.get(), "tree", O_RDONLY | O_DIRECTORY);
    open_at(tree.get(), ".removed-0", O_WRONLY | O_CREAT, 0600);
    open_at(middle.get(), "file", O_WRONLY | O_CREAT, 0600);
  }
  struct rlimit before {};
  getrlimit(RLIMIT_NOFILE, &before);
  const struct rlimit few { 128, before.rlim_max };
  setrlimit(RLIMIT_NOFILE, &few);
  EXPECT_NO_THROW(remove_tree(top_.get(), "tree"));
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_FALSE(exists(path_ + "/tree"));
}

}  // namespace
}  // namespace sdcont
