#include "cgroup/oom_log.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <optional>

#include "util/error.h"
#include "util/file.h"
#include "util/program_output.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// The value after "key=" in the kernel's list; a path in it may hold commas, but no ",key=".
std::string value_of(const std::string& line, const std::string& key, const std::string& next) {
  const size_t at = line.find(key + "=");
  if (at == line.npos) return {};
  const size_t begin = at + key.size() + 1;
  const size_t end = next.empty() ? line.find(',', begin) : line.find("," + next + "=", begin);
  return line.substr(begin, end - begin);
}

/// "anon-rss:99000kB": in bytes.
uint64_t size_of(const std::string& line, const std::string& key) {
  const size_t at = line.find(key + ":");
  if (at == line.npos) return 0;
  const size_t begin = at + key.size() + 1;
  constexpr uint64_t kKibi = 1024;
  return parse_unsigned(line.substr(begin, line.find("kB", begin) - begin)).value_or(0) * kKibi;
}

/// "[  123]     0   123    27003    24000 … name": pid, uid, tgid, total_vm, rss in pages, …
std::optional<OomTask> task_of(const std::string& line, uint64_t page_size) {
  const size_t close = line.find(']');
  if (!line.starts_with('[') || close == line.npos) return std::nullopt;
  const auto pid = parse_unsigned(trim(std::string_view(line).substr(1, close - 1)));
  const auto fields = words(std::string_view(line).substr(close + 1));
  constexpr size_t kRss = 3, kFewest = 8;
  if (!pid || fields.size() < kFewest) return std::nullopt;
  return OomTask{static_cast<pid_t>(*pid), fields.back(),
                 parse_unsigned(fields[kRss]).value_or(0) * page_size};
}

/// "Memory cgroup out of memory: Killed process 123 (name) total-vm:…", "Out of memory: Killed process …".
std::optional<OomTask> victim_of(const std::string& line) {
  constexpr std::string_view kMark = "Killed process ";
  const size_t at = line.find(kMark);
  if (at == line.npos || line.find("ut of memory") == line.npos) return std::nullopt;
  const size_t begin = at + kMark.size();
  const size_t open = line.find(" (", begin);
  const size_t close = line.find(") total-vm:", begin);
  if (open == line.npos || close == line.npos) return std::nullopt;
  const auto pid = parse_unsigned(line.substr(begin, open - begin));
  return OomTask{static_cast<pid_t>(pid.value_or(0)), line.substr(open + 2, close - open - 2),
                 size_of(line, "anon-rss") + size_of(line, "file-rss") + size_of(line, "shmem-rss")};
}

/// One record of /dev/kmsg, "6,1234,5678901,-;text", as parse_oom_log takes it.
std::string line_of(const std::string& record) {
  const size_t text = record.find(';');
  const auto fields = split(record.substr(0, text), ',');
  if (text == record.npos || fields.size() < 3) return {};
  return fields[2] + "\t" + record.substr(text + 1, record.find('\n', text) - text - 1);
}

std::vector<std::string> read_kmsg() {
  std::vector<std::string> lines;
  const Fd log(open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  std::array<char, 8192> record{};
  for (;;) {
    const ssize_t n = log ? read(log.get(), record.data(), record.size()) : -1;
    if (n < 0 && log && (errno == EPIPE || errno == EINTR)) continue;  // it was overwritten before we came
    if (n <= 0) return lines;
    std::string line = line_of(std::string(record.data(), static_cast<size_t>(n)));
    if (!line.empty()) lines.push_back(std::move(line));
  }
}

std::vector<std::string> read_journal() {
  std::vector<std::string> lines;
  try {
    const auto output =
        output_of({"journalctl", "--dmesg", "--boot", "--output=cat", "--no-pager"}, Complaints::hidden);
    for (const std::string& line : split(output.text, '\n')) lines.push_back("0\t" + line);
  } catch (const Error&) {
    return {};  // no journal here
  }
  return lines;
}

}  // namespace

std::vector<OomKill> parse_oom_log(const std::vector<std::string>& lines, uint64_t page_size) {
  std::vector<OomKill> kills;
  std::vector<OomTask> listed;
  OomKill current;
  for (const std::string& entry : lines) {
    const size_t tab = entry.find('\t');
    const std::string line = entry.substr(tab + 1);
    if (line.find("Tasks state (memory values in pages)") != line.npos) listed.clear();
    if (auto task = task_of(line, page_size)) listed.push_back(std::move(*task));
    if (line.starts_with("oom-kill:constraint=")) {
      current = {};
      current.whole_machine = line.find("CONSTRAINT_MEMCG") == line.npos;
      current.limit_cgroup = value_of(line, "oom_memcg", "task_memcg");
      current.task_cgroup = value_of(line, "task_memcg", "task");
    }
    if (auto victim = victim_of(line)) {
      current.monotonic_usec = parse_unsigned(entry.substr(0, tab)).value_or(0);
      current.killed = std::move(*victim);
      std::erase_if(listed, [&](const OomTask& task) { return task.pid == current.killed.pid; });
      std::sort(listed.begin(), listed.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
      current.others = std::move(listed);
      listed.clear();
      kills.push_back(std::move(current));
      current = {};
    }
  }
  return kills;
}

std::vector<std::string> read_kernel_log() {
  auto lines = read_kmsg();
  const bool tells = std::any_of(lines.begin(), lines.end(),
                                 [](const std::string& line) { return line.find("oom-kill:") != line.npos; });
  if (tells) return lines;
  return read_journal();  // which goes further back
}

bool is_in_cgroup(const std::string& kernel_path, const std::string& directory,
                  const std::string& mount_point) {
  if (!directory.starts_with(mount_point + "/") || kernel_path.empty()) return false;
  const std::string own = directory.substr(mount_point.size());
  const size_t at = (kernel_path + "/").find(own + "/");
  return at != kernel_path.npos;
}

}  // namespace sdcont
