#include "archive/commit.h"

#include <fmt/core.h>

#include "cli/image_use.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "container/standstill.h"
#include "helper/commands.h"
#include "helper/reports.h"
#include "util/error.h"

namespace sdcont {
int commit_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  CommitOptions options;
  std::string pause = "true";
  bool quiet = false;
  Parser parser("sdcont commit", "[OPTIONS] CONTAINER [NAME[:TAG]]");
  parser.option("-a,--author", options.author, "TEXT", "who made it");
  parser.option("-c,--change", options.changes, "LINE",
                "a line of a Dockerfile for its configuration: CMD, ENV, …");
  parser.option("-m,--message", options.message, "TEXT", "for sdcont history");
  parser.choice("-p,--pause", pause, {"true", "false"},
                "whether the container stands still meanwhile (default: true)");
  parser.flag("-q,--quiet", quiet, "no progress");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty() || parsed.rest.size() > 2) {
    throw Error("sdcont commit takes a CONTAINER, and a name").remedy("see sdcont commit --help");
  }
  if (parsed.rest.size() == 2) options.name = new_name(parsed.rest[1]);
  Store containers(global.paths);
  heal(containers, print_warning);
  const ImageStore store(global.paths.root);
  const CollectAtEnd collect(store, global.paths);
  const std::string id = containers.find(parsed.rest[0]).id;
  const Fd lock = containers.lock(id);
  const Record record = containers.find(id);
  std::optional<Standstill> standstill;
  if (pause == "true") standstill.emplace(record, containers, print_warning);
  ProgressLines lines(quiet);
  const TakenImage image = commit_container(store, record, options, lines.reports());
  fmt::print("{}\n", image.id);
  return 0;
}

}  // namespace sdcont
