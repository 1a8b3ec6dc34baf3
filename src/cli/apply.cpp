#include <fmt/core.h>

#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/parser.h"
#include "container/apply.h"
#include "container/cleanup.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

void require_no_conflicts(const Record& record, const ApplyPlan& plan) {
  if (plan.conflicts == 0) return;
  std::string paths = printable(join(plan.shown, ", "));
  if (plan.conflicts > plan.shown.size()) {
    paths += " and " + std::to_string(plan.conflicts - plan.shown.size()) + " more";
  }
  throw Error("this machine has changed since container " + record.name +
              " was started, and nothing was applied: " + paths)
      .remedy("run the container anew");
}

}  // namespace

int apply_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool dry_run = false;
  bool yes = false;
  Parser parser("sdcont apply", "[OPTIONS] CONTAINER");
  parser.flag("--dry-run", dry_run, "show what would be applied, and do nothing");
  parser.flag("-y,--yes", yes, "do not ask");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1) throw Error("sdcont apply takes one CONTAINER").remedy("see sdcont ps -a");
  Store store(global.paths);
  heal(store, print_warning);
  const std::string id = store.find(parsed.rest[0]).id;
  const Fd lock = store.lock(id);
  const Record record = store.find(id);  // again: it may have been removed while we waited
  check_applicable(record);
  const auto overlays = open_overlays(record);
  clear_killed_apply(record, overlays, store);
  const ApplyPlan plan = plan_apply(record, overlays, print_change);
  if (fflush(stdout) != 0) throw_errno("cannot show what would be applied");
  require_no_conflicts(record, plan);
  if (dry_run || plan.changes == 0) return 0;
  const std::string question =
      fmt::format("Apply {} {} to this machine?", plan.changes, plan.changes == 1 ? "change" : "changes");
  if (!yes && !is_confirmed(question, "sdcont apply", "--yes, or --dry-run")) {
    print_warning("nothing was applied");
    return 1;
  }
  apply_changes(record, overlays, store);
  return 0;
}

}  // namespace sdcont
