#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "cgroup/processes.h"
#include "cli/command.h"
#include "cli/parser.h"
#include "cli/table.h"
#include "container/state.h"
#include "util/error.h"
#include "util/program_output.h"
#include "util/text.h"

namespace sdcont {
namespace {

ProgramOutput run_ps(std::vector<std::string> args, Complaints complaints) {
  args.insert(args.begin(), "ps");
  try {
    return output_of(args, complaints);
  } catch (const Error& error) {
    throw error.remedy("install it: Debian has it in procps");
  }
}

std::string comma_list(const std::vector<pid_t>& pids) {
  std::vector<std::string> texts;
  for (const pid_t pid : pids) texts.push_back(std::to_string(pid));
  return join(texts, ",");
}

/// podman's way: names of columns, "pid,user", in place of options.
bool names_columns(const std::vector<std::string>& args) {
  return args.size() == 1 && args[0][0] != '-' && (args[0].find(',') != args[0].npos || args[0] == "pid");
}

/// Options that show these columns, by one of which a process is found.
std::vector<std::string> options_for(const std::string& columns) {
  const auto names = split(columns, ',');
  const bool has_pid = std::find(names.begin(), names.end(), "pid") != names.end();
  return {"-o", has_pid ? columns : "pid," + columns};
}

/// A line of ps, its last column whole.
std::vector<std::string> columns_of(const std::string& line, size_t count) {
  std::vector<std::string> parts;
  size_t at = line.find_first_not_of(' ');
  while (at != line.npos && parts.size() + 1 < count) {
    const size_t end = std::min(line.find(' ', at), line.size());
    parts.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(' ', end);
  }
  if (at != line.npos) parts.emplace_back(trim(line.substr(at)));
  parts.resize(count);
  return parts;
}

/// Its lines about these processes, found by its column PID.
std::vector<std::vector<std::string>> lines_about(const std::vector<pid_t>& pids, const std::string& text) {
  const auto lines = split(text, '\n');
  const auto heads = words(lines.front());
  const auto column = static_cast<size_t>(std::find(heads.begin(), heads.end(), "PID") - heads.begin());
  if (column == heads.size()) {
    throw Error("what ps says has no column PID, by which the container's processes are found")
        .remedy("let its options show it: sdcont top CONTAINER -o pid,user,args");
  }
  const std::set<pid_t> wanted(pids.begin(), pids.end());
  std::vector<std::vector<std::string>> rows = {heads};
  for (const std::string& line : lines) {
    auto row = columns_of(line, heads.size());
    const auto pid = parse_unsigned(row[column]);
    if (!pid || !wanted.contains(static_cast<pid_t>(*pid))) continue;
    for (std::string& cell : row) cell = printable(cell);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string ask_ps(const std::vector<pid_t>& pids, std::vector<std::string> args) {
  if (args.empty()) args = {"-ef"};
  // all of a machine's processes are many; but some options do not go with -q
  auto narrowed = args;
  narrowed.insert(narrowed.end(), {"-q", comma_list(pids)});
  ProgramOutput answer = run_ps(narrowed, Complaints::hidden);
  if (answer.status == 0) return answer.text;
  answer = run_ps(args, Complaints::shown);
  if (answer.status != 0) throw Error("ps " + printable(join(args, " ")) + " failed");
  return answer.text;
}

}  // namespace

int top_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  Parser parser("sdcont top", "CONTAINER [ps OPTIONS | COLUMN,...]", Options::first);
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont top: no CONTAINER was given").remedy("see sdcont ps");
  Store store(global.paths);
  const Record record = find_container(store, parsed.rest[0]);
  require_alive(record);
  std::vector<std::string> options(parsed.rest.begin() + 1, parsed.rest.end());
  if (names_columns(options)) options = options_for(options[0]);
  const auto pids = processes_of(record.cgroup.value());
  if (pids.empty()) throw Error("container " + record.name + " is not running");
  fmt::print("{}", format_table(lines_about(pids, ask_ps(pids, options))));
  return 0;
}

}  // namespace sdcont
