#include "cli/parser.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/complete.h"
#include "cli/examples.h"
#include "cli/manual.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {

Parser::Parser(std::string command, std::string usage, Options order)
    : command_(std::move(command)), usage_(std::move(usage)), order_(order) {
  app_.set_help_flag();
  app_.prefix_command(order == Options::first);
  app_.allow_extras(order == Options::anywhere);
  if (command_ != "sdcont") app_.add_flag("--help", help_, "print this");
}

std::string DeclaredOption::text() const {
  if (value.empty()) return join(names, ",");
  return join(names, ",") + (is_switch ? "[=" + value + "]" : " " + value);
}

std::vector<DeclaredOption> Parser::declared() const {
  std::vector<DeclaredOption> options;
  for (const CLI::Option* option : app_.get_options()) {
    DeclaredOption declared{.value = option->get_type_name(), .help = option->get_description()};
    declared.is_switch = option->get_items_expected_max() == 0;
    for (const std::string& name : option->get_snames()) declared.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) declared.names.push_back("--" + name);
    options.push_back(std::move(declared));
  }
  return options;
}

std::string Parser::help() const {
  std::string text = fmt::format("Usage: {} {}\n\nOptions:\n", command_, usage_);
  for (const DeclaredOption& option : declared())
    text += fmt::format("  {:<38} {}\n", option.text(), option.help);
  return text + examples_text(command_);
}

bool Parser::answered(const std::vector<std::string>& args) const {
  if (args.empty() || (args[0] != kManualWord && args[0] != kCompleteWord)) return false;
  if (args[0] == kManualWord) {
    fmt::print("{}", manual_of(command_, usage_, declared()));
  } else if (args.size() > 3) {
    const CommandShape shape{command_, usage_, declared(), order_ == Options::first};
    print_completion(shape, {.root = args[1], .run = args[2]}, {args.begin() + 3, args.end()});
  }
  return true;
}

void Parser::refuse(const std::string& word) const {
  const std::string name = word.substr(0, word.find('='));
  for (const char* global : {"--cgroup-manager", "--root", "--runtime-dir", "--config"}) {
    if (name != global || command_ == "sdcont") continue;
    throw Error(name + " is an option of sdcont itself")
        .remedy("write it before the command: sdcont " + name + " … " + command_.substr(7));
  }
  std::vector<std::string> known;
  for (const CLI::Option* option : app_.get_options()) {
    for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
  }
  const std::string hint = name.starts_with("--") ? nearest(name, known) : "";
  throw Error("'" + printable(name) + "' is not an option of " + command_)
      .remedy(hint.empty() ? "see " + command_ + " --help" : "did you mean " + hint + "?");
}

Parser::Result Parser::parse(const std::vector<std::string>& args) {
  if (answered(args)) return {.help = true, .rest = {}};
  try {
    app_.parse(std::vector<std::string>(args.rbegin(), args.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ArgumentMismatch& error) {                       // "--name: 1 required TEXT missing"
    const std::string text = error.what();
    throw Error(printable(text.substr(0, text.find(':'))) + ": its value is missing")
        .remedy("see " + command_ + " --help");
  } catch (const CLI::ParseError& error) {
    throw Error(printable(error.what())).remedy("see " + command_ + " --help");
  }
  Result result{help_, app_.remaining()};
  if (help_) fmt::print("{}", help());
  if (help_) return result;
  // behind "--" no word is an option, nor behind the first argument where that begins another command
  const size_t checked =
      order_ == Options::anywhere ? result.rest.size() : std::min<size_t>(1, result.rest.size());
  const auto last = result.rest.begin() + static_cast<ptrdiff_t>(checked);
  const auto dashes = std::find(result.rest.begin(), last, "--");
  for (auto word = result.rest.begin(); word != dashes; ++word) {
    if (word->size() > 1 && word->front() == '-') refuse(*word);
  }
  if (dashes != last) result.rest.erase(dashes);
  return result;
}

}  // namespace sdcont
