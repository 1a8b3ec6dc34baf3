#include "container/evidence.h"

#include "container/restart.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kMemory = "memory";
constexpr const char* kCpu = "cpu";
constexpr size_t kFields = 3;  // of each cgroup: what is counted, its name, the counters

}  // namespace

CountedBefore count_before_first_run(const CgroupRecord& cgroup) {
  return {{}, read_ancestor_oom(cgroup), read_ancestor_cpu(cgroup)};
}

CountedBefore count_before_next_run(const CgroupRecord& cgroup) {
  CountedBefore before = count_before_first_run(cgroup);
  before.own = read_statistics(cgroup);
  return before;
}

std::vector<std::string> fields_of(const CountedBefore& before) {
  std::vector<std::string> fields;
  for (const AncestorOom& above : before.memory)
    fields.insert(fields.end(), {kMemory, above.cgroup, std::to_string(above.events)});
  for (const AncestorCpu& above : before.cpu) {
    fields.insert(fields.end(),
                  {kCpu, above.cgroup,
                   std::to_string(above.periods) + " " + std::to_string(above.throttled_periods) + " " +
                       std::to_string(above.throttled_usec)});
  }
  return fields;
}

CountedBefore counted_before(const std::vector<std::string>& fields) {
  CountedBefore before;
  for (size_t i = 0; i + kFields <= fields.size(); i += kFields) {
    const std::string& cgroup = fields[i + 1];
    const auto counters = words(fields[i + 2]);
    const auto counter = [&](size_t n) {
      return n < counters.size() ? parse_unsigned(counters[n]).value_or(0) : 0;
    };
    if (fields[i] == kCpu) {
      before.cpu.push_back({cgroup, kUnlimited, counter(0), counter(1), counter(2)});
    } else {
      before.memory.push_back({cgroup, counter(0), kUnlimited});
    }
  }
  return before;
}

void gather_evidence(const CgroupRecord& cgroup, CountedBefore before, End& end) {
  end.usage = counted_since(read_statistics(cgroup), before.own);
  end.before = std::move(before.memory);
  if (end.usage.oom_kills.value_or(0) > 0) end.after = read_ancestor_oom(cgroup);
  end.oomd_kills = read_oomd_kills(cgroup);
  end.slowed = throttled_since(read_ancestor_cpu(cgroup), before.cpu);
}

}  // namespace sdcont
