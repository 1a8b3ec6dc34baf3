#include "cli/command.h"
#include "cli/parser.h"
#include "container/await.h"
#include "container/cleanup.h"
#include "spec/names.h"
#include "state/events.h"
#include "util/error.h"

namespace sdcont {

int rename_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  Parser parser("sdcont rename", "CONTAINER NAME");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 2) throw Error("sdcont rename takes a CONTAINER and its new NAME");
  const std::string& name = parsed.rest[1];
  check_name(name, "NAME");
  Store store(global.paths);
  heal(store, print_warning);
  Record record = await_launched(store.find(parsed.rest[0]), store);
  store.rename(record.id, name);
  const std::string old_name = std::exchange(record.name, name);
  note_event(store.paths(), event_of(record, "rename", {{"oldName", old_name}}));
  return 0;
}

}  // namespace sdcont
