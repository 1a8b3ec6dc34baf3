#include "archive/load.h"
#include "cli/image_use.h"
#include "cli/parser.h"
#include "helper/commands.h"
#include "helper/reports.h"
#include "util/error.h"

namespace sdcont {

int image_unpack_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool quiet = false;
  Parser parser("sdcont image unpack", "[OPTIONS] IMAGE");
  parser.flag("-q,--quiet", quiet, "no progress");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1) throw Error("sdcont image unpack takes one IMAGE").remedy("see sdcont images");
  const ImageStore store(global.paths.root);
  const CollectAtEnd collect(store, global.paths);
  ProgressLines lines(quiet);
  unpack_image(store, store.find(parsed.rest[0]), lines.reports());
  return 0;
}

}  // namespace sdcont
