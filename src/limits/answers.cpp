#include <algorithm>
#include <array>

#include "limits/rows.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// Words that are good for a flag, by what its help calls them, to see what a back end makes of it.
struct Example {
  const char* metavar;
  const char* words;
};
constexpr std::array kExamples = std::to_array<Example>({
    {"BYTES", "64M"},
    {"BYTES|PERCENT", "64M"},
    {"PERCENT", "20%"},
    {"USEC", "50000"},
    {"LIST", "0"},
    {"member|root|isolated", "root"},
    {"PATH:10-1000", "/:100"},
    {"PATH:RATE", "/:1M"},
    {"PATH:NUMBER", "/:100"},
    {"PATH:TIME", "/:10ms"},
    {"PREFIX,...", "10.0.0.0/8"},
    {"continue|stop|kill", "continue"},
    {"auto|kill", "kill"},
    {"auto|kill|PERCENT", "kill"},
    {"yes|no", "no"},
    {"SIZE:BYTES", "2MB:64M"},
    {"0-100", "10"},
    {"", ""},
});

constexpr uint64_t kExampleMemory = uint64_t{32} << 20;

std::string example_words(const LimitFlag& flag) {
  const auto* const known = std::find_if(kExamples.begin(), kExamples.end(), [&](const Example& example) {
    return std::string_view(example.metavar) == flag.metavar;
  });
  return known == kExamples.end() ? "100" : known->words;  // a number
}

LimitAnswer answer(const Limit& limit, const Target& target, HostFacts host) {
  host.resolve_disk = [](const std::string&) { return DeviceValue{"/dev/disk", 8, 0, 0}; };
  ContainerSpec spec;
  const auto reads_memory = [](const char* key) { return std::string_view(key) == "memory/limit"; };
  // a limit of swap means little without one of memory
  if (std::any_of(limit.family.begin(), limit.family.end(), reads_memory))
    spec.resources["memory/limit"] = kExampleMemory;
  // v1 limits swap only together with memory, so it is asked for as it would be used
  if (std::string_view(limit.key) == "memory/swap") spec.resources["memory/limit"] = uint64_t{32} << 20;
  limit.flags.front().parse(example_words(limit.flags.front()), host, spec.resources);
  const LimitPlan plan = plan_limits(spec, target);
  const std::string name = limit_name(limit, limit.key);
  const auto applied = std::find_if(plan.applied.begin(), plan.applied.end(),
                                    [&](const AppliedLimit& other) { return other.limit == name; });
  if (!plan.refusals.empty()) return {name, limit.title, "unavailable", plan.refusals.front().reason};
  if (applied == plan.applied.end()) return {name, limit.title, "unavailable", "nothing here carries it"};
  // a property begins with a capital letter, a control file does not
  const bool native = applied->via[0] >= 'A' && applied->via[0] <= 'Z';
  return {name, limit.title, native ? "native" : "raw", applied->via};
}

}  // namespace

Target example_target(int systemd_version, bool unified) {
  Target target{.systemd = systemd_version != 0, .systemd_version = systemd_version, .unified = unified};
  target.weighs_disks = [] { return true; };
  if (unified) {
    target.controllers = {"cpu", "cpuset", "io", "memory", "pids", "hugetlb", "misc"};
    target.files = {"memory.swap.max", "memory.zswap.max", "memory.zswap.writeback",
                    "cpu.max.burst",   "cpu.idle",         "io.latency",
                    "io.weight",       "io.bfq.weight"};
  } else {
    target.controllers = {"cpu",     "cpuacct", "cpuset", "memory", "devices",
                          "freezer", "blkio",   "pids",   "hugetlb"};
    target.files = {"memory.memsw.limit_in_bytes", "cpu.cfs_burst_us", "cpu.idle", "blkio.bfq.weight"};
  }
  return target;
}

std::vector<LimitAnswer> limit_answers(const Target& target, const HostFacts& host) {
  std::vector<LimitAnswer> answers;
  for (const Limit& limit : limit_table()) {
    if (limit.flags.empty() || std::string_view(limit.key).ends_with("/*")) continue;
    answers.push_back(answer(limit, target, host));
  }
  return answers;
}

}  // namespace sdcont
