#include "cli/parser.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "cli/complete.h"
#include "cli/examples.h"
#include "cli/manual.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {

namespace {

/// "--log-opt: ": what an error begins with.
std::string place_of(const DeclaredOption& option) {
  const auto is_long = [](const std::string& name) { return name.starts_with("--"); };
  const auto found = std::find_if(option.names.begin(), option.names.end(), is_long);
  return (found == option.names.end() ? option.names.front() : *found) + ": ";
}

bool has_name(const DeclaredOption& option, const std::string& name) {
  return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
}

/// Whether the word may name the option: "--memory=1G", or "-m" among others in "-itm".
bool may_name(const std::string& word, const DeclaredOption& option) {
  if (word.size() < 2 || word[0] != '-') return false;
  if (word[1] == '-') return has_name(option, word.substr(0, word.find('=')));
  const auto is_in = [&](const std::string& name) {
    return name.size() == 2 && word.find(name[1], 1) != word.npos;
  };
  return std::any_of(option.names.begin(), option.names.end(), is_in);
}

/// Of a switch, which may be "--rm=false".
bool is_on(const std::string& word) {
  try {
    return CLI::detail::to_flag_value(word) > 0;
  } catch (const std::invalid_argument&) {
    throw Error("'" + word + "' is neither true nor false");
  }
}

}  // namespace

Parser::Parser(std::string command, std::string usage, Options order)
    : command_(std::move(command)), usage_(std::move(usage)), order_(order) {
  if (command_ != "sdcont") flag("--help", help_, "print this");
}

Parser::Entry& Parser::add(const char* names, const char* value, const char* help,
                           std::function<void(const Words&)> take) {
  return entries_.emplace_back(Entry{.shown = {.names = split(names, ','), .value = value, .help = help},
                                     .otherwise = {},
                                     .take = std::move(take)});
}

void Parser::option(const char* names, Words& variable, const char* value, const char* help, Check check) {
  const auto take = [&variable, check = std::move(check)](const Words& words) {
    for (std::string word : words) {
      std::string complaint = word.empty() ? "the value is empty" : "";
      if (complaint.empty() && check) complaint = check(word);
      if (!complaint.empty()) throw Error(complaint);
      variable.push_back(std::move(word));
    }
  };
  add(names, value, help, take).repeats = true;
}

void Parser::option(const char* names, std::optional<std::string>& variable, const char* value,
                    const char* help, bool may_be_empty) {
  add(names, value, help, [&variable, may_be_empty](const Words& words) {
    if (words.back().empty() && !may_be_empty) throw Error("the value is empty");
    variable = words.back();
  });
}

void Parser::option(const char* names, std::string& variable, const char* value, const char* help,
                    bool may_be_empty) {
  add(names, value, help, [&variable, may_be_empty](const Words& words) {
    if (words.back().empty() && !may_be_empty) throw Error("the value is empty");
    variable = words.back();
  });
}

void Parser::option(const char* names, uint64_t& variable, const char* value, const char* help) {
  add(names, value, help, [&variable](const Words& words) {
    const auto number = parse_unsigned(words.back());
    if (!number) throw Error("'" + words.back() + "' is not a number");
    variable = *number;
  });
}

void Parser::option(const char* names, int64_t& variable, const char* value, const char* help) {
  add(names, value, help, [&variable](const Words& words) {
    const auto number = parse_signed(words.back());
    if (!number) throw Error("'" + words.back() + "' is not a number");
    variable = *number;
  });
}

void Parser::option(const char* names, double& variable, const char* value, const char* help) {
  add(names, value, help, [&variable](const Words& words) {
    const std::string& word = words.back();
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), variable);
    if (error != std::errc() || end != word.data() + word.size())
      throw Error("'" + word + "' is not a number");
  });
}

void Parser::choice(const char* names, std::string& variable, const Words& choices, const char* help) {
  add(names, join(choices, "|").c_str(), help, [&variable, choices](const Words& words) {
    if (std::find(choices.begin(), choices.end(), words.back()) == choices.end())
      throw Error("'" + words.back() + "' is not available; it can be " + join(choices, " or "));
    variable = words.back();
  });
}

void Parser::flag(const char* names, bool& variable, const char* help) {
  Entry& entry = add(names, "", help, [&variable](const Words& words) { variable = is_on(words.back()); });
  entry.shown.is_switch = true;
}

void Parser::flag(const char* names, std::string& variable, const char* otherwise, const char* value,
                  const char* help) {
  Entry& entry = add(names, value, help, [&variable](const Words& words) { variable = words.back(); });
  entry.shown.is_switch = true;
  entry.otherwise = otherwise;
}

void Parser::words(const char* names, const char* value, const char* help, bool repeats,
                   std::function<void(const Words&)> take) {
  add(names, value, help, std::move(take)).repeats = repeats;
}

void Parser::call(const char* names, const char* help, std::function<void()> take) {
  Entry& entry = add(names, "", help, [take = std::move(take)](const Words& words) {
    if (is_on(words.back())) take();
  });
  entry.shown.is_switch = true;
}

std::string DeclaredOption::text() const {
  if (value.empty()) return join(names, ",");
  return join(names, ",") + (is_switch ? "[=" + value + "]" : " " + value);
}

std::vector<DeclaredOption> Parser::declared() const {
  std::vector<DeclaredOption> options;
  options.reserve(entries_.size());
  for (const Entry& entry : entries_) options.push_back(entry.shown);
  return options;
}

const DeclaredOption* Parser::find(const std::string& name) const {
  for (const Entry& entry : entries_) {
    if (has_name(entry.shown, name)) return &entry.shown;
  }
  return nullptr;
}

bool Parser::is_given(const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.given && has_name(entry.shown, name); });
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
  for (const Entry& entry : entries_) {
    for (const std::string& other : entry.shown.names) {
      if (other.starts_with("--")) known.push_back(other);
    }
  }
  const std::string hint = name.starts_with("--") ? nearest(name, known) : "";
  throw Error("'" + printable(name) + "' is not an option of " + command_)
      .remedy(hint.empty() ? "see " + command_ + " --help" : "did you mean " + hint + "?");
}

namespace {

/// CLI11's option for ours, which only collects the words.
CLI::Option* declare(CLI::App& app, const DeclaredOption& option, const std::string& otherwise) {
  if (!option.is_switch) {
    return app.add_option(join(option.names, ","))
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  const std::string suffix = otherwise.empty() ? "" : "{" + otherwise + "}";
  return app.add_flag(join(option.names, suffix + ",") + suffix)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

size_t Parser::count_words(const std::string& word) const {
  if (word.size() < 2 || word[0] != '-' || word == "--") return 0;
  const auto takes_word = [&](const std::string& name) {
    const DeclaredOption* option = find(name);
    return option != nullptr && !option->is_switch;
  };
  if (word[1] == '-') return word.find('=') == word.npos && takes_word(word) ? 2 : 1;
  for (size_t i = 1; i < word.size(); ++i) {
    if (takes_word(std::string("-") + word[i])) return i + 1 == word.size() ? 2 : 1;
  }
  return 1;
}

Parser::Words Parser::take_options(const Words& args) {
  Words options, rest;
  size_t i = 0;
  while (i < args.size()) {
    const size_t count = count_words(args[i]);
    if (args[i] == "--" || (count == 0 && order_ == Options::first)) break;
    if (count == 0) {
      rest.push_back(args[i++]);
    } else if (args[i].starts_with("--") && args[i].find('=') + 1 == args[i].size()) {
      options.insert(options.end(),
                     {args[i].substr(0, args[i].size() - 1), ""});  // else it takes the next word
      ++i;
    } else {
      for (const size_t end = std::min(i + count, args.size()); i < end; ++i) options.push_back(args[i]);
    }
  }
  take_apart(options);
  if (i < args.size() && args[i] == "--") ++i;
  rest.insert(rest.end(), args.begin() + static_cast<ptrdiff_t>(i), args.end());
  return rest;
}

void Parser::take_apart(const Words& words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<Entry*, CLI::Option*>> named;
  for (Entry& entry : entries_) {
    const auto names_it = [&](const std::string& word) { return may_name(word, entry.shown); };
    if (std::any_of(words.begin(), words.end(), names_it))
      named.emplace_back(&entry, declare(app, entry.shown, entry.otherwise));
  }
  try {
    app.parse(Words(words.rbegin(), words.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ArgumentMismatch& error) {     // "--name: 1 required TEXT missing"
    const std::string text = error.what();
    throw Error(printable(text.substr(0, text.find(':'))) + ": its value is missing")
        .remedy("see " + command_ + " --help");
  } catch (const CLI::ParseError& error) {
    throw Error(printable(error.what())).remedy("see " + command_ + " --help");
  }
  if (app.remaining_size() > 0) refuse(app.remaining().front());
  for (const auto& [entry, option] : named) {
    entry->given = option->count() > 0;
    if (entry->given) take(*entry, option->results());
  }
}

void Parser::take(const Entry& entry, const Words& words) const {
  try {
    entry.take(entry.repeats ? words : Words{words.back()});
  } catch (const Error& error) {
    throw Error(place_of(entry.shown) + printable(error.what())).remedy("see " + command_ + " --help");
  }
}

Parser::Result Parser::parse(const Words& args) {
  if (answered(args)) return {.help = true, .rest = {}};
  Result result{.rest = take_options(args)};
  result.help = help_;
  if (help_) fmt::print("{}", help());
  return result;
}

}  // namespace sdcont
