#include "cli/option_file.h"

#include <algorithm>
#include <cctype>

#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr size_t kMostBytes = 1 << 20;

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-';
  });
}

OptionLine parse_line(const std::string& path, size_t number, std::string_view text) {
  OptionLine line{path, number, {}, {}, false};
  const size_t equals = text.find('=');
  const std::string_view name = trim(text.substr(0, equals));
  line.has_value = equals != std::string_view::npos;
  if (line.has_value) line.value = trim(text.substr(equals + 1));
  if (name.starts_with('[')) {
    throw Error(line.place() + "'" + printable(text) + "': there are no sections here")
        .remedy("leave it away");
  }
  if (!is_name(name)) {
    throw Error(line.place() + "'" + printable(text) + "' is no option")
        .remedy("write NAME = VALUE, with the names of sdcont run --help without their dashes");
  }
  line.name = name;
  return line;
}

std::vector<std::string> known_names(const Parser& parser) {
  std::vector<std::string> names;
  for (const DeclaredOption& option : parser.declared()) {
    for (const std::string& name : option.names) {
      if (name.starts_with("--")) names.push_back(name.substr(2));
    }
  }
  return names;
}

bool parse_switch(const OptionLine& line) {
  const std::string value = lower(line.value);
  if (!line.has_value || value == "yes" || value == "true" || value == "on" || value == "1") return true;
  if (value == "no" || value == "false" || value == "off" || value == "0") return false;
  throw Error(line.place() + line.name + ": '" + printable(line.value) + "' is neither yes nor no");
}

}  // namespace

std::vector<OptionLine> parse_option_lines(const std::string& path, std::string_view text) {
  std::vector<OptionLine> lines;
  std::string pending;
  size_t first = 0;
  size_t number = 0;
  for (const std::string& raw : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.starts_with('#') || line.starts_with(';')) continue;
    if (pending.empty()) first = number;
    const bool goes_on = line.ends_with('\\');
    pending += goes_on ? line.substr(0, line.size() - 1) : line;
    if (goes_on) continue;
    if (!trim(pending).empty()) lines.push_back(parse_line(path, first, trim(pending)));
    pending.clear();
  }
  if (!trim(pending).empty()) lines.push_back(parse_line(path, first, trim(pending)));
  return lines;
}

std::vector<OptionLine> read_option_lines(const std::string& path) {
  return parse_option_lines(path, read_file(path, kMostBytes));
}

std::vector<std::string> split_command(std::string_view text) {
  std::vector<std::string> result;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (in_word) result.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) throw Error("a quote has no end in '" + printable(text) + "'");
  if (in_word) result.push_back(std::move(word));
  return result;
}

std::vector<std::string> option_words(const Parser& parser, const OptionLine& line) {
  const std::string flag = "--" + line.name;
  const DeclaredOption* const option = line.name == "help" ? nullptr : parser.find(flag);
  if (option == nullptr) {
    const std::string hint = nearest(line.name, known_names(parser));
    throw Error(line.place() + "'" + printable(line.name) + "' is no option")
        .remedy(hint.empty() ? "see sdcont run --help" : "did you mean " + hint + "?");
  }
  if (option->is_switch && option->value.empty())
    return parse_switch(line) ? std::vector{flag} : std::vector<std::string>();
  if (option->is_switch) return {line.has_value ? flag + "=" + line.value : flag};
  if (!line.has_value)
    throw Error(line.place() + line.name + " needs a value").remedy("write " + line.name + " = …");
  return {flag + "=" + line.value};
}

Error with_place(const Error& error, const std::vector<OptionLine>& lines) {
  const std::string& text = error.failure().doing;
  const OptionLine* found = nullptr;
  for (const OptionLine& line : lines) {
    const std::string flag = "--" + line.name;
    if (!text.starts_with(flag) || is_name(text.substr(flag.size(), 1))) continue;
    // of several with that name the one whose value is complained of
    if (found == nullptr || text.find("'" + line.value + "'") != text.npos) found = &line;
  }
  if (found == nullptr) return error;
  Failure failure = error.failure();
  failure.doing.insert(0, found->place());
  return Error(failure);
}

}  // namespace sdcont
