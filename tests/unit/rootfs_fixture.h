#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "error_of.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

namespace sdcont {

/// A directory of the test's own, with a root in it and a decoy beside that nothing may touch.
class RootDirectory : public testing::Test {
 protected:
  RootDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "sdcont-rootfs-XXXXXX").string();
    top_ = mkdtemp(name.data());
    std::filesystem::create_directories(top_ / "root");
    std::filesystem::create_directories(top_ / "decoy");
    write(top_ / "decoy" / "secret", "secret");
    fd_ = open_file(root(), O_PATH | O_DIRECTORY);
  }
  ~RootDirectory() override { std::filesystem::remove_all(top_); }

  [[nodiscard]] std::filesystem::path root() const { return top_ / "root"; }
  [[nodiscard]] std::filesystem::path decoy() const { return top_ / "decoy"; }
  [[nodiscard]] int root_fd() const { return fd_.get(); }
  [[nodiscard]] std::filesystem::path top() const { return top_; }

  static void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void link(const std::string& path, const std::string& text) const {
    const std::filesystem::path link = root() / path;
    std::filesystem::create_directories(link.parent_path());
    std::filesystem::create_symlink(text, link);
  }
  [[nodiscard]] bool decoy_untouched() const {
    size_t entries = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(decoy())) ++entries;
    return entries == 1 && read_file(decoy() / "secret") == "secret";
  }

 private:
  std::filesystem::path top_;
  Fd fd_;
};

}  // namespace sdcont
