#include "container/shrink.h"

#include "cgroup/statistics.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

uint64_t memory_use(const CgroupRecord& cgroup) { return read_statistics(cgroup).memory_current.value_or(0); }

/// Frees memory of a container as far as the kernel can, down to `limit`.
void reclaim(const CgroupRecord& cgroup, uint64_t limit) {
  constexpr int kRounds = 10;  // what is written or swapped out takes some
  const std::string directory = cgroup.directory("memory");
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t used = memory_use(cgroup);
    if (used <= limit) return;
    const bool v2 = try_write_control(directory + "/memory.reclaim", std::to_string(used - limit)) != ENOENT;
    if (!v2 && try_write_control(directory + "/memory.force_empty", "0") == ENOENT) {
      throw Error("--reclaim: this kernel cannot free a container's memory by itself")
          .remedy("memory.reclaim needs Linux 5.19");
    }
  }
}

}  // namespace

void make_room(const CgroupRecord& cgroup, const std::string& whose, const LimitPlan& plan, Shrink shrink) {
  if (shrink == Shrink::force) return;
  for (const ControlWrite& write : plan.writes) {
    if (write.file != "memory.max" && write.file != "memory.limit_in_bytes") continue;
    const auto limit = parse_unsigned(write.value);
    if (!limit || memory_use(cgroup) <= *limit) return;
    if (shrink == Shrink::reclaim) reclaim(cgroup, *limit);
    const uint64_t used = memory_use(cgroup);
    if (used <= *limit) return;
    throw Error(write.limit + ": " + whose + " uses " + format_bytes(used) + " (" + std::to_string(used) +
                " bytes), more than " + format_bytes(*limit))
        .remedy(shrink == Shrink::reclaim
                    ? "no more of it can be freed; --force lets the kernel kill"
                    : "--reclaim frees what can be freed first, --force lets the kernel kill");
  }
}

void refuse_first(const LimitPlan& plan) {
  if (plan.refusals.empty()) return;
  const Refusal& refusal = plan.refusals.front();
  throw Error(refusal.limit + " cannot be had here: " + refusal.reason).remedy(refusal.remedy);
}

}  // namespace sdcont
