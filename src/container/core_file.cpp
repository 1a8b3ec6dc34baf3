#include "container/core_file.h"

#include <nlohmann/json.hpp>

#include "util/error.h"
#include "util/file.h"
#include "util/program_output.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kCollector = "systemd-coredump";
constexpr const char* kMessageId = "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1";  // sd-messages.h: a core
constexpr uint64_t kSecond = 1'000'000'000;

}  // namespace

std::string core_place(const std::string& pattern, const std::string& directory, const std::string& name) {
  if (pattern.empty()) return "";
  if (pattern[0] == '|') {
    const auto program = words(pattern.substr(1));
    return program.empty() ? "" : "with " + printable(program[0]) + ", which takes the cores here";
  }
  // the kernel looks the name up as the process itself would
  const std::string path = pattern[0] == '/' ? pattern : (directory == "/" ? "" : directory) + "/" + pattern;
  return "in the container, as " + printable(path) + " (kernel.core_pattern): sdcont cp " + name + ":" +
         printable(path.substr(0, path.rfind('/') + 1)) + "…";
}

std::string core_in_journal(const std::string& lines) {
  std::string file;
  for (const std::string& line : split(lines, '\n')) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (entry.is_object() && entry.contains("COREDUMP_FILENAME") && entry["COREDUMP_FILENAME"].is_string())
      file = entry["COREDUMP_FILENAME"].get<std::string>();
  }
  return file;
}

std::string find_core(const Record& record, const std::string& directory) {
  if (!record.exit || record.exit->explanation.find("(core dumped)") == std::string::npos) return "";
  const std::string pattern(trim(read_file_if("/proc/sys/kernel/core_pattern").value_or("")));
  const bool kept_by_systemd = pattern.starts_with('|') && pattern.find(kCollector) != std::string::npos;
  if (!kept_by_systemd || !record.cgroup || record.cgroup->unit.empty())
    return core_place(pattern, directory, record.name);
  try {
    const auto output =
        output_of({"journalctl", kMessageId, "COREDUMP_UNIT=" + record.cgroup->unit, "--output=json",
                   "--since=@" + std::to_string(record.started_ns / kSecond), "--no-pager"},
                  Complaints::hidden);
    const std::string file = core_in_journal(output.text);
    return file.empty() ? "with systemd-coredump: see coredumpctl" : printable(file) + ": see coredumpctl";
  } catch (const Error&) {
    return "with systemd-coredump, whose journal cannot be read";
  }
}

}  // namespace sdcont
