#include "util/process_id.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace sdcont {
namespace {

TEST(ProcessIdTest, AProcessFromItsBirthToItsEnd) {
  const pid_t pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  const ProcessId child = identify(pid);
  EXPECT_TRUE(is_running(child));
  EXPECT_FALSE(is_ending(child));
  EXPECT_EQ(parent_of(child), getpid());
  const ProcessId another{pid, child.start_time + 1};
  EXPECT_FALSE(is_running(another)) << "a pid that was another's before";
  EXPECT_FALSE(parent_of(another));
  const Fd handle = open_process(child);
  ASSERT_TRUE(signal_process(handle, SIGKILL));
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  EXPECT_FALSE(is_running(child)) << "a zombie does not";
  EXPECT_TRUE(is_ending(child));
  EXPECT_FALSE(parent_of(child));
  waitpid(pid, nullptr, 0);
  EXPECT_FALSE(open_process(child));
  EXPECT_FALSE(signal_process(handle, SIGKILL));
}

TEST(ProcessIdTest, NoneIsNone) {
  EXPECT_FALSE(is_running({}));
  EXPECT_TRUE(is_ending({}));
  EXPECT_FALSE(parent_of({}));
  EXPECT_FALSE(open_process({}));
}

}  // namespace
}  // namespace sdcont
