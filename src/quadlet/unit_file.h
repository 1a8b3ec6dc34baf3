#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sdcont {

/// A setting of a unit file: systemd.syntax(7).
struct UnitLine {
  std::string path;  ///< the file, or the drop-in
  size_t line = 0;
  std::string key;
  std::string value;  ///< without the space around it; continued lines joined by a space
};

struct UnitSection {
  std::string name;
  std::vector<UnitLine> lines;
};

/// The sections in the order of their first appearance; one that comes again goes on.
struct UnitFile {
  std::vector<UnitSection> sections;

  /// Adds what a file says; throws Error, with file and line, for what is neither section, setting nor
  /// comment.
  void read(const std::string& path, std::string_view text);
  UnitSection& section(const std::string& name);
  [[nodiscard]] const UnitSection* find(const std::string& name) const;
  /// The lines of a key that count: an empty value takes back those before it.
  [[nodiscard]] std::vector<UnitLine> lines(const std::string& section, const std::string& key) const;
  /// The last value, or empty.
  [[nodiscard]] std::string last(const std::string& section, const std::string& key) const;
};

/// "/etc/sdcont/systemd/web.container:3: "
std::string place_of(const UnitLine& line);

/// A boolean as systemd reads one; throws Error for another word.
bool is_true(const UnitLine& line);

/// Words in quotes, and with the escapes of C, as systemd splits Environment=. Throws Error where a quote has
/// no end.
std::vector<std::string> split_quoted(const std::string& text);
/// A word of ExecStart=, quoted where it needs to be. `$` is kept from systemd, specifiers (%i) are not.
std::string exec_word(const std::string& word);

}  // namespace sdcont
