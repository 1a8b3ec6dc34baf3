#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cgroup/choose.h"
#include "cgroup/effective.h"
#include "cli/container_inspect.h"
#include "limits/limits.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

const Limit* row_of(const std::string& key) {
  const auto table = limit_table();
  const auto carries = [&](const Limit& row) {
    return key == row.key || std::find(row.family.begin(), row.family.end(), key) != row.family.end();
  };
  const auto row = std::find_if(table.begin(), table.end(), carries);
  return row == table.end() ? nullptr : &*row;
}

Json entry(const std::string& name, const std::string& requested, const std::optional<KernelLimit>& kernel,
           const std::string& via) {
  Json object = {{"name", name}, {"requested", requested}, {"applied", nullptr}, {"effective", nullptr}};
  if (kernel) {
    object["applied"] = kernel->applied;
    object["effective"] = kernel->effective;
    object["by"] = kernel->cgroup;
  }
  object["via"] = via;
  return object;
}

/// What was asked for, by which back end it is carried, and what the kernel says.
void add_requested(const ContainerSpec& spec, const CgroupRecord& cgroup, std::set<std::string>& shown,
                   Json& list) {
  const bool unified = cgroup.mode == CgroupMode::unified;
  Target target = make_target(detect_cgroups(), cgroup.manager, 0);
  constexpr int kAnyVersion = 1000;  // it took them already
  target.systemd_version = target.systemd ? kAnyVersion : 0;
  for (const AppliedLimit& limit : plan_limits(spec, target).applied) {
    const Limit* row = row_of(limit.key);
    const std::string file = row == nullptr ? "" : unified ? row->v2_file : row->v1_file;
    if (!file.empty()) shown.insert(file);
    list.push_back(entry(limit.limit, limit.requested,
                         file.empty() ? std::nullopt : read_kernel_limit(cgroup, file), limit.via));
  }
}

}  // namespace

Json inspect_limits(const Record& record, const ContainerSpec* spec) {
  Json list = Json::array();
  if (!record.cgroup) return list;
  std::set<std::string> shown;
  if (spec != nullptr) add_requested(*spec, *record.cgroup, shown, list);
  // what nobody asked this container for, and yet holds: a limit of the cgroups above it
  const BoundFiles files = bound_files(record.cgroup->mode);
  for (const char* file : {files.memory, files.swap, files.cpu, files.tasks}) {
    const auto kernel = shown.contains(file) ? std::nullopt : read_kernel_limit(*record.cgroup, file);
    if (kernel && kernel->bound != kUnlimited) list.push_back(entry(file, "", kernel, file));
  }
  return list;
}

}  // namespace sdcont
