#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

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

/// CLI11 with docker's manners; errors are ours and name a near miss. What a command line does not name,
/// CLI11 never hears of: it compares each option with all before it, which for the hundred of `run` took
/// longer than the rest of a launch's own work.
class Parser {
 public:
  using Words = std::vector<std::string>;
  /// What is wrong with a word, or nothing; may put the word into its usual form.
  using Check = std::function<std::string(std::string&)>;

  struct Result {
    bool help = false;  ///< --help, or another question, was asked and answered
    Words rest;         ///< the words that are no options, or all from the first of them on
  };

  Parser(std::string command, std::string usage, Options order = Options::anywhere);

  /// An option that takes one word, by default not an empty one (of a variable that was not set); given
  /// several times, all count where its variable is a list, else the last.
  void option(const char* names, std::string& variable, const char* value, const char* help,
              bool may_be_empty = false);
  void option(const char* names, std::optional<std::string>& variable, const char* value, const char* help,
              bool may_be_empty = false);
  void option(const char* names, Words& variable, const char* value, const char* help, Check check = {});
  void option(const char* names, uint64_t& variable, const char* value, const char* help);
  void option(const char* names, int64_t& variable, const char* value, const char* help);
  void option(const char* names, double& variable, const char* value, const char* help);
  /// One of these words.
  void choice(const char* names, std::string& variable, const Words& choices, const char* help);
  void flag(const char* names, bool& variable, const char* help);
  /// A switch that may have a value behind "=", else has the one given here.
  void flag(const char* names, std::string& variable, const char* otherwise, const char* value,
            const char* help);
  /// Where the words go to a function: all of them, or (`repeats` is false) the last.
  void words(const char* names, const char* value, const char* help, bool repeats,
             std::function<void(const Words&)> take);
  void call(const char* names, const char* help, std::function<void()> take);

  [[nodiscard]] std::vector<DeclaredOption> declared() const;
  /// By one of its names ("--memory"), or nothing.
  [[nodiscard]] const DeclaredOption* find(const std::string& name) const;
  /// How many words an option that begins with this one takes in all; 0 where it is none.
  [[nodiscard]] size_t count_words(const std::string& word) const;
  /// Throws Error for words that are not understood.
  Result parse(const Words& args);
  /// Whether the words that were parsed have the option, by one of its names.
  [[nodiscard]] bool is_given(const std::string& name) const;

 private:
  struct Entry {
    DeclaredOption shown;
    std::string otherwise;  ///< of a switch without a word, if that is not "true"
    bool repeats = false;
    std::function<void(const Words&)> take;
    bool given = false;
  };

  Entry& add(const char* names, const char* value, const char* help, std::function<void(const Words&)> take);
  /// Whether the words are a question; answers it then.
  [[nodiscard]] bool answered(const Words& args) const;
  /// Takes the words apart that are options, and returns the others.
  [[nodiscard]] Words take_options(const Words& args);
  /// By CLI11: gives each option its words.
  void take_apart(const Words& words);
  void take(const Entry& entry, const Words& words) const;
  [[noreturn]] void refuse(const std::string& word) const;
  [[nodiscard]] std::string help() const;

  std::string command_, usage_;
  Options order_;
  std::vector<Entry> entries_;
  bool help_ = false;
};

}  // namespace sdcont
