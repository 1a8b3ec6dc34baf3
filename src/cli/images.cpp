#include <fnmatch.h>

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

constexpr const char* kNone = "<none>";

struct ImagesOptions {
  bool all = false, quiet = false, digests = false, whole = false;
  std::string format = "table";
  std::vector<std::string> filters;
};

/// What is shown of an image beside its names.
struct ImageFacts {
  std::string created;  ///< RFC 3339
  uint64_t size = 0;
  std::map<std::string, std::string> labels;
};

ImageFacts facts_of(const ImageStore& store, const Image& image) {
  if (!image.damage.empty()) return {};
  try {
    const ConfigFile config = store.config(image);
    ImageFacts facts{config.created, 0, config.config.labels};
    for (const std::string& diff_id : config.diff_ids) facts.size += store.layer_size(diff_id);
    return facts;
  } catch (const Error& error) {
    print_warning(error.what());
    return {};
  }
}

std::string age_of(const std::string& created) {
  const auto then = parse_time(created);
  if (!then) return "N/A";
  const uint64_t now = now_realtime_ns();
  return format_age(now > *then ? (now - *then) / kNsPerSecond : 0) + " ago";
}

/// NAME[:TAG] as a pattern of a shell; without a tag any is meant.
bool matches_reference(const std::string& pattern, const std::string& name) {
  const Reference reference = parse_reference(name);
  for (const std::string& candidate : {reference.text(), reference.repository()}) {
    if (fnmatch(pattern.c_str(), candidate.c_str(), FNM_PATHNAME) == 0) return true;
  }
  return false;
}

bool passes(const std::string& filter, const std::string& name, const ImageFacts& facts) {
  const size_t equals = filter.find('=');
  const std::string key = filter.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : filter.substr(equals + 1);
  if (key == "dangling" && (value == "true" || value == "false")) return name.empty() == (value == "true");
  if (key == "reference")
    return !name.empty() && !canonical_name(name).empty() && matches_reference(value, name);
  if (key == "label") {
    const auto label = facts.labels.find(value.substr(0, value.find('=')));
    return label != facts.labels.end() &&
           (value.find('=') == std::string::npos || label->second == value.substr(value.find('=') + 1));
  }
  throw Error("--filter: '" + printable(filter) + "' is not available")
      .remedy("it can be dangling=true|false, reference=PATTERN or label=NAME[=VALUE]");
}

std::string digest_of(const Image& image, const std::string& repository) {
  for (const std::string& digest : image.digests) {
    if (digest.starts_with(repository + "@")) return digest.substr(repository.size() + 1);
  }
  return kNone;
}

std::map<std::string, std::string> row_of(const Image& image, const std::string& name,
                                          const ImageFacts& facts, bool whole) {
  std::string repository = name.empty() ? kNone : name;
  std::string tag = kNone;
  if (!canonical_name(name).empty()) {
    const Reference reference = parse_reference(name);
    repository = reference.repository();
    tag = reference.tag;
  }
  const std::string id = image.damage.empty() ? (whole ? image.id : short_image_id(image.id)) : "<damaged>";
  return {{"Repository", printable(repository)},    {"Tag", tag},
          {"Digest", digest_of(image, repository)}, {"ID", id},
          {"CreatedAt", printable(facts.created)},  {"CreatedSince", age_of(facts.created)},
          {"Size", format_size(facts.size)}};
}

Listing list_images(const ImageStore& store, const ImagesOptions& options, const std::string& wanted) {
  Listing listing;
  listing.columns = {{"REPOSITORY", "Repository"}, {"TAG", "Tag"}};
  if (options.digests) listing.columns.push_back({"DIGEST", "Digest"});
  for (const Listing::Column& column :
       {Listing::Column{"IMAGE ID", "ID"}, {"CREATED", "CreatedSince"}, {"SIZE", "Size"}})
    listing.columns.push_back(column);
  for (const Image& image : store.list()) {
    const ImageFacts facts = facts_of(store, image);
    for (const std::string& name : image.names.empty() ? std::vector<std::string>{""} : image.names) {
      if (!wanted.empty() && !passes("reference=" + wanted, name, facts)) continue;
      bool shown = true;
      for (const std::string& filter : options.filters) shown = passes(filter, name, facts) && shown;
      if (shown) listing.rows.push_back(row_of(image, name, facts, options.whole));
    }
  }
  return listing;
}

}  // namespace

int images_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  ImagesOptions options;
  Parser parser("sdcont images", "[OPTIONS] [REPOSITORY[:TAG]]");
  parser.flag("-a,--all", options.all, "all of them, as always: there are no intermediate ones");
  parser.flag("-q,--quiet", options.quiet, "ids only");
  parser.flag("--digests", options.digests, "what registries call them, too");
  parser.flag("--no-trunc", options.whole, "whole ids");
  parser.option("-f,--filter", options.filters, "FILTER",
                "dangling=true|false, reference=PATTERN, label=NAME[=VALUE]");
  parser.option("--format", options.format, "table|json|TEMPLATE", "how to print");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() > 1) throw Error("sdcont images takes one name at most");
  const Listing listing =
      list_images(ImageStore(global.paths.root), options, parsed.rest.empty() ? "" : parsed.rest[0]);
  if (options.quiet) {
    for (const auto& row : listing.rows) fmt::print("{}\n", row.at("ID"));
  } else {
    listing.print(options.format);
  }
  return 0;
}

}  // namespace sdcont
