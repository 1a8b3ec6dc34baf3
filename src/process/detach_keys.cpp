#include "process/detach_keys.h"

#include <cctype>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr std::string_view kControl = "ctrl-";

// The byte of one key, or -1.
int parse_key(const std::string& word) {
  if (word.size() == 1) return std::isgraph(static_cast<unsigned char>(word[0])) != 0 ? word[0] : -1;
  const std::string key = lower(word);
  if (!key.starts_with(kControl) || key.size() != kControl.size() + 1) return -1;
  const char letter = key.back();
  if (letter >= 'a' && letter <= 'z') return letter - 'a' + 1;
  return std::string_view("@[\\]^_").find(letter) == std::string_view::npos ? -1 : letter & 0x1f;
}

}  // namespace

std::string parse_detach_keys(const std::string& text) {
  if (text.empty()) return {};
  std::string keys;
  for (const std::string& word : split(text, ',')) {
    const int key = parse_key(word);
    if (key < 0) {
      throw Error("--detach-keys: '" + printable(word) + "' is not a key")
          .remedy("keys are characters and ctrl-a to ctrl-z, separated by commas: ctrl-p,ctrl-q");
    }
    keys.push_back(static_cast<char>(key));
  }
  return keys;
}

std::string DetachKeys::filter(const std::string& typed) {
  if (keys_.empty()) return typed;
  std::string passed;
  for (const char byte : typed) {
    if (found()) break;
    // what was held back may end in a shorter beginning of the keys: "ctrl-p ctrl-p ctrl-q"
    while (matched_ > 0 && keys_[matched_] != byte) {
      const size_t held = matched_--;
      while (matched_ > 0 && keys_.compare(held - matched_, matched_, keys_, 0, matched_) != 0) --matched_;
      passed.append(keys_, 0, held - matched_);
    }
    if (keys_[matched_] == byte) {
      ++matched_;
    } else {
      passed.push_back(byte);
    }
  }
  return passed;
}

}  // namespace sdcont
