#include <fmt/core.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/container_filter.h"
#include "cli/listing.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "container/state.h"
#include "container/storage.h"
#include "image/store.h"
#include "spec/names.h"
#include "util/disk_use.h"
#include "util/parallel.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

struct PsOptions {
  bool all = false, quiet = false, whole = false, latest = false, size = false;
  int64_t last = -1;
  std::string format = "table";
  std::vector<std::string> filters;
};

std::string age(uint64_t then_ns) {
  const uint64_t now = now_realtime_ns();
  return format_age(now > then_ns ? (now - then_ns) / kNsPerSecond : 0);
}

std::string status_words(const Record& record, const std::string& state) {
  if (state == "restarting" && record.exit)
    return fmt::format("Restarting ({}) {} ago", record.exit->status, age(record.exit->finished_ns));
  if (record.exit)
    return fmt::format("Exited ({}) {} ago", record.exit->status, age(record.exit->finished_ns));
  if (state == "created") return "Created";
  if (state == "dead") return "Dead (its record is damaged)";
  std::string text = "Up " + age(record.started_ns);
  if (state == "paused") text += " (Paused)";
  if (record.unattended) text += " (supervisor killed)";
  return text;
}

std::string command_words(const Record& record, bool whole) {
  constexpr size_t kShown = 20;
  std::string text = printable(join(record.command, " "));
  if (!whole && text.size() > kShown) text = text.substr(0, kShown - 1) + "…";
  return '"' + text + '"';
}

std::string label_words(const Record& record) {
  std::vector<std::string> words;
  for (const auto& [key, value] : record.labels) words.push_back(printable(key + "=" + value));
  return join(words, ",");
}

/// docker's: of volumes their names, of other mounts where they come from.
std::string mount_words(const Record& record, bool whole) {
  constexpr size_t kShown = 15;
  std::vector<std::string> words;
  for (const Mount& mount : record.mounts) {
    std::string text = printable(mount.volume.empty() ? mount.source : mount.volume);
    if (text.empty()) continue;
    if (!whole && text.size() > kShown) text = text.substr(0, kShown - 1) + "…";
    words.push_back(text);
  }
  return join(words, ",");
}

/// What the container wrote, and with it what it was made from where that is an image.
std::string size_words(const Record& record, const ImageStore& images) {
  uint64_t written = 0;
  try {
    const Fd layers = open_storage(record);
    written = disk_use(layers.get(), ".");
  } catch (const Error&) {
    return "0B";  // it was in memory, and is gone
  }
  uint64_t below = 0;
  if (record.root.kind == Root::Kind::image) {
    try {
      for (const std::string& diff_id : images.config(images.find(record.image_id)).diff_ids)
        below += images.layer_size(diff_id);
    } catch (const Error&) {
      below = 0;  // removed by force
    }
  }
  return format_size(written) + " (virtual " + format_size(written + below) + ")";
}

/// As docker has it beside RFC 3339: "2026-01-02 03:04:05 +0000 UTC".
std::string created_words(uint64_t created_ns) {
  std::string text = format_time(created_ns).substr(0, sizeof "2026-01-02T03:04:05" - 1);
  text[text.find('T')] = ' ';
  return text + " +0000 UTC";
}

std::map<std::string, std::string> row_of(const Record& record, bool whole) {
  const std::string state = state_name(record);
  const auto volumes = std::count_if(record.mounts.begin(), record.mounts.end(),
                                     [](const Mount& mount) { return !mount.volume.empty(); });
  return {{"ID", whole ? record.id : short_id(record.id)},
          {"Image", printable(record.image)},
          {"Command", command_words(record, whole)},
          {"CreatedAt", created_words(record.created_ns)},
          {"RunningFor", age(record.created_ns) + " ago"},
          {"Status", status_words(record, state)},
          {"State", state},
          {"Ports", ""},
          {"Networks", ""},
          {"Names", record.name},
          {"Labels", label_words(record)},
          {"Mounts", mount_words(record, whole)},
          {"LocalVolumes", std::to_string(volumes)}};
}

Listing listing_of(const std::vector<Record>& records, const PsOptions& options, const StorePaths& paths) {
  Listing listing{{{"CONTAINER ID", "ID"},
                   {"IMAGE", "Image"},
                   {"COMMAND", "Command"},
                   {"CREATED", "RunningFor"},
                   {"STATUS", "Status"},
                   {"PORTS", "Ports"},
                   {"NAMES", "Names"}},
                  {}};
  // measured only where it is shown: it reads every directory
  const bool size = options.size || options.format.find(".Size") != std::string::npos;
  if (options.size) listing.columns.push_back({"SIZE", "Size"});
  listing.rows.resize(records.size());
  in_parts(records.size(), [&](size_t i) {
    listing.rows[i] = row_of(records[i], options.whole);
    listing.rows[i]["Size"] = size ? size_words(records[i], ImageStore(paths.root)) : "0B";
  });
  return listing;
}

/// Those that are shown, the newest first as docker has it.
std::vector<Record> select(std::vector<Record> records, const PsOptions& options, const Store& store) {
  const bool by_state = std::any_of(options.filters.begin(), options.filters.end(),
                                    [](const auto& filter) { return filter.starts_with("status="); });
  const bool some = options.latest || options.last >= 0;
  records = filter_containers(options.filters, store, std::move(records));
  if (!options.all && !by_state && !some) {
    std::erase_if(records, [](const Record& record) {
      return record.status != Status::running && record.status != Status::restarting;
    });
  }
  std::reverse(records.begin(), records.end());
  const size_t most = options.latest ? 1 : static_cast<size_t>(std::max<int64_t>(options.last, 0));
  if (some && records.size() > most) records.resize(most);
  return records;
}

}  // namespace

int ps_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  PsOptions options;
  Parser parser("sdcont ps", "[OPTIONS]");
  parser.flag("-a,--all", options.all, "those that have ended, too");
  parser.flag("-q,--quiet", options.quiet, "ids only");
  parser.flag("-l,--latest", options.latest, "the one that was created last, in whatever state");
  parser.option("-n,--last", options.last, "N", "the N that were created last, in whatever state");
  parser.flag("-s,--size", options.size, "what they wrote, too");
  parser.flag("--no-trunc", options.whole, "whole ids and commands");
  parser.option("-f,--filter", options.filters, "FILTER",
                join(container_filter_keys(), "=, ").append("=; several times: all of them").c_str());
  parser.option("--format", options.format, "FORMAT", "table, json, or text with {{.Field}} in it");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty()) throw Error("sdcont ps takes no arguments: '" + printable(parsed.rest[0]) + "'");
  if (options.last < -1) throw Error("--last: a number of containers cannot be negative");
  Store store(global.paths);
  const auto records = select(heal(store, print_warning), options, store);
  if (options.quiet) {
    for (const Record& record : records) fmt::print("{}\n", options.whole ? record.id : short_id(record.id));
  } else {
    listing_of(records, options, global.paths).print(options.format);
  }
  return 0;
}

}  // namespace sdcont
