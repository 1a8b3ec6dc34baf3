#include "cli/logs.h"

#include <fmt/core.h>

#include <array>
#include <deque>
#include <optional>

#include "cli/parser.h"
#include "container/await.h"
#include "container/cleanup.h"
#include "container/state.h"
#include "log/reader.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

struct LogsOptions {
  bool follow = false, timestamps = false;
  uint64_t since_ns = 0, until_ns = kUnlimited;
  std::optional<uint64_t> tail;  ///< so many lines, at most
};

std::optional<uint64_t> parse_tail(const std::string& text) {
  if (text.empty() || text == "all" || text.starts_with('-')) return std::nullopt;
  const auto lines = parse_unsigned(text);
  if (!lines)
    throw Error("--tail: '" + printable(text) + "' is not a number of lines")
        .remedy("it can be a number, or all");
  return lines;
}

uint64_t parse_time_option(const std::string& text, const char* flag) {
  const auto time = parse_moment(text);
  if (time) return *time;
  throw Error(std::string(flag) + ": '" + printable(text) + "' is not a time")
      .remedy("it can be 10m, 2026-01-02T03:04:05Z, or seconds since 1970");
}

/// Shows entries on our standard output and error, as they were written.
class Printer {
 public:
  explicit Printer(bool timestamps) : timestamps_(timestamps) {}

  void print(const LogEntry& entry) {
    auto& begun = begun_.at(static_cast<size_t>(entry.stream));
    std::string text = timestamps_ && !begun ? format_time(entry.time_ns) + " " : "";
    text += entry.text;
    if (entry.whole) text += '\n';
    begun = !entry.whole;
    write_all(entry.stream == Stream::output ? STDOUT_FILENO : STDERR_FILENO, text);
  }

 private:
  bool timestamps_;
  std::array<bool, kStreams> begun_{};  // a line whose end has not come yet
};

// The last lines of what is there.
void print_present(LogReader& reader, const LogsOptions& options, Printer& printer) {
  std::deque<LogEntry> last;
  uint64_t lines = 0;
  while (auto entry = reader.next()) {
    if (entry->time_ns < options.since_ns || entry->time_ns > options.until_ns) continue;
    if (!options.tail) {
      printer.print(*entry);
      continue;
    }
    if (entry->whole) ++lines;
    last.push_back(std::move(*entry));
    while (lines > *options.tail) {
      if (last.front().whole) --lines;
      last.pop_front();
    }
  }
  for (const LogEntry& entry : last) printer.print(entry);
}

// What is written from now on, until the container ends. False where `until` has come.
bool print_new(LogReader& reader, const LogsOptions& options, Printer& printer) {
  while (auto entry = reader.next()) {
    if (entry->time_ns > options.until_ns) return false;
    printer.print(*entry);
  }
  return now_realtime_ns() <= options.until_ns;
}

void follow(LogReader& reader, const Record& record, const LogsOptions& options, Printer& printer) {
  constexpr int kLookMs = 1000;  // at the clock, for --until
  const Fd supervisor = open_process(record.supervisor);
  bool ended = !supervisor;
  while (print_new(reader, options, printer) && !ended) {
    PollSet events;
    events.add(supervisor.get(), POLLIN, [&](short) { ended = true; });
    reader.wait_for(events);
    events.wait(options.until_ns == kUnlimited ? -1 : kLookMs);
  }
  print_new(reader, options, printer);
}

void show(const Record& record, const Store& store, const LogsOptions& options,
          const MakeJournalReader& read_journal) {
  const Logging logging = store.load_spec(record.id).logging;
  const LogIdentity identity{record.id, record.name, record.image, store.directory(record.id)};
  const auto reader = logging.driver == "journald" ? read_journal(identity, options.since_ns)
                                                   : make_log_reader(logging, identity);
  Printer printer(options.timestamps);
  print_present(*reader, options, printer);
  if (options.follow) follow(*reader, record, options, printer);
}

}  // namespace

int show_logs(const GlobalOptions& global, const std::vector<std::string>& args,
              const MakeJournalReader& read_journal) {
  LogsOptions options;
  std::string since, until, tail;
  Parser parser("sdcont logs", "[OPTIONS] CONTAINER");
  parser.flag("-f,--follow", options.follow, "stay, and show what comes");
  parser.flag("-t,--timestamps", options.timestamps, "with the time of each line");
  parser.option("-n,--tail", tail, "N|all", "only the last N lines");
  parser.option("--since", since, "TIME",
                "not what is older: 10m, 2026-01-02T03:04:05Z, or seconds since 1970");
  parser.option("--until", until, "TIME", "not what is younger");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1) throw Error("sdcont logs takes one CONTAINER").remedy("see sdcont ps -a");
  if (!since.empty()) options.since_ns = parse_time_option(since, "--since");
  if (!until.empty()) options.until_ns = parse_time_option(until, "--until");
  options.tail = parse_tail(tail);
  Store store(global.paths);
  heal(store, print_warning);
  const Record record = await_launched(store.find(parsed.rest[0]), store);
  while_there(record, store, [&] { show(record, store, options, read_journal); });
  return 0;
}

int logs_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  const auto by_helper = [&](const LogIdentity&, uint64_t) -> std::unique_ptr<LogReader> {
    become_helper(kJournalHelper, global, "logs", args);
  };
  return show_logs(global, args, by_helper);
}

}  // namespace sdcont
