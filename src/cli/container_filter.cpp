#include "cli/container_filter.h"

#include <algorithm>
#include <array>
#include <regex>

#include "cli/filters.h"
#include "container/state.h"
#include "image/reference.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr std::array kStates = {"created", "running", "paused", "restarting", "removing", "exited", "dead"};

[[noreturn]] void refuse(const std::string& key, const std::string& value, const std::string& remedy) {
  throw Error("--filter: '" + printable(key + "=" + value) + "' cannot be understood").remedy(remedy);
}

void require_understood(const Filters& filters) {
  for (const std::string& state : filters.of("status")) {
    if (std::find(kStates.begin(), kStates.end(), state) == kStates.end())
      refuse("status", state, "it can be created, running, paused, restarting, exited or dead");
  }
  for (const std::string& status : filters.of("exited")) {
    if (!parse_unsigned(status)) refuse("exited", status, "it is an exit status: exited=137");
  }
}

/// docker's names are regular expressions that fit anywhere, and may begin with a slash.
std::vector<std::regex> patterns_of(const Filters& filters) {
  std::vector<std::regex> patterns;
  for (const std::string& name : filters.of("name")) {
    try {
      patterns.emplace_back(name, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error&) {
      refuse("name", name, "it is a regular expression");
    }
  }
  return patterns;
}

bool is_of_image(const Record& record, const std::string& word) {
  const std::string digest = record.image_id.substr(record.image_id.find(':') + 1);
  const std::string hex = word.starts_with("sha256:") ? word.substr(7) : word;
  constexpr size_t kShortest = 4;
  if (hex.size() >= kShortest && !digest.empty() && digest.starts_with(hex)) return true;
  return record.image == word ||
         (!record.image_id.empty() && canonical_name(record.image) == canonical_name(word));
}

bool uses_volume(const Record& record, const std::string& word) {
  return std::any_of(record.mounts.begin(), record.mounts.end(), [&](const Mount& mount) {
    return mount.volume == word || mount.destination == word || mount.source == word;
  });
}

class Match {
 public:
  Match(const Filters& filters, const Store& store) : filters_(filters), names_(patterns_of(filters)) {
    for (const std::string& word : filters.of("before")) before_ = std::min(before_, created(store, word));
    for (const std::string& word : filters.of("since")) since_ = std::max(since_, created(store, word));
  }

  [[nodiscard]] bool operator()(const Record& record) const {
    return record.created_ns < before_ && (since_ == 0 || record.created_ns > since_) && has_name(record) &&
           filters_.any("id", [&](const std::string& id) { return record.id.starts_with(id); }) &&
           filters_.all("label", [&](const std::string& word) { return has_label(record.labels, word); }) &&
           filters_.any("ancestor", [&](const std::string& word) { return is_of_image(record, word); }) &&
           filters_.any("volume", [&](const std::string& word) { return uses_volume(record, word); }) &&
           filters_.any("exited", [&](const std::string& word) { return exited_with(record, word); }) &&
           filters_.any("status", [&](const std::string& word) { return word == state_name(record); });
  }

 private:
  static uint64_t created(const Store& store, const std::string& word) { return store.find(word).created_ns; }

  static bool exited_with(const Record& record, const std::string& word) {
    return record.exit && std::to_string(record.exit->status) == word;
  }

  [[nodiscard]] bool has_name(const Record& record) const {
    return names_.empty() || std::any_of(names_.begin(), names_.end(), [&](const std::regex& pattern) {
             return std::regex_search(record.name, pattern) || std::regex_search("/" + record.name, pattern);
           });
  }

  const Filters& filters_;
  std::vector<std::regex> names_;
  uint64_t before_ = UINT64_MAX;
  uint64_t since_ = 0;
};

}  // namespace

const std::vector<std::string>& container_filter_keys() {
  static const std::vector<std::string> keys = {"id",       "name",   "label", "status", "exited",
                                                "ancestor", "before", "since", "volume"};
  return keys;
}

std::vector<Record> filter_containers(const std::vector<std::string>& words, const Store& store,
                                      std::vector<Record> records) {
  if (words.empty()) return records;
  const Filters filters(words, container_filter_keys());
  require_understood(filters);
  const Match fits(filters, store);
  std::erase_if(records, [&](const Record& record) { return !fits(record); });
  return records;
}

}  // namespace sdcont
