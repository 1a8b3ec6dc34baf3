#include "cli/volume_list.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/parser.h"
#include "cli/table.h"
#include "util/error.h"
#include "util/output.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDriver = "local";  // docker's word for a directory of this machine

bool has_label(const Volume& volume, const std::string& word) {
  const size_t equals = word.find('=');
  const auto found = volume.labels.find(word.substr(0, equals));
  return found != volume.labels.end() && (equals == word.npos || found->second == word.substr(equals + 1));
}

std::function<bool(const Volume&)> parse_filter(const std::string& word, const VolumeStore& store) {
  const size_t equals = word.find('=');
  const std::string key = word.substr(0, equals);
  const std::string value = equals == word.npos ? "" : word.substr(equals + 1);
  if (key == "name" && !value.empty()) {
    return [value](const Volume& volume) { return volume.name.find(value) != std::string::npos; };
  }
  if (key == "label" && !value.empty()) {
    return [value](const Volume& volume) { return has_label(volume, value); };
  }
  if (key == "dangling" && (value == "true" || value == "1" || value == "false" || value == "0")) {
    const bool wanted = value == "true" || value == "1";
    return [wanted, &store](const Volume& volume) { return store.users(volume.name).empty() == wanted; };
  }
  throw Error("--filter: '" + printable(word) + "' is not available")
      .remedy("it can be name=PART, label=KEY[=VALUE] or dangling=true|false");
}

std::string label_words(const Volume& volume) {
  std::vector<std::string> words;
  for (const auto& [key, value] : volume.labels) words.push_back(key + "=" + value);
  return join(words, ",");
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print_json(const Volume& volume, const StorePaths& paths) {
  const Json json = {{"Driver", kDriver},
                     {"Labels", label_words(volume)},
                     {"Mountpoint", volume_data(paths, volume.name)},
                     {"Name", volume.name},
                     {"Scope", "local"}};
  fmt::print("{}\n", dump(json, -1));
}

}  // namespace

void filter_volumes(const std::vector<std::string>& filters, const VolumeStore& store,
                    std::vector<Volume>& volumes) {
  for (const std::string& word : filters) {
    const auto fits = parse_filter(word, store);
    std::erase_if(volumes, [&](const Volume& volume) { return !fits(volume); });
  }
}

int volume_ls_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool quiet = false;
  std::string format = "table";
  std::vector<std::string> filters;
  Parser parser("sdcont volume ls", "[OPTIONS]");
  parser.flag("-q,--quiet", quiet, "names only");
  parser.choice("--format", format, {"table", "json"}, "how to print");
  parser.option("-f,--filter", filters, "FILTER", "name=PART, label=KEY[=VALUE], dangling=true|false");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty())
    throw Error("sdcont volume ls takes no arguments: '" + printable(parsed.rest[0]) + "'");
  const Store containers(global.paths);
  const VolumeStore store(containers);
  auto volumes = store.list();
  filter_volumes(filters, store, volumes);
  std::vector<std::vector<std::string>> rows = {{"DRIVER", "VOLUME NAME"}};
  for (const Volume& volume : volumes) {
    if (quiet) fmt::print("{}\n", volume.name);
    if (!quiet && format == "json") print_json(volume, global.paths);
    rows.push_back({kDriver, volume.name});
  }
  if (!quiet && format == "table") fmt::print("{}", format_table(rows));
  return 0;
}

int volume_inspect_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  Parser parser("sdcont volume inspect", "VOLUME [VOLUME...]");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty())
    throw Error("sdcont volume inspect: no VOLUME was given").remedy("see sdcont volume ls");
  const Store containers(global.paths);
  const VolumeStore store(containers);
  Json list = Json::array();
  int status = 0;
  for (const std::string& name : parsed.rest) {
    try {
      const Volume volume = store.find(name);
      list.push_back({{"CreatedAt", format_time(volume.created_ns)},
                      {"Driver", kDriver},
                      {"Labels", volume.labels},
                      {"Mountpoint", volume_data(global.paths, name)},
                      {"Name", name},
                      {"Options", Json::object()},
                      {"Scope", "local"},
                      {"Anonymous", volume.anonymous},
                      {"UsedBy", store.users(name)}});
    } catch (const Error& error) {  // the others are still told of
      write_error(std::string("sdcont: ") + error.what() + "\n");
      status = 1;
    }
  }
  fmt::print("{}\n", dump(list, 4));
  return status;
}

}  // namespace sdcont
