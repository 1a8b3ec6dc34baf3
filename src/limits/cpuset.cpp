#include "limits/convert.h"
#include "limits/quantity.h"
#include "limits/rows.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Words = const std::string&;

// v1 lets no process into a group before both files are filled: where one was not asked for, the cgroup's
// maker copies the parent's. systemd sets neither on v1.
Translation cpus_raw(const Resources& r, const Target&) {
  return write("cpuset.cpus", text_of(r, "cpu/cpus"));
}
Translation cpus_systemd(const Resources& r, const Target& t) {
  if (!t.unified) return cpus_raw(r, t);
  Translation scope = property("AllowedCPUs", cpu_list_to_mask(text_of(r, "cpu/cpus")));
  return scope_and_payload(r, t, 244, scope, cpus_raw, cpus_raw);
}

Translation mems_raw(const Resources& r, const Target&) {
  return write("cpuset.mems", text_of(r, "cpu/mems"));
}
Translation mems_systemd(const Resources& r, const Target& t) {
  if (!t.unified) return mems_raw(r, t);
  Translation scope = property("AllowedMemoryNodes", cpu_list_to_mask(text_of(r, "cpu/mems")));
  return scope_and_payload(r, t, 244, scope, mems_raw, mems_raw);
}

constexpr const char* kPartition = "unified/cpuset.cpus.partition";

Translation partition_v2(const Resources& r, const Target&) {
  return write("cpuset.cpus.partition", text_of(r, kPartition));
}
Translation partition_v1(const Resources&, const Target&) {
  return refuse("cgroup v1 has no cpuset partitions");
}
Translation partition_systemd(const Resources& r, const Target& t) {
  return scope_and_payload(r, t, 261, property("CPUSetPartition", text_of(r, kPartition)), partition_v2,
                           partition_v1);
}

}  // namespace

std::vector<Limit> cpuset_limits() {
  std::vector<Limit> rows;
  rows.push_back({.key = "cpu/cpus",
                  .title = "which CPUs",
                  .flags = {{"--cpuset-cpus", "LIST", "CPUs to run on (0-3,5)", false,
                             [](Words text, const HostFacts&, Resources& r) {
                               put(r, "cpu/cpus", parse_cpu_list(text, "--cpuset-cpus"), "--cpuset-cpus");
                             }}},
                  .property = "AllowedCPUs (244), v2 only",
                  .v2_file = "cpuset.cpus",
                  .v1_file = "cpuset.cpus",
                  .to_systemd = cpus_systemd,
                  .to_v2 = cpus_raw,
                  .to_v1 = cpus_raw});
  rows.push_back({.key = "cpu/mems",
                  .title = "which memory nodes",
                  .flags = {{"--cpuset-mems", "LIST", "NUMA nodes to take memory from (0,1)", false,
                             [](Words text, const HostFacts&, Resources& r) {
                               put(r, "cpu/mems", parse_cpu_list(text, "--cpuset-mems"), "--cpuset-mems");
                             }}},
                  .property = "AllowedMemoryNodes (244), v2 only",
                  .v2_file = "cpuset.mems",
                  .v1_file = "cpuset.mems",
                  .to_systemd = mems_systemd,
                  .to_v2 = mems_raw,
                  .to_v1 = mems_raw});
  rows.push_back(
      {.key = kPartition,
       .title = "CPUs of its own",
       .flags = {{"--cpuset-partition", "member|root|isolated", "take the CPUs away from others", false,
                  [](Words text, const HostFacts&, Resources& r) {
                    if (text != "member" && text != "root" && text != "isolated") {
                      throw Error("--cpuset-partition: '" + printable(text) +
                                  "' is not member, root or isolated");
                    }
                    put(r, kPartition, text, "--cpuset-partition");
                  }}},
       .property = "CPUSetPartition (261)",
       .v2_file = "cpuset.cpus.partition",
       .v1_file = "",
       .to_systemd = partition_systemd,
       .to_v2 = partition_v2,
       .to_v1 = partition_v1});
  return rows;
}

}  // namespace sdcont
