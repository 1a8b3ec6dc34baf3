#include "cli/command.h"
#include "cli/parser.h"
#include "image/store.h"
#include "util/error.h"

namespace sdcont {

int tag_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  Parser parser("sdcont tag", "IMAGE NAME[:TAG]");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 2) throw Error("sdcont tag takes an IMAGE and its new name");
  const Reference name = parse_reference(parsed.rest[1]);
  if (!name.digest.empty())
    throw Error("a name with a digest is nothing that an image can be given: " + name.text());
  const ImageStore store(global.paths.root);
  const Fd use = store.use();
  const Image image = store.find(parsed.rest[0]);
  static_cast<void>(store.config(image));  // a damaged one gets no more names
  store.add(image.manifest, name.text());
  return 0;
}

}  // namespace sdcont
