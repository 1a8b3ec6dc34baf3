#include <fmt/core.h>

#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/parser.h"
#include "cli/volume_list.h"
#include "container/cleanup.h"
#include "spec/names.h"
#include "spec/words.h"
#include "util/error.h"
#include "util/output.h"
#include "util/text.h"

namespace sdcont {

int volume_create_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::vector<std::string> labels;
  std::string driver = "local";
  Parser parser("sdcont volume create", "[OPTIONS] [VOLUME]");
  parser.option("-l,--label", labels, "NAME[=VALUE]", "a label");
  parser.choice("-d,--driver", driver, {"local"}, "where it is: a directory of this machine");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() > 1) throw Error("sdcont volume create takes one VOLUME");
  Volume volume;
  volume.anonymous = parsed.rest.empty();
  volume.name = volume.anonymous ? random_id() : parsed.rest[0];
  for (const std::string& word : labels) parse_label(word, volume.labels);
  check_name(volume.name, "sdcont volume create");
  const Store containers(global.paths);
  VolumeStore(containers).create(volume);  // one that is there is as good, as with docker
  fmt::print("{}\n", volume.name);
  return 0;
}

int volume_rm_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool force = false;
  Parser parser("sdcont volume rm", "[OPTIONS] VOLUME [VOLUME...]");
  parser.flag("-f,--force", force, "one that is not there is no error");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty())
    throw Error("sdcont volume rm: no VOLUME was given").remedy("see sdcont volume ls");
  Store containers(global.paths);
  heal(containers, print_warning);
  VolumeStore store(containers);
  int status = 0;
  for (const std::string& name : parsed.rest) {
    try {
      if (!force || store.load(name)) store.remove(name);
      fmt::print("{}\n", name);
    } catch (const Error& error) {  // the others are still removed
      write_error(std::string("sdcont: ") + error.what() + "\n");
      status = 1;
    }
  }
  return status;
}

int volume_prune_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool all = false;
  bool force = false;
  std::vector<std::string> filters;
  Parser parser("sdcont volume prune", "[OPTIONS]");
  parser.flag("-a,--all", all, "those with a name, too");
  parser.flag("-f,--force", force, "do not ask");
  parser.option("--filter", filters, "FILTER", "name=PART, label=KEY[=VALUE]");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty()) {
    throw Error("sdcont volume prune takes no arguments: '" + printable(parsed.rest[0]) + "'");
  }
  Store containers(global.paths);
  heal(containers, print_warning);
  VolumeStore store(containers);
  auto volumes = store.list();
  filter_volumes(filters, store, volumes);
  std::erase_if(volumes, [&](const Volume& volume) {
    return (!all && !volume.anonymous) || !store.users(volume.name).empty();
  });
  const std::string question = all ? "Remove all volumes that no container uses?"
                                   : "Remove all anonymous volumes that no container uses?";
  if (!force && !is_confirmed(question, "sdcont volume prune", "--force")) return 1;
  uint64_t freed = 0;
  int status = 0;
  if (!volumes.empty()) fmt::print("Deleted Volumes:\n");
  for (const Volume& volume : volumes) {
    try {
      const uint64_t size = store.size(volume.name);
      store.remove(volume.name);
      freed += size;
      fmt::print("{}\n", volume.name);
    } catch (const Error& error) {  // a container may have begun to use it just now
      write_error(std::string("sdcont: ") + error.what() + "\n");
      status = 1;
    }
  }
  fmt::print("{}Total reclaimed space: {}\n", volumes.empty() ? "" : "\n", format_bytes(freed));
  return status;
}

}  // namespace sdcont
