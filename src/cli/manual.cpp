#include "cli/manual.h"

#include <fmt/core.h>

#include "cli/examples.h"
#include "cli/manual_limits.h"
#include "util/text.h"

namespace sdcont {
namespace {

std::string bold(const std::string& text) { return "**" + markdown(text) + "**"; }
std::string italic(const std::string& text) { return "*" + markdown(text) + "*"; }

/// "[OPTIONS] IMAGE [COMMAND] [ARG...]", with what is to be replaced set off.
std::string usage_line(const std::string& command, const std::string& usage) {
  std::string line = bold(command);
  for (const std::string& word : words(usage.substr(0, usage.find('\n')))) {
    const bool literal = word == "-" || word == "|";
    line += " " + (literal ? markdown(word) : italic(word));
  }
  return line;
}

std::string options_list(const std::vector<DeclaredOption>& options) {
  std::string text;
  for (const DeclaredOption& option : options) {
    if (option.help.empty()) continue;
    std::vector<std::string> names;
    for (const std::string& name : option.names) names.push_back(bold(name));
    text += join(names, ", ");
    if (option.is_switch && !option.value.empty())
      text += markdown("[=") + italic(option.value) + markdown("]");
    if (!option.is_switch && !option.value.empty()) text += " " + italic(option.value);
    text += "\n: " + markdown(option.help) + "\n\n";
  }
  return text;
}

std::string examples_list(const std::string& command) {
  std::string text;
  for (const Example& example : examples_of(command))
    text += fmt::format("{}:\n\n    {}\n\n", markdown(capitalized(example.tells)), example.line);
  return text;
}

std::string page_name(std::string command) {
  for (char& c : command) c = c == ' ' ? '-' : c;
  return command;
}

std::string commands_list() {
  std::string text = "# COMMANDS\n\n";
  for (const Command& command : command_table())
    text += fmt::format("**sdcont-{}**(1)\n: {}\n\n", page_name(command.name), markdown(command.summary));
  return text;
}

}  // namespace

std::string markdown(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]()<>#+!|~").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string capitalized(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string manual_of(const std::string& command, const std::string& usage,
                      const std::vector<DeclaredOption>& options) {
  std::string text = "# SYNOPSIS\n\n" + usage_line(command, usage) + "\n\n";
  text += "# OPTIONS\n\n" + options_list(options);
  if (command == "sdcont") text += commands_list();
  const std::string examples = examples_list(command);
  return examples.empty() ? text : text + "# EXAMPLES\n\n" + examples;
}

int manual_command(const GlobalOptions& global, const std::vector<std::string>& words) {
  if (words[0] == "limits") {
    fmt::print("{}", limits_manual());
  } else if (words[0] == "properties") {
    fmt::print("{}", properties_manual());
  } else if (words[0] == "commands") {
    for (const Command& command : command_table())
      fmt::print("sdcont-{}\t{}\t{}\n", page_name(command.name), command.name, command.summary);
  } else {
    auto rest = words;
    const Command& command = take_command(rest);
    return run_taken(command, global, {kManualWord});
  }
  return 0;
}

}  // namespace sdcont
