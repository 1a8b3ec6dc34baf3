#include "cli/build_scope.h"

#include "spec/names.h"
#include "systemd/manager.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kDefaultSlice = "sdcont.slice";

// The caller's slice, from its cgroup: "…/user.slice/user-0.slice/session-1.scope" is in user-0.slice.
std::string own_slice() {
  std::string slice;
  for (const std::string& line : split(read_file("/proc/self/cgroup"), '\n')) {
    if (!line.starts_with("0::") && line.find(":name=systemd:") == std::string::npos) continue;
    for (const std::string& part : split(line.substr(line.rfind(':') + 1), '/')) {
      if (part.ends_with(".slice")) slice = part;
    }
  }
  return slice;
}

std::string build_slice(const RunOptions& options) {
  std::string slice = options.slice.empty() ? kDefaultSlice : options.slice;
  if (!slice.ends_with(".slice")) slice += ".slice";
  check_slice(slice);
  if (!options.slice_inherit) return slice;
  const std::string own = own_slice();
  if (own.empty() || own == "-.slice") return slice;
  // as systemd-run has it: a.slice below own.slice is own-a.slice
  return options.slice.empty() ? own : own.substr(0, own.size() - std::string(".slice").size()) + "-" + slice;
}

}  // namespace

Scope build_scope(const RunOptions& options, const ContainerSpec& spec) {
  Scope scope;
  scope.unit = unit_name(spec.name, options.unit);
  scope.slice = build_slice(options);
  scope.slice_inherit = options.slice_inherit;
  if (!options.unit.empty()) scope.asked.emplace_back("--unit");
  if (!options.slice.empty()) scope.asked.emplace_back("--slice");
  if (options.slice_inherit) scope.asked.emplace_back("--slice-inherit");
  if (!options.description.empty()) scope.asked.emplace_back("--description");
  scope.description = "sdcont container " + spec.name + " (" + printable(spec.image) + ")";
  if (options.no_rootfs) scope.description = "sdcont run " + printable(join(spec.process.args, " "));
  if (!options.description.empty())
    scope.description = printable(options.description);  // systemd takes UTF-8 alone
  return scope;
}

void check_split(const ContainerSpec& spec) {
  if (!systemd_booted()) {
    throw Error(
        "--cgroups split puts the container into its caller's unit, and there are no units: systemd is not "
        "running")
        .remedy("leave it away");
  }
  if (!spec.scope.asked.empty()) {
    throw Error("--cgroups split: there is no scope, so " + join(spec.scope.asked, ", ") +
                " would be of nothing")
        .remedy("set it in the unit");
  }
  if (spec.cgroup_manager == "systemd")
    throw Error("--cgroups split: the unit's cgroup was delegated to us, and systemd makes none in it")
        .remedy("leave --cgroup-manager systemd away");
}

}  // namespace sdcont
