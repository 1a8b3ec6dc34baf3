#include "util/process_id.h"

extern "C" {  // glibc 2.36 declares these without it
#include <sys/pidfd.h>
}

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

struct Stat {
  char state = 0;
  uint64_t start_time = 0;
};

Stat read_stat(pid_t pid, const std::string& proc) {
  const auto text = read_file_if(proc + "/" + std::to_string(pid) + "/stat");
  if (!text) return {};
  // the second field, the command's name in brackets, may hold spaces and brackets
  const size_t bracket = text->rfind(')');
  if (bracket == std::string::npos) return {};
  const auto fields = words(std::string_view(*text).substr(bracket + 1));
  constexpr size_t kStartTime = 22 - 3;
  if (fields.size() <= kStartTime) return {};
  return {fields[0][0], parse_unsigned(fields[kStartTime]).value_or(0)};
}

}  // namespace

uint64_t process_start_time(pid_t pid, const std::string& proc) { return read_stat(pid, proc).start_time; }

ProcessId identify(pid_t pid) { return {pid, process_start_time(pid)}; }

bool is_running(const ProcessId& process) {
  if (process.pid <= 0) return false;
  const Stat stat = read_stat(process.pid, "/proc");
  return stat.start_time != 0 && stat.start_time == process.start_time && stat.state != 'Z' &&
         stat.state != 'X';
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
