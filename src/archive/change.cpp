#include <algorithm>
#include <nlohmann/json.hpp>

#include "archive/import.h"
#include "util/error.h"
#include "util/signals.h"
#include "util/text.h"

namespace sdcont {
namespace {

[[noreturn]] void refuse(const std::string& line, const std::string& why) {
  throw Error("--change: '" + printable(line) + "' cannot be understood: " + why)
      .remedy(
          "it is a line of a Dockerfile: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or "
          "WORKDIR");
}

/// ["a","b"], or words of a shell.
std::vector<std::string> command_of(const std::string& line, const std::string& rest) {
  if (!rest.starts_with('[')) return {"/bin/sh", "-c", rest};
  try {
    return nlohmann::json::parse(rest).get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    refuse(line, "its list is no JSON list of words");
  }
}

/// The words of a line, where quotes keep spaces and a backslash the next character.
std::vector<std::string> shell_words(const std::string& line, const std::string& text) {
  std::vector<std::string> list;
  std::string word;
  char quote = 0;
  bool open = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
      open = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      open = true;
    } else if (c == ' ' || c == '\t') {
      if (open) list.push_back(std::move(word));
      word.clear();
      open = false;
    } else {
      word += c;
      open = true;
    }
  }
  if (quote != 0) refuse(line, "a quote is not closed");
  if (open) list.push_back(std::move(word));
  if (list.empty()) refuse(line, "it says nothing");
  return list;
}

/// NAME=value …, or as in old files NAME value.
std::vector<std::pair<std::string, std::string>> assignments(const std::string& line,
                                                             const std::string& rest) {
  const auto list = shell_words(line, rest);
  if (list[0].find('=') == std::string::npos) {
    if (list.size() < 2) refuse(line, "it gives no value");
    return {{list[0], std::string(trim(rest.substr(rest.find_first_of(" \t"))))}};
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& word : list) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      refuse(line, "'" + printable(word) + "' is not NAME=value");
    pairs.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return pairs;
}

void set_env(std::vector<std::string>& env, const std::string& name, const std::string& value) {
  for (std::string& entry : env) {
    if (!entry.starts_with(name + "=")) continue;
    entry.assign(name).append("=").append(value);
    return;
  }
  env.push_back(name + "=" + value);
}

void add_all(std::vector<std::string>& list, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
  }
}

std::string port_of(const std::string& line, const std::string& word) {
  const std::string number = word.substr(0, word.find('/'));
  const std::string protocol = number.size() == word.size() ? "tcp" : lower(word.substr(number.size() + 1));
  const auto port = parse_unsigned(number);
  if (!port || *port == 0 || *port > 65535 ||
      (protocol != "tcp" && protocol != "udp" && protocol != "sctp")) {
    refuse(line, "'" + printable(word) + "' is no port");
  }
  return number + "/" + protocol;
}

std::string absolute(const std::string& line, const std::string& path) {
  if (!path.starts_with('/')) refuse(line, "'" + printable(path) + "' is not an absolute path");
  return path;
}

}  // namespace

void apply_change(const std::string& line, ImageConfig& config) {
  const std::string text(trim(line));
  const size_t space = text.find_first_of(" \t");
  const std::string word = lower(text.substr(0, space));
  const std::string rest = space == std::string::npos ? "" : std::string(trim(text.substr(space)));
  if (rest.empty()) refuse(line, "it says nothing");
  if (word == "cmd") {
    config.cmd = command_of(line, rest);
  } else if (word == "entrypoint") {
    config.entrypoint = command_of(line, rest);
  } else if (word == "env") {
    for (const auto& [name, value] : assignments(line, rest)) set_env(config.env, name, value);
  } else if (word == "label") {
    for (const auto& [name, value] : assignments(line, rest)) config.labels[name] = value;
  } else if (word == "expose") {
    for (const std::string& port : words(rest)) add_all(config.exposed_ports, {port_of(line, port)});
  } else if (word == "stopsignal") {
    if (!parse_signal(rest)) refuse(line, "'" + printable(rest) + "' is not a signal");
    config.stop_signal = rest;
  } else if (word == "user") {
    config.user = rest;
  } else if (word == "volume") {
    const auto list = rest.starts_with('[') ? command_of(line, rest) : shell_words(line, rest);
    for (const std::string& path : list) add_all(config.volumes, {absolute(line, path)});
  } else if (word == "workdir") {
    config.working_dir = absolute(line, rest);
  } else {
    refuse(line, "'" + printable(word) + "' changes no configuration");
  }
}

}  // namespace sdcont
