#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sdcont {

/// An IP prefix as systemd's a(iayu) has it.
struct IpPrefix {
  int32_t family = 0;  ///< AF_INET, AF_INET6
  std::vector<uint8_t> address = {};
  uint32_t prefix_length = 0;

  bool operator==(const IpPrefix&) const = default;
};

/// A unit property's value, by D-Bus signature: b t u i s ay as a(ss) a(st) a(iayu) au.
using PropertyValue =
    std::variant<bool, uint64_t, uint32_t, int32_t, std::string, std::vector<uint8_t>,
                 std::vector<std::string>, std::vector<std::pair<std::string, std::string>>,
                 std::vector<std::pair<std::string, uint64_t>>, std::vector<IpPrefix>, std::vector<uint32_t>>;

/// A property of a unit, as StartTransientUnit and SetUnitProperties take it.
struct Property {
  std::string name;
  PropertyValue value;

  bool operator==(const Property&) const = default;
};

/// A property as a unit file would say it: "MemoryMax=104857600", "CPUQuotaPerSecUSec=200ms",
/// "AllowedCPUs=0-3", "TasksMax=infinity"; one line per entry for lists of pairs ("DeviceAllow=/dev/char/1:3
/// rwm").
std::string property_text(const Property& property);

/// One write into a control file of the container's cgroup.
struct ControlWrite {
  std::string controller;  ///< as this hierarchy's version names it: "io" on v2, "blkio" on v1
  std::string file;        ///< "memory.max"
  std::string value;
  std::string limit;      ///< the flag that asked for it, for messages: "--memory"
  bool advisory = false;  ///< our own default: where the kernel lacks the file, nothing is said

  bool operator==(const ControlWrite&) const = default;
};

/// A limit that cannot be had here.
struct Refusal {
  std::string limit;   ///< "--memory-high"
  std::string reason;  ///< which back end, and why: "cgroup v1 has no memory.high"
  std::string remedy;  ///< may be empty

  bool operator==(const Refusal&) const = default;
};

/// The control files that a container's cgroups have here. Each controller is looked at once, when first
/// asked about: most launches ask about none.
class ControlFiles {
 public:
  using Look = std::function<std::set<std::string>(const std::string& controller)>;

  ControlFiles(std::initializer_list<std::string> files = {});
  explicit ControlFiles(Look look);

  /// Of "memory.max" and the like.
  [[nodiscard]] bool contains(const std::string& file) const;
  void insert(const std::string& file);
  void erase(const std::string& file);

 private:
  std::set<std::string>& seen(const std::string& file) const;

  Look look_;
  mutable std::map<std::string, std::set<std::string>> seen_;  ///< by controller
};

/// A limit of a unit that the caller is in: "memory.max 1048576" of "user-0.slice".
struct CallerLimit {
  std::string unit;
  std::string limit;
};

/// The back end that limits are translated for.
struct Target {
  bool systemd = false;               ///< a transient scope carries what systemd knows
  int systemd_version = 0;            ///< 252
  bool unified = true;                ///< the container's controllers are on cgroup v2
  std::set<std::string> controllers;  ///< available to the container, as this version names them
  bool own_slices = false;            ///< no systemd runs here: slices are cgroups that we make
  /// Control files known to exist here that are not everywhere: "memory.swap.max",
  /// "memory.memsw.limit_in_bytes", "io.bfq.weight", "blkio.bfq.weight", "blkio.weight", "io.latency",
  /// "cpu.max.burst", "cpu.cfs_burst_us", "cpu.idle", "memory.zswap.max", "memory.zswap.writeback", … Found
  /// by probing (cgroup/host.h).
  ControlFiles files;
  /// Whether some disk here obeys weights (its scheduler is BFQ, or on v2 iocost is on); null: none does.
  std::function<bool()> weighs_disks;
  /// With systemd: limits of the cgroups that the caller is in, which a container in another slice escapes.
  std::vector<CallerLimit> caller_limits;
};

}  // namespace sdcont
