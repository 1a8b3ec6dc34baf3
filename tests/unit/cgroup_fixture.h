#pragma once

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>

#include "error_of.h"
#include "util/error.h"

namespace sdcont {

/// A directory tree that stands for /proc and /sys/fs/cgroup.
class FakeTree : public testing::Test {
 protected:
  FakeTree() {
    std::string pattern = testing::TempDir() + "/sdcont-XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~FakeTree() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(at(path)).parent_path());
    std::ofstream(at(path)) << text;
  }
  void write_all(const std::string& directory,
                 std::initializer_list<std::pair<const char*, const char*>> files) const {
    for (const auto& [file, text] : files) write(directory + "/" + file, text);
  }
  [[nodiscard]] std::string read(const std::string& path) const {
    std::ifstream file(at(path));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] std::string at(const std::string& path) const { return root_ + "/" + path; }

 private:
  std::string root_;
};

/// A process that waits to be killed.
class Sleeper {
 public:
  Sleeper() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed must not leave it behind
    for (;;) pause();
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() {
    if (reaped_) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// The signal that ended it, or 0 while it runs.
  int ended_by() {
    int status = 0;
    if (!reaped_ && waitpid(pid_, &status, WNOHANG) == pid_) {
      reaped_ = true;
      signal_ = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
    }
    return signal_;
  }

 private:
  pid_t pid_;
  bool reaped_ = false;
  int signal_ = 0;
};

}  // namespace sdcont
