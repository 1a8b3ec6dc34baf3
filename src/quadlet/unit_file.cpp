#include "quadlet/unit_file.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

bool is_comment(std::string_view line) { return line.starts_with('#') || line.starts_with(';'); }

// A line with those that it goes on in; `at` is on its first, and afterwards on its last.
std::string whole_line(const std::vector<std::string>& lines, size_t& at) {
  std::string text(trim(lines[at]));
  while (text.ends_with('\\')) {
    text.back() = ' ';
    do {
      if (++at == lines.size()) return std::string(trim(text));
    } while (is_comment(trim(lines[at])));
    text += trim(lines[at]);
  }
  return std::string(trim(text));
}

char unescaped(char c) {
  static const std::map<char, char> escapes = {{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'s', ' '},
                                               {'a', '\a'}, {'b', '\b'}, {'f', '\f'}, {'v', '\v'}};
  const auto found = escapes.find(c);
  return found == escapes.end() ? c : found->second;
}

}  // namespace

std::string place_of(const UnitLine& line) { return line.path + ":" + std::to_string(line.line) + ": "; }

void UnitFile::read(const std::string& path, std::string_view text) {
  const auto raw = split(text, '\n');
  UnitSection* current = nullptr;
  for (size_t at = 0; at < raw.size(); ++at) {
    const size_t number = at + 1;
    if (is_comment(trim(raw[at]))) continue;
    const std::string line = whole_line(raw, at);
    if (line.empty()) continue;
    const UnitLine here{path, number, {}, {}};
    if (line.front() == '[' && line.back() == ']') {
      current = &section(line.substr(1, line.size() - 2));
      continue;
    }
    const size_t equals = line.find('=');
    if (current == nullptr)
      throw Error(place_of(here) + "'" + printable(line) + "' stands before any section");
    if (equals == std::string::npos || equals == 0)
      throw Error(place_of(here) + "'" + printable(line) + "' is no setting: KEY=VALUE");
    current->lines.push_back({path, number, std::string(trim(line.substr(0, equals))),
                              std::string(trim(line.substr(equals + 1)))});
  }
}

UnitSection& UnitFile::section(const std::string& name) {
  for (UnitSection& known : sections) {
    if (known.name == name) return known;
  }
  return sections.emplace_back(UnitSection{name, {}});
}

const UnitSection* UnitFile::find(const std::string& name) const {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [&](const UnitSection& section) { return section.name == name; });
  return found == sections.end() ? nullptr : &*found;
}

std::vector<UnitLine> UnitFile::lines(const std::string& section, const std::string& key) const {
  std::vector<UnitLine> result;
  const UnitSection* const found = find(section);
  if (found == nullptr) return result;
  for (const UnitLine& line : found->lines) {
    if (line.key != key) continue;
    if (line.value.empty()) {
      result.clear();
    } else {
      result.push_back(line);
    }
  }
  return result;
}

std::string UnitFile::last(const std::string& section, const std::string& key) const {
  const auto all = lines(section, key);
  return all.empty() ? "" : all.back().value;
}

std::vector<std::string> split_quoted(const std::string& text) {
  std::vector<std::string> result;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (c == '\\' && i + 1 < text.size()) {
      word += unescaped(text[++i]);
      in_word = true;
    } else if (quote != 0 ? c == quote : (c == '"' || c == '\'') && !in_word) {
      quote = quote != 0 ? '\0' : c;
      in_word = true;
    } else if (quote == 0 && space) {
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

std::string exec_word(const std::string& word) {
  std::string text;
  bool quoted = word.empty();
  for (const char c : word) {
    if (c == '\n' || c == '\t') {
      text += c == '\n' ? "\\n" : "\\t";
      quoted = true;
      continue;
    }
    if (c == '$') text += c;
    if (c == '"' || c == '\\') text += '\\';
    if (c == ' ' || c == ';' || c == '\'' || c == '"' || c == '\\') quoted = true;
    text += c;
  }
  return quoted ? "\"" + text + "\"" : text;
}

bool is_true(const UnitLine& line) {
  const std::string word = lower(line.value);
  for (const char* yes : {"yes", "true", "on", "1", "y", "t"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"no", "false", "off", "0", "n", "f"}) {
    if (word == no) return false;
  }
  throw Error(place_of(line) + line.key + "=" + printable(line.value) + " is neither yes nor no");
}

}  // namespace sdcont
