#pragma once

#include <string>

namespace sdcont {

/// docker's default for leaving a container without ending it.
inline constexpr const char* kDefaultDetachKeys = "ctrl-p,ctrl-q";

/// "ctrl-p,ctrl-q", "ctrl-a,d": keys separated by commas, each a printable character or "ctrl-" and one of
/// a-z @ [ \ ] ^ _ as the bytes that a terminal sends for them. An empty text is none. Throws Error naming
/// the flag.
std::string parse_detach_keys(const std::string& text);

/// Finds the keys in what is typed. A beginning of them is kept back until it is clear what it was.
class DetachKeys {
 public:
  /// `keys` as bytes; empty: nothing is ever found.
  explicit DetachKeys(std::string keys) : keys_(std::move(keys)) {}

  /// What is to be passed on of what was typed: up to the keys, where they are complete.
  std::string filter(const std::string& typed);
  [[nodiscard]] bool found() const noexcept { return !keys_.empty() && matched_ == keys_.size(); }

 private:
  std::string keys_;
  size_t matched_ = 0;  // of keys_, held back
};

}  // namespace sdcont
