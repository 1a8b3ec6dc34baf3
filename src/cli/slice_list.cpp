#include "cli/slice_list.h"
#include "cli/command.h"

#include <fmt/core.h>

#include <map>
#include <set>

#include "cgroup/effective.h"
#include "cgroup/sampler.h"
#include "cgroup/slice.h"
#include "cli/filters.h"
#include "cli/listing.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "container/slice.h"
#include "container/state.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// A slice that has limits of ours, or containers that run in it.
struct ListedSlice {
  std::string name;
  std::optional<SliceSpec> spec;
  std::vector<std::string> containers;  ///< names, also of those in slices inside it
};

std::vector<ListedSlice> find_slices(const SlicePlace& place, const std::vector<Record>& records) {
  std::map<std::string, ListedSlice> slices;
  for (SliceSpec& spec : SliceStore(place.paths).list()) {
    ListedSlice& slice = slices[spec.name];
    slice.name = spec.name;
    slice.spec = std::move(spec);
  }
  std::vector<const Record*> running;
  for (const Record& record : records) {
    if (!record.cgroup || !is_alive(record)) continue;
    running.push_back(&record);
    if (const std::string name = slice_of(*record.cgroup); !name.empty()) slices[name].name = name;
  }
  std::vector<ListedSlice> list;
  for (auto& [name, slice] : slices) {
    for (const Record* record : running) {
      if (is_in_slice(*record->cgroup, name)) slice.containers.push_back(record->name);
    }
    list.push_back(std::move(slice));
  }
  return list;
}

/// What the kernel limits it to, by itself or by a slice around it.
std::string bound_words(const CgroupRecord& cgroup, const char* file, std::string (*words)(uint64_t)) {
  const auto limit = cgroup.payload.empty() ? std::nullopt : read_kernel_limit(cgroup, file);
  return !limit || limit->bound == kUnlimited ? "unlimited" : words(limit->bound);
}

std::string cpu_words(uint64_t billionths) {
  constexpr double kPercent = 1e7;
  return fmt::format("{:.4g}%", static_cast<double>(billionths) / kPercent);
}

std::string count_words(uint64_t count) { return std::to_string(count); }

/// As they were asked for: "--memory 1073741824".
std::string limit_words(const SlicePlace& place, const ListedSlice& slice) {
  std::vector<std::string> words;
  if (!slice.spec) return "";
  for (const AppliedLimit& limit : slice_limits(place, *slice.spec).applied)
    words.push_back(limit.limit + " " + limit.requested);
  return join(words, ", ");
}

std::string shortened(const std::string& text, bool whole) {
  constexpr size_t kShown = 40;
  return whole || text.size() <= kShown ? text : text.substr(0, kShown - 1) + "…";
}

std::map<std::string, std::string> row_of(const SlicePlace& place, const ListedSlice& slice, bool whole) {
  const CgroupRecord cgroup = find_slice(place.host, place.manager, slice.name);
  const BoundFiles files = bound_files(place.host.mode);
  Sample used;
  if (!cgroup.payload.empty()) Sampler(cgroup).read(used);
  const char* kept = !slice.spec ? "" : slice.spec->runtime ? "until boot" : "always";
  return {{"Name", slice.name},
          {"Containers", std::to_string(slice.containers.size())},
          {"ContainerNames", join(slice.containers, ",")},
          {"CPULimit", bound_words(cgroup, files.cpu, cpu_words)},
          {"MemUsage", format_bytes(used.memory)},
          {"MemLimit", bound_words(cgroup, files.memory, format_bytes)},
          {"PIDs", std::to_string(used.tasks)},
          {"PIDsLimit", bound_words(cgroup, files.tasks, count_words)},
          {"Limits", shortened(printable(limit_words(place, slice)), whole)},
          {"Kept", kept},
          {"Manager", cgroup_manager_name(place.manager)},
          {"CgroupPath", cgroup.directory("memory")}};
}

void filter_slices(const std::vector<std::string>& words, std::vector<ListedSlice>& slices) {
  const Filters filters(words, {"name", "container"});
  std::erase_if(slices, [&](const ListedSlice& slice) {
    const auto named = [&](const std::string& part) { return slice.name.find(part) != part.npos; };
    const auto holds = [&](const std::string& container) {
      return std::find(slice.containers.begin(), slice.containers.end(), container) != slice.containers.end();
    };
    return !filters.any("name", named) || !filters.any("container", holds);
  });
}

}  // namespace

int slice_ls_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool quiet = false;
  bool whole = false;
  std::string format = "table";
  std::vector<std::string> filters;
  Parser parser("sdcont slice ls", "[OPTIONS]");
  parser.flag("-q,--quiet", quiet, "names only");
  parser.flag("--no-trunc", whole, "whole limits");
  parser.option("-f,--filter", filters, "FILTER", "name=PART, container=NAME");
  parser.option("--format", format, "FORMAT", "table, json, or text with {{.Field}} in it");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty())
    throw Error("sdcont slice ls takes no arguments: '" + printable(parsed.rest[0]) + "'");
  const SlicePlace place = choose_slice_place(global.cgroup_manager, global.paths);
  heal_slices(place);
  Store store(global.paths);
  auto slices = find_slices(place, heal(store, print_warning));
  filter_slices(filters, slices);
  Listing listing{{{"NAME", "Name"},
                   {"CONTAINERS", "Containers"},
                   {"CPU LIMIT", "CPULimit"},
                   {"MEM USAGE", "MemUsage"},
                   {"MEM LIMIT", "MemLimit"},
                   {"PIDS", "PIDs"},
                   {"PIDS LIMIT", "PIDsLimit"},
                   {"LIMITS", "Limits"},
                   {"KEPT", "Kept"}},
                  {}};
  for (const ListedSlice& slice : slices) {
    if (quiet) fmt::print("{}\n", slice.name);
    if (!quiet) listing.rows.push_back(row_of(place, slice, whole));
  }
  if (!quiet) listing.print(format);
  return 0;
}

}  // namespace sdcont
