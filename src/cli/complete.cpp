#include "cli/complete.h"

#include <fmt/core.h>

#include <algorithm>

#include "util/text.h"

namespace sdcont {
namespace {

const DeclaredOption* find_option(const CommandShape& shape, const std::string& name) {
  const auto found = std::find_if(shape.options.begin(), shape.options.end(), [&](const auto& option) {
    return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
  });
  return found == shape.options.end() ? nullptr : &*found;
}

bool takes_word(const DeclaredOption* option) {
  return option != nullptr && !option->value.empty() && !option->is_switch;
}

/// The option whose value the next word is, after a word such as "--memory", "-itm"; null: none.
const DeclaredOption* awaits_value(const CommandShape& shape, const std::string& word) {
  if (word.starts_with("--")) {
    const auto* option = find_option(shape, word);
    return takes_word(option) ? option : nullptr;
  }
  for (size_t i = 1; i < word.size(); ++i) {
    const auto* option = find_option(shape, {'-', word[i]});
    if (takes_word(option)) return i + 1 == word.size() ? option : nullptr;  // else the rest is its value
  }
  return nullptr;
}

/// Goes over the words in front of the cursor.
class Reader {
 public:
  explicit Reader(const CommandShape& shape) : shape_(shape) {}

  void read(const std::string& word) {
    if (pending_ != nullptr) {
      pending_ = nullptr;
    } else if (is_option(word) && word == "--") {
      dashes_ = true;
    } else if (is_option(word) && word.size() > 1) {
      pending_ = awaits_value(shape_, word);
    } else {
      ++place_;
    }
  }
  [[nodiscard]] bool is_option(const std::string& word) const {
    return word.starts_with('-') && !dashes_ && !(shape_.options_first && place_ > 0);
  }
  [[nodiscard]] const DeclaredOption* pending() const { return pending_; }  ///< whose value comes
  [[nodiscard]] size_t place() const { return place_; }                     ///< arguments so far

 private:
  const CommandShape& shape_;
  const DeclaredOption* pending_ = nullptr;
  bool dashes_ = false;
  size_t place_ = 0;
};

Wanted value_wanted(const DeclaredOption& option, const std::string& word, const std::string& prefix) {
  return {.kind = Wanted::Kind::value, .word = word, .prefix = prefix, .option = option, .what = ""};
}

/// A word that begins with a dash, where options may stand.
Wanted option_word(const CommandShape& shape, const std::string& word) {
  const size_t equals = word.find('=');
  if (word.starts_with("--") && equals != std::string::npos) {
    const auto* option = find_option(shape, word.substr(0, equals));
    if (option != nullptr && !option->value.empty())
      return value_wanted(*option, word.substr(equals + 1), word.substr(0, equals + 1));
    return {.kind = Wanted::Kind::argument, .word = word, .prefix = "", .option = {}, .what = ""};
  }
  return {.kind = Wanted::Kind::option, .word = word, .prefix = "", .option = {}, .what = ""};
}

Candidates option_names(const CommandShape& shape) {
  Candidates found;
  for (const DeclaredOption& option : shape.options) {
    for (const std::string& name : option.names) {
      if (name.starts_with("--")) found.list.push_back({name, option.help});
    }
  }
  return found;
}

}  // namespace

std::string argument_at(const std::string& usage, size_t place) {
  auto rest = words(usage.substr(0, usage.find('\n')));
  if (!rest.empty() && rest[0] == "[OPTIONS]") rest.erase(rest.begin());
  if (rest.empty()) return "";
  if (place >= rest.size()) {
    if (rest.back().find("...") == std::string::npos) return "";
    place = rest.size() - 1;
  }
  std::string name = rest[place];
  std::erase_if(name, [](char c) { return c == '[' || c == ']' || c == '.'; });
  return name;
}

Wanted find_wanted(const CommandShape& shape, const std::vector<std::string>& words) {
  Reader reader(shape);
  for (size_t i = 0; i + 1 < words.size(); ++i) reader.read(words[i]);
  const std::string& last = words.back();
  if (reader.pending() != nullptr) return value_wanted(*reader.pending(), last, "");
  if (reader.is_option(last)) return option_word(shape, last);
  return {.kind = Wanted::Kind::argument,
          .word = last,
          .prefix = "",
          .option = {},
          .what = argument_at(shape.usage, reader.place())};
}

size_t first_argument(const CommandShape& shape, const std::vector<std::string>& words) {
  Reader reader(shape);
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    reader.read(words[i]);
    if (reader.place() > 0) return i;
  }
  return words.size() - 1;
}

void print_candidates(const Wanted& wanted, const Candidates& candidates) {
  for (const Candidate& candidate : candidates.list) {
    if (candidate.text.starts_with(wanted.word))
      fmt::print("{}{}\t{}\n", wanted.prefix, printable(candidate.text), candidate.help);
  }
  if (candidates.files) fmt::print(":files {}\n", wanted.prefix);
}

void print_completion(const CommandShape& shape, const StorePaths& paths,
                      const std::vector<std::string>& words) {
  const Wanted wanted = find_wanted(shape, words);
  print_candidates(wanted, wanted.kind == Wanted::Kind::option
                               ? option_names(shape)
                               : candidates_for(wanted, shape.command, paths));
}

}  // namespace sdcont
