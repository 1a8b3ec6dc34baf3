#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sdcont {

/// --filter KEY=VALUE, given several times, as docker combines them: those of one key are alternatives, and
/// every key has to fit.
class Filters {
 public:
  /// Throws Error for what is not KEY=VALUE, or whose key is not one of these.
  Filters(const std::vector<std::string>& words, const std::vector<std::string>& keys);

  using Fits = std::function<bool(const std::string& value)>;
  /// True where no value was given for the key, or one of them fits.
  [[nodiscard]] bool any(const std::string& key, const Fits& fits) const;
  /// The same, where each of the values has to fit: labels.
  [[nodiscard]] bool all(const std::string& key, const Fits& fits) const;
  [[nodiscard]] const std::vector<std::string>& of(const std::string& key) const;
  [[nodiscard]] bool has(const std::string& key) const { return !of(key).empty(); }

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

/// "KEY" is there, or "KEY=VALUE" with that value.
bool has_label(const std::map<std::string, std::string>& labels, const std::string& word);

}  // namespace sdcont
