#include "cli/parser.h"

#include <fmt/core.h>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {

Parser::Parser(std::string command, std::string usage)
    : command_(std::move(command)), usage_(std::move(usage)) {
  app_.set_help_flag();
  app_.prefix_command();
  if (command_ != "sdcont") app_.add_flag("--help", help_, "print this");
}

std::string Parser::help() const {
  std::string text = fmt::format("Usage: {} {}\n\nOptions:\n", command_, usage_);
  for (const CLI::Option* option : app_.get_options()) {
    std::string names = option->get_name(false, true);
    if (option->get_items_expected_max() > 0) names += " " + option->get_type_name();
    text += fmt::format("  {:<38} {}\n", names, option->get_description());
  }
  return text;
}

void Parser::refuse(const std::string& word) const {
  const std::string name = word.substr(0, word.find('='));
  for (const char* global : {"--cgroup-manager", "--root", "--runtime-dir"}) {
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
  if (!result.rest.empty() && result.rest[0] == "--") {
    result.rest.erase(result.rest.begin());
  } else if (!help_ && !result.rest.empty() && result.rest[0].size() > 1 && result.rest[0][0] == '-') {
    refuse(result.rest[0]);
  }
  return result;
}

}  // namespace sdcont
