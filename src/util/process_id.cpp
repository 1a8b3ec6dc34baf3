#include "util/process_id.h"

extern "C" {  // glibc 2.36 declares these without it
#include <sys/pidfd.h>
}

#include <algorithm>
#include <string_view>

#include "util/error.h"
#include "util/kernel_file.h"
#include "util/text.h"

namespace sdcont {
namespace {

struct Stat {
  char state = 0;
  pid_t parent = 0;
  uint64_t flags = 0;
  uint64_t start_time = 0;
};

Stat read_stat(pid_t pid, const std::string& proc) {
  const auto text = read_kernel_file_if(proc + "/" + std::to_string(pid) + "/stat");
  if (!text) return {};
  // the second field, the command's name in brackets, may hold spaces and brackets
  const size_t bracket = text->rfind(')');
  if (bracket == std::string::npos) return {};
  std::string_view rest = std::string_view(*text).substr(bracket + 1);
  constexpr size_t kState = 3, kParent = 4, kFlags = 9, kStartTime = 22;
  Stat stat;
  for (size_t field = kState; field <= kStartTime; ++field) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word.empty()) return {};
    if (field == kState) stat.state = word[0];
    if (field == kParent) stat.parent = static_cast<pid_t>(parse_unsigned(word).value_or(0));
    if (field == kFlags) stat.flags = parse_unsigned(word).value_or(0);
    if (field == kStartTime) stat.start_time = parse_unsigned(word).value_or(0);
    rest.remove_prefix(word.size());
  }
  return stat;
}

// Empty where it does not run.
std::optional<Stat> stat_of(const ProcessId& process) {
  if (process.pid <= 0) return std::nullopt;
  const Stat stat = read_stat(process.pid, "/proc");
  const bool runs =
      stat.start_time != 0 && stat.start_time == process.start_time && stat.state != 'Z' && stat.state != 'X';
  return runs ? std::optional(stat) : std::nullopt;
}

}  // namespace

uint64_t process_start_time(pid_t pid, const std::string& proc) { return read_stat(pid, proc).start_time; }

ProcessId identify(pid_t pid) { return {pid, process_start_time(pid)}; }

bool is_running(const ProcessId& process) { return stat_of(process).has_value(); }

std::optional<pid_t> parent_of(const ProcessId& process) {
  const auto stat = stat_of(process);
  return stat ? std::optional(stat->parent) : std::nullopt;
}

bool is_ending(const ProcessId& process) {
  constexpr uint64_t kExiting = 0x4;  // PF_EXITING of the kernel's sched.h
  const auto stat = stat_of(process);
  return !stat || (stat->flags & kExiting) != 0;
}

Fd open_process(const ProcessId& process) {
  if (process.pid <= 0) return {};
  Fd fd(pidfd_open(process.pid, 0));
  // opened first, compared then: the pid cannot change its owner in between unnoticed
  if (fd && process_start_time(process.pid) != process.start_time) return {};
  return fd;
}

bool signal_process(const Fd& pidfd, int signal) {
  if (!pidfd) return false;
  if (pidfd_send_signal(pidfd.get(), signal, nullptr, 0) == 0) return true;
  if (errno == ESRCH) return false;
  throw_errno("cannot send a signal");
}

}  // namespace sdcont
