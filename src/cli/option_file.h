#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/parser.h"
#include "util/error.h"

namespace sdcont {

/// A line of a file of options: "memory = 128M", "read-only".
struct OptionLine {
  std::string path;
  size_t line = 0;
  std::string name;
  std::string value;
  bool has_value = false;

  /// "/etc/sdcont/web.conf:3: "
  [[nodiscard]] std::string place() const { return path + ":" + std::to_string(line) + ": "; }
};

/// The lines of a text, without comments ("#" or ";" at the beginning of a line). A value is all that follows
/// "=", without the space around it; a line that ends in "\" goes on in the next. Pure; throws Error with
/// file and line.
std::vector<OptionLine> parse_option_lines(const std::string& path, std::string_view text);
std::vector<OptionLine> read_option_lines(const std::string& path);

/// The words of a command, as systemd has it in ExecStart=: in single or double quotes, with "\" for one
/// character. Throws Error where a quote has no end.
std::vector<std::string> split_command(std::string_view text);

/// The line as a word of the command line that the parser takes: "--memory=128M"; nothing of a switch that is
/// "no". Throws Error, with file and line, for what is no such option, or has no value where it needs one.
std::vector<std::string> option_words(const Parser& parser, const OptionLine& line);

/// An error that names an option which came from a file, with file and line of it.
Error with_place(const Error& error, const std::vector<OptionLine>& lines);

}  // namespace sdcont
