#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "cgroup/cgroup.h"
#include "cgroup/directories.h"
#include "cgroup/probe.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kKillPatience{2};

/// Sends a signal (0: none) to every process in a cgroup and those below it; returns how many there were.
size_t signal_tree(const std::string& directory, int signal) {
  size_t count = 0;
  for (const std::string& word : words(read_file_if(directory + "/cgroup.procs").value_or(""))) {
    // 0 stands for a process that our pid namespace does not know, and would signal ourselves
    const auto pid = parse_unsigned(word);
    if (!pid || *pid == 0 || static_cast<pid_t>(*pid) == getpid()) continue;
    ++count;
    kill(static_cast<pid_t>(*pid), signal);
  }
  for (const std::string& child : list_cgroup(directory).children)
    count += signal_tree(child_directory(directory, child), signal);
  return count;
}

bool is_populated(const std::string& v2_directory) {
  return read_file_if(v2_directory + "/cgroup.events").value_or("").find("populated 1") != std::string::npos;
}

/// SIGKILL to all at once, even to those forked meanwhile; Linux 5.14 or newer. False where it is not there.
bool kill_v2(const std::string& directory) {
  if (try_write_control(directory + "/cgroup.kill", "1") != 0) return false;
  const auto deadline = Clock::now() + kKillPatience;
  auto pause = std::chrono::microseconds(50);
  while (is_populated(directory) && Clock::now() < deadline) {
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds(10'000));
  }
  return true;
}

/// Frozen, nobody forks or exits between being listed and being signalled, so that no pid is missed or
/// reused. The signal takes effect when they are thawed.
void kill_by_freezer(const std::string& directory, const std::string& freezer, const char* freeze,
                     const char* thaw) {
  const auto deadline = Clock::now() + kKillPatience;
  while (signal_tree(directory, 0) != 0 && Clock::now() < deadline) {
    if (!freezer.empty()) try_write_control(freezer, freeze);
    signal_tree(directory, SIGKILL);
    if (!freezer.empty()) try_write_control(freezer, thaw);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void kill_payload(const CgroupRecord& record) {
  const auto v2 = record.payload.find("");
  const bool is_empty = v2 != record.payload.end() && !is_populated(v2->second);
  const bool killed = is_empty || (v2 != record.payload.end() && kill_v2(v2->second));
  const auto freezer = record.payload.find("freezer");
  if (freezer != record.payload.end()) {
    // in hybrid mode, whom v1's freezer holds dies of cgroup.kill only when thawed
    if (killed && !is_empty) try_write_control(freezer->second + "/freezer.state", "THAWED");
    kill_by_freezer(freezer->second, freezer->second + "/freezer.state", "FROZEN", "THAWED");
  } else if (!killed && v2 != record.payload.end()) {
    kill_by_freezer(v2->second, v2->second + "/cgroup.freeze", "1", "0");
  } else if (!killed && !record.payload.empty()) {
    kill_by_freezer(record.payload.begin()->second, "", "", "");
  }
}

}  // namespace

void kill_cgroup(const CgroupRecord& record) noexcept {
  try {
    kill_payload(record);
  } catch (const std::exception&) {
    return;  // out of memory: what is left, remove_cgroup() reports
  }
}

}  // namespace sdcont
