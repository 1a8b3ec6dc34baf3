#include <algorithm>

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/parser.h"
#include "cli/table.h"
#include "container/cleanup.h"
#include "spec/names.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

struct PsOptions {
  bool all = false, quiet = false, whole = false;
  std::string format = "table";
};

std::string age(uint64_t then_ns) {
  const uint64_t now = now_realtime_ns();
  return format_age(now > then_ns ? (now - then_ns) / kSecond : 0);
}

std::string status_words(const Record& record) {
  if (record.exit)
    return fmt::format("Exited ({}) {} ago", record.exit->status, age(record.exit->finished_ns));
  if (record.status == Status::launching) return "Created";
  if (record.status == Status::dead) return "Dead (its record is damaged)";
  std::string text = "Up " + age(record.started_ns);
  if (!is_running(record.supervisor)) text += " (supervisor killed)";
  return text;
}

std::string command_words(const Record& record, bool whole) {
  constexpr size_t kShown = 20;
  std::string text = printable(join(record.command, " "));
  if (!whole && text.size() > kShown) text = text.substr(0, kShown - 1) + "…";
  return '"' + text + '"';
}

void print_json(const std::vector<Record>& records) {
  for (const Record& record : records) {
    const nlohmann::ordered_json json = {{"ID", record.id},
                                         {"Image", record.image},
                                         {"Command", record.command},
                                         {"CreatedAt", format_time(record.created_ns)},
                                         {"Status", status_words(record)},
                                         {"State", status_name(record.status)},
                                         {"Names", record.name},
                                         {"Labels", record.labels}};
    fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}

void print_table(const std::vector<Record>& records, const PsOptions& options) {
  std::vector<std::vector<std::string>> rows = {
      {"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"}};
  for (const Record& record : records) {
    rows.push_back({options.whole ? record.id : short_id(record.id), printable(record.image),
                    command_words(record, options.whole), age(record.created_ns) + " ago",
                    status_words(record), "", record.name});
  }
  fmt::print("{}", format_table(rows));
}

}  // namespace

int ps_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  PsOptions options;
  Parser parser("sdcont ps", "[OPTIONS]");
  parser.flag("-a,--all", options.all, "those that have ended, too");
  parser.flag("-q,--quiet", options.quiet, "ids only");
  parser.flag("--no-trunc", options.whole, "whole ids and commands");
  parser.choice("--format", options.format, {"table", "json"}, "how to print");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty()) throw Error("sdcont ps takes no arguments: '" + printable(parsed.rest[0]) + "'");
  Store store(global.paths);
  heal(store, print_warning);
  auto records = store.list();
  if (!options.all)
    std::erase_if(records, [](const Record& record) { return record.status != Status::running; });
  std::reverse(records.begin(), records.end());  // the newest first, as docker
  if (options.quiet) {
    for (const Record& record : records) fmt::print("{}\n", options.whole ? record.id : short_id(record.id));
  } else if (options.format == "json") {
    print_json(records);
  } else {
    print_table(records, options);
  }
  return 0;
}

}  // namespace sdcont
