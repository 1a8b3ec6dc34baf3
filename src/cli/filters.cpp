#include "cli/filters.h"

#include <algorithm>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {

Filters::Filters(const std::vector<std::string>& words, const std::vector<std::string>& keys) {
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    const std::string key = lower(trim(word.substr(0, equals)));
    if (equals == word.npos || equals + 1 == word.size() ||
        std::find(keys.begin(), keys.end(), key) == keys.end()) {
      throw Error("--filter: '" + printable(word) + "' is not available")
          .remedy("it is KEY=VALUE, and KEY can be " + join(keys, ", "));
    }
    values_[key].push_back(word.substr(equals + 1));
  }
}

const std::vector<std::string>& Filters::of(const std::string& key) const {
  static const std::vector<std::string> none;
  const auto found = values_.find(key);
  return found == values_.end() ? none : found->second;
}

bool Filters::any(const std::string& key, const Fits& fits) const {
  const auto& values = of(key);
  return values.empty() || std::any_of(values.begin(), values.end(), fits);
}

bool Filters::all(const std::string& key, const Fits& fits) const {
  const auto& values = of(key);
  return std::all_of(values.begin(), values.end(), fits);
}

bool has_label(const std::map<std::string, std::string>& labels, const std::string& word) {
  const size_t equals = word.find('=');
  const auto found = labels.find(word.substr(0, equals));
  return found != labels.end() && (equals == word.npos || found->second == word.substr(equals + 1));
}

}  // namespace sdcont
