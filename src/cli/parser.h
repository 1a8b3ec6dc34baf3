#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "util/text.h"

namespace sdcont {

/// Where the options may stand.
enum class Options {
  anywhere,  ///< also behind the arguments
  first,     ///< before the first word that is none: what follows is another command's
};

/// An option as a command declares it: help, manual and completion are made of these.
struct DeclaredOption {
  std::vector<std::string> names;  ///< "-m", "--memory"
  std::string value;               ///< "BYTES|PERCENT"; empty for a switch
  bool is_switch = false;          ///< takes its value, if any, behind "=" only
  std::string help;

  /// "-m,--memory BYTES|PERCENT", "--summary[=text|json]"
  [[nodiscard]] std::string text() const;
};

/// A question about a command's options, instead of a command line: `sdcont help`, the manual and completion
/// ask. It stands in the place of the first argument, so that it reaches the helper executable's commands as
/// well.
constexpr const char* kManualWord = "__manual";  ///< the generated part of its man page, in Markdown
constexpr const char* kCompleteWord =
    "__complete";  ///< ROOT RUNTIME-DIR WORD...: what the last WORD may become

/// CLI11 with docker's manners; errors are ours and name a near miss.
class Parser {
 public:
  struct Result {
    bool help = false;              ///< --help, or another question, was asked and answered
    std::vector<std::string> rest;  ///< the words that are no options, or all from the first of them on
  };

  Parser(std::string command, std::string usage, Options order = Options::anywhere);

  CLI::App& app() { return app_; }
  [[nodiscard]] const CLI::App& app() const { return app_; }
  /// An option that takes one word, by default not an empty one (of a variable that was not set); given
  /// several times, all count where its variable is a list, else the last.
  template <typename T>
  CLI::Option* option(const char* names, T& variable, const char* metavar, const char* help,
                      bool may_be_empty = false) {
    constexpr bool kIsList = std::is_same_v<T, std::vector<std::string>>;
    auto* option =
        app_.add_option(names, variable, help)->type_name(metavar)->expected(1)->allow_extra_args(false);
    if (!may_be_empty) option->check(is_not_empty);
    return option->multi_option_policy(kIsList ? CLI::MultiOptionPolicy::TakeAll
                                               : CLI::MultiOptionPolicy::TakeLast);
  }
  /// One of these words.
  CLI::Option* choice(const char* names, std::string& variable, const std::vector<std::string>& choices,
                      const char* help) {
    return option(names, variable, join(choices, "|").c_str(), help)
        ->check([choices](const std::string& word) {
          const bool known = std::find(choices.begin(), choices.end(), word) != choices.end();
          return known ? "" : "'" + word + "' is not available; it can be " + join(choices, " or ");
        });
  }
  CLI::Option* flag(const char* names, bool& variable, const char* help) {
    return app_.add_flag(names, variable, help);
  }

  [[nodiscard]] std::vector<DeclaredOption> declared() const;
  /// Throws Error for words that are not understood.
  Result parse(const std::vector<std::string>& args);

 private:
  /// CLI11's way: the complaint, or nothing.
  static std::string is_not_empty(const std::string& value) {
    return value.empty() ? "the value is empty" : "";
  }
  /// Whether the words are a question; answers it then.
  [[nodiscard]] bool answered(const std::vector<std::string>& args) const;
  [[noreturn]] void refuse(const std::string& word) const;
  [[nodiscard]] std::string help() const;

  std::string command_, usage_;
  Options order_;
  CLI::App app_;
  bool help_ = false;
};

}  // namespace sdcont
