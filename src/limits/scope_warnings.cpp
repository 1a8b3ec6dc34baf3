#include "limits/scope_warnings.h"

#include <algorithm>

#include "util/text.h"

namespace sdcont {
namespace {

constexpr std::string_view kSlice = ".slice";

/// Whether a slice is this unit, or lies in it: "a-b.slice" is in "a.slice".
bool is_within(const std::string& slice, const std::string& unit) {
  if (slice == unit) return true;
  return unit.ends_with(kSlice) && slice.starts_with(unit.substr(0, unit.size() - kSlice.size()) + "-");
}

}  // namespace

std::vector<std::string> scope_warnings(const Scope& scope, const Target& target) {
  std::vector<std::string> warnings;
  std::vector<std::string> inert = scope.asked;
  if (target.own_slices) std::erase(inert, "--slice");
  if (!target.systemd && !inert.empty()) {
    warnings.push_back(join(inert, ", ") +
                       ": without effect: scopes are systemd's, and cgroups are written directly here");
  }
  std::vector<std::string> escaped;
  bool inheritable = false;
  for (const CallerLimit& around : target.caller_limits) {
    if (is_within(scope.slice, around.unit)) continue;
    escaped.push_back(around.limit + " of " + around.unit);
    inheritable = inheritable || around.unit.ends_with(kSlice);
  }
  if (!escaped.empty()) {
    warnings.push_back("the container is in " + scope.slice + ", outside of what limits its caller: " +
                       join(escaped, ", ") + (inheritable ? "; --slice-inherit keeps it in its slice" : ""));
  }
  return warnings;
}

}  // namespace sdcont
