#include "limits/convert.h"
#include "limits/rows.h"
#include "util/text.h"

namespace sdcont {
namespace {

Translation tasks_raw(const Resources& r, const Target&) {
  return write("pids.max", or_max(number(r, "pids/limit")));
}

Translation tasks_systemd(const Resources& r, const Target& t) {
  // The supervisor lives in the scope as well, and for each command of exec, which counts inside, one that
  // waits for it: the payload's own limit is to be the one that is reached. "Unlimited" has to be said: else
  // every scope gets DefaultTasksMax.
  const uint64_t inside = number(r, "pids/limit");
  Translation scope = property("TasksMax", add_limits(add_limits(inside, inside), 1));
  return scope_and_payload(r, t, 227, scope, tasks_raw, tasks_raw);
}

}  // namespace

std::vector<Limit> task_limits() {
  std::vector<Limit> rows;
  rows.push_back({.key = "pids/limit",
                  .title = "processes and threads",
                  .flags = {{"--pids-limit,--tasks-max", "NUMBER|PERCENT",
                             "most processes and threads (-1, 0: unlimited)", false,
                             [](const std::string& text, const HostFacts& host, Resources& r) {
                               const std::string word = lower(trim(text));
                               const bool unlimited = word == "-1" || word == "0" || word == "unlimited" ||
                                                      word == "infinity" || word == "max";
                               const uint64_t limit =
                                   unlimited ? kUnlimited : parse_tasks(text, host, "--pids-limit");
                               put(r, "pids/limit", limit, "--pids-limit");
                             }}},
                  .property = "TasksMax (227)",
                  .v2_file = "pids.max",
                  .v1_file = "pids.max",
                  .to_systemd = tasks_systemd,
                  .to_v2 = tasks_raw,
                  .to_v1 = tasks_raw});
  return rows;
}

}  // namespace sdcont
