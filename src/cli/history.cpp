#include <fmt/core.h>

#include "cli/command.h"
#include "cli/listing.h"
#include "cli/parser.h"
#include "image/store.h"
#include "util/error.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr size_t kShown = 45;  // characters of a command, as docker

std::string cut(const std::string& text, bool whole) {
  const std::string safe = printable(text);
  return whole || safe.size() <= kShown ? safe : safe.substr(0, kShown - 1) + "…";
}

Listing list_history(const ImageStore& store, const Image& image, bool whole, bool human) {
  const ConfigFile config = store.config(image);
  Listing listing;
  listing.columns = {{"IMAGE", "ID"},
                     {"CREATED", "CreatedSince"},
                     {"CREATED BY", "CreatedBy"},
                     {"SIZE", "Size"},
                     {"COMMENT", "Comment"}};
  size_t layer = 0;
  const uint64_t now = now_realtime_ns();
  for (const HistoryEntry& entry : config.history) {
    uint64_t size = 0;
    if (!entry.empty_layer && layer < config.diff_ids.size())
      size = store.layer_size(config.diff_ids[layer++]);
    const auto then = parse_time(entry.created);
    const std::string age =
        then ? format_age(now > *then ? (now - *then) / kNsPerSecond : 0) + " ago" : "N/A";
    listing.rows.insert(listing.rows.begin(), {{"ID", "<missing>"},
                                               {"CreatedAt", printable(entry.created)},
                                               {"CreatedSince", human ? age : printable(entry.created)},
                                               {"CreatedBy", cut(entry.created_by, whole)},
                                               {"Size", human ? format_size(size) : std::to_string(size)},
                                               {"Comment", cut(entry.comment, whole)}});
  }
  if (!listing.rows.empty()) listing.rows[0]["ID"] = whole ? image.id : short_image_id(image.id);
  return listing;
}

}  // namespace

int history_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool whole = false, quiet = false;
  std::string format = "table", human = "true";
  Parser parser("sdcont history", "[OPTIONS] IMAGE");
  parser.flag("--no-trunc", whole, "whole ids and commands");
  parser.flag("-q,--quiet", quiet, "ids only");
  parser.choice("-H,--human", human, {"true", "false"}, "ages and sizes for people, or times and bytes");
  parser.option("--format", format, "table|json|TEMPLATE", "how to print");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1) throw Error("sdcont history takes one IMAGE").remedy("see sdcont images");
  const ImageStore store(global.paths.root);
  const Listing listing = list_history(store, store.find(parsed.rest[0]), whole, human == "true");
  if (!quiet) {
    listing.print(format);
    return 0;
  }
  for (const auto& row : listing.rows) fmt::print("{}\n", row.at("ID"));
  return 0;
}

}  // namespace sdcont
