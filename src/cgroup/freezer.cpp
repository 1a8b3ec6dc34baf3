#include "cgroup/freezer.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "util/error.h"
#include "util/file.h"
#include "util/kernel_file.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Clock = std::chrono::steady_clock;

std::string v2_directory(const CgroupRecord& record) {
  const auto found = record.payload.find("");
  return found != record.payload.end() && exists(found->second + "/cgroup.freeze") ? found->second
                                                                                   : std::string();
}

std::string v1_directory(const CgroupRecord& record) {
  const auto found = record.payload.find("freezer");
  return found == record.payload.end() ? std::string() : found->second;
}

bool v2_frozen(const std::string& directory) {
  return read_kernel_file_if(directory + "/cgroup.events").value_or("").find("frozen 1") != std::string::npos;
}

/// Reading freezer.state is what drives the change from FREEZING to FROZEN.
bool v1_frozen(const std::string& directory) {
  return trim(read_kernel_file_if(directory + "/freezer.state").value_or("")) == "FROZEN";
}

}  // namespace

bool is_frozen(const CgroupRecord& record) {
  const auto v2 = record.payload.find("");
  const std::string v1 = v1_directory(record);
  return (v2 != record.payload.end() && v2_frozen(v2->second)) || (!v1.empty() && v1_frozen(v1));
}

void thaw_for_kill(const CgroupRecord& record) noexcept {
  try {
    const std::string v1 = v1_directory(record);
    if (!v1.empty()) try_write_control(v1 + "/freezer.state", "THAWED");
  } catch (const std::exception&) {
    return;  // no memory for a path
  }
}

void freeze_cgroup(const CgroupRecord& record, bool frozen) {
  const std::string v2 = v2_directory(record);
  const std::string v1 = v2.empty() ? v1_directory(record) : std::string();
  if (v2.empty() && v1.empty()) {
    throw Error("the container cannot be paused: there is no freezer here")
        .remedy("mount v1's freezer controller, or use cgroup v2 with Linux 5.2 or newer");
  }
  const auto set = [&](bool on) {
    if (!v2.empty()) {
      write_control(v2 + "/cgroup.freeze", on ? "1" : "0");
    } else {
      write_control(v1 + "/freezer.state", on ? "FROZEN" : "THAWED");
    }
  };
  set(frozen);
  const auto deadline = Clock::now() + std::chrono::seconds(10);
  for (auto pause = std::chrono::microseconds(50); is_frozen(record) != frozen; pause = pause * 3 / 2) {
    if (!exists(v2.empty() ? v1 : v2)) throw Error("the container has just ended");
    if (Clock::now() >= deadline) {
      set(false);
      throw Error(frozen ? "the container did not come to a standstill within ten seconds"
                         : "the container is still frozen: a cgroup above it is");
    }
    std::this_thread::sleep_for(std::min<Clock::duration>(pause, std::chrono::milliseconds(20)));
  }
}

}  // namespace sdcont
