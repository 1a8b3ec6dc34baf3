#include <fcntl.h>
#include <unistd.h>

#include "archive/pack.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "container/root_view.h"
#include "helper/commands.h"
#include "helper/output_file.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {

int export_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string output;
  Parser parser("sdcont export", "[OPTIONS] CONTAINER");
  parser.option("-o,--output", output, "FILE", "where to (default: the standard output)");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1) throw Error("sdcont export takes one CONTAINER").remedy("see sdcont ps -a");
  Store store(global.paths);
  heal(store, print_warning);
  const std::string id = store.find(parsed.rest[0]).id;
  const Fd lock = store.lock(id);
  const Record record = store.find(id);
  if (record.root.kind == Root::Kind::host) {
    throw Error("the container " + record.name + " is a view of this machine, not a root of its own")
        .remedy("sdcont diff shows what it changed, sdcont cp copies single files");
  }
  OutputFile file(output);  // opened before the mounts are another's
  const Fd root = open_container_root(record);
  const Fd directory = open_at(root.get(), ".", O_RDONLY | O_DIRECTORY);
  PackOptions options;
  options.one_mount = true;
  pack_tree(directory.get(), options, file.sink(), "the container " + record.name);
  file.finish();
  return 0;
}

}  // namespace sdcont
