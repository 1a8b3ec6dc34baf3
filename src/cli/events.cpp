#include <poll.h>

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/filters.h"
#include "cli/parser.h"
#include "cli/template.h"
#include "state/events.h"
#include "util/error.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

struct EventsOptions {
  std::string since, until, format;
  std::vector<std::string> filters;
};

uint64_t moment_of(const char* option, const std::string& text, uint64_t otherwise) {
  if (text.empty()) return otherwise;
  if (const auto moment = parse_moment(text)) return *moment;
  throw Error(std::string(option) + ": '" + printable(text) + "' is not a point in time")
      .remedy("10m (ago), 2026-01-02T15:04:05Z and 1136073845 are");
}

bool fits(const Filters& filters, const Event& event) {
  const auto attribute = [&](const char* key) {
    const auto found = event.attributes.find(key);
    return found == event.attributes.end() ? std::string() : found->second;
  };
  return filters.any("event", [&](const std::string& value) { return event.action == value; }) &&
         filters.any("container",
                     [&](const std::string& value) {
                       return attribute("name") == value || event.id.starts_with(value);
                     }) &&
         filters.any("image", [&](const std::string& value) { return attribute("image") == value; }) &&
         filters.any("type", [&](const std::string& value) { return value == "container"; }) &&
         filters.all("label", [&](const std::string& value) { return has_label(event.attributes, value); });
}

std::string line_of(const Event& event, const std::string& format) {
  if (format.empty()) return event_text(event);
  if (format == "json" || format == "{{json .}}") return event_to_json(event);
  return fill_template(format, nlohmann::ordered_json::parse(event_to_json(event)));
}

/// Sleeps until there may be more, at the latest until then; false where that time is over.
bool wait_for_more(int descriptor, uint64_t until_ns) {
  const uint64_t now = now_realtime_ns();
  if (now >= until_ns) return false;
  constexpr uint64_t kMillisecond = 1'000'000, kMost = 3'600'000;
  const uint64_t left = std::min((until_ns - now) / kMillisecond + 1, kMost);
  pollfd events{descriptor, POLLIN, 0};
  poll(&events, 1, static_cast<int>(left));
  return true;
}

void follow(EventReader& reader, uint64_t since, uint64_t until, const Filters& filters,
            const std::string& format) {
  do {
    while (const auto event = reader.next()) {
      if (event->time_ns < since || event->time_ns > until || !fits(filters, *event)) continue;
      fmt::print("{}\n", line_of(*event, format));
    }
    fflush(stdout);  // whoever reads a pipe wants each as it comes
    if (ferror(stdout) != 0) return;
  } while (wait_for_more(reader.descriptor(), until));
}

}  // namespace

int events_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  EventsOptions options;
  Parser parser("sdcont events", "[OPTIONS]");
  parser.option("--since", options.since, "TIME", "those since then, too: 10m (ago), RFC 3339, seconds");
  parser.option("--until", options.until, "TIME", "and none after that");
  parser.option("-f,--filter", options.filters, "FILTER",
                "container=NAME|ID, event=ACTION, image=NAME, label=KEY[=VALUE], type=container");
  parser.option("--format", options.format, "FORMAT", "json, or text with {{.Field}} in it");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty())
    throw Error("sdcont events takes no arguments: '" + printable(parsed.rest[0]) + "'");
  const Filters filters(options.filters, {"container", "event", "image", "label", "type"});
  const uint64_t since = moment_of("--since", options.since, 0);
  const uint64_t until = moment_of("--until", options.until, UINT64_MAX);
  const bool past = !options.since.empty() || !options.until.empty();
  const Store store(global.paths);  // makes the directory that is watched
  EventReader reader(global.paths, past ? EventReader::From::beginning : EventReader::From::end);
  follow(reader, since, until, filters, options.format);
  return 0;
}

}  // namespace sdcont
