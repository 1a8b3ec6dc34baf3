#include "cgroup/update_limits.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "cgroup/control.h"
#include "cgroup/readback.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{1};  ///< for systemd to carry out what it has taken

/// Files with a line for each device, and how one says there that it has no limit.
struct DeviceFile {
  const char* name;
  const char* unlimited;
};
constexpr DeviceFile kDeviceFiles[] = {
    {"io.max", "rbps=max wbps=max riops=max wiops=max"},
    {"io.latency", "target=0"},
    {"blkio.throttle.", "0"},
    {"blkio.weight_device", "0"},
    {"io.weight", "default"},
    {"io.bfq.weight", "default"},
    {"blkio.bfq.weight_device", "0"},
};

bool is_device(const std::string& word) {
  const size_t colon = word.find(':');
  return colon != std::string::npos && parse_unsigned(std::string_view(word).substr(0, colon)) &&
         parse_unsigned(std::string_view(word).substr(colon + 1));
}

/// The device that a write is about, or empty.
std::string device_of(const std::string& value) {
  const auto parts = words(value);
  return !parts.empty() && is_device(parts.front()) ? parts.front() : std::string();
}

/// What stands in a file of which nothing was ever asked.
std::string default_value(const ControlWrite& write) {
  if (const std::string device = device_of(write.value); !device.empty()) {
    return restoring_value(write, "");
  }
  static const std::map<std::string, std::string> defaults = {{"cpu.max", "max 100000"},
                                                              {"cpu.weight", "100"},
                                                              {"cpu.idle", "0"},
                                                              {"cpu.max.burst", "0"},
                                                              {"cpu.shares", "1024"},
                                                              {"cpu.cfs_quota_us", "-1"},
                                                              {"cpu.cfs_period_us", "100000"},
                                                              {"cpu.cfs_burst_us", "0"},
                                                              {"memory.low", "0"},
                                                              {"memory.min", "0"},
                                                              {"memory.oom.group", "0"},
                                                              {"memory.oom_control", "0"},
                                                              {"io.weight", "default 100"},
                                                              {"cpuset.cpus", ""},
                                                              {"cpuset.mems", ""},
                                                              {"cpuset.cpus.partition", "member"}};
  if (const auto found = defaults.find(write.file); found != defaults.end()) return found->second;
  return write.file.ends_with("_in_bytes") ? "-1" : "max";
}

PropertyValue default_value(const Property& property) {
  const bool protects = property.name.ends_with("MemoryLow") || property.name.ends_with("MemoryMin");
  return std::visit(
      [&](const auto& old) -> PropertyValue {
        using Type = std::decay_t<decltype(old)>;
        if constexpr (std::is_same_v<Type, uint64_t>) return protects ? uint64_t{0} : UINT64_MAX;
        return Type{};
      },
      property.value);
}

std::string place(const ControlWrite& write) { return write.file + " " + device_of(write.value); }

/// The attempt to set what is to be set, in whatever order the kernel takes: memory alone may not be more
/// than memory and swap together, on v1 no quota more than that of the cgroup around it.
class Attempt {
 public:
  Attempt(const CgroupRecord& record, LimitChanges changes, SystemdManager* systemd, Keep keep)
      : record_(record),
        pending_(std::move(changes.writes)),
        properties_(std::move(changes.properties)),
        systemd_(systemd),
        keep_(keep) {}

  /// What could not be set, and why.
  std::optional<Refusal> run() {
    const auto deadline = Clock::now() + kPatience;
    write_pending();
    if (!properties_.empty()) systemd_->set_properties(record_.unit, properties_, keep_);
    for (auto pause = std::chrono::microseconds(200); write_pending() && Clock::now() < deadline;
         pause = pause * 2) {
      if (properties_.empty() && !progress_) break;
      std::this_thread::sleep_for(std::min<Clock::duration>(pause, std::chrono::milliseconds(50)));
    }
    return refusal_;
  }

 private:
  /// True where some are left.
  bool write_pending() {
    std::vector<ControlWrite> left;
    refusal_.reset();
    progress_ = false;
    for (ControlWrite& write : pending_) {
      const std::string directory = record_.directory(write.controller);
      const int error = try_write_control(directory + "/" + write.file, write.value);
      if (error == ENOENT && write.advisory) continue;
      std::optional<Refusal> refusal;
      if (error != 0) {
        refusal = diagnose_write(write, record_, error);
      } else {
        refusal = verify_write(write, directory);
      }
      progress_ = progress_ || !refusal;
      if (!refusal) continue;
      if (!refusal_) refusal_ = std::move(refusal);
      left.push_back(std::move(write));
    }
    pending_ = std::move(left);
    return !pending_.empty();
  }

  const CgroupRecord& record_;
  std::vector<ControlWrite> pending_;
  std::vector<Property> properties_;
  SystemdManager* systemd_;
  Keep keep_;
  std::optional<Refusal> refusal_;
  bool progress_ = false;
};

/// The changes that lead back to what the files say now, and systemd's properties were.
LimitChanges way_back(const CgroupRecord& record, const LimitChanges& changes, const LimitPlan& from) {
  LimitChanges back;
  for (const ControlWrite& write : changes.writes) {
    const std::string directory = record.directory(write.controller);
    if (directory.empty()) {
      throw Error("cannot change " + write.limit + ": the container has no cgroup of the controller '" +
                  write.controller + "'")
          .remedy("stop the container, update it then, and start it again");
    }
    ControlWrite old = write;
    const auto content = read_file_if(directory + "/" + write.file);
    if (!content) continue;  // what is not there is not changed either
    old.value = restoring_value(write, *content);
    back.writes.push_back(std::move(old));
  }
  std::reverse(back.writes.begin(), back.writes.end());
  for (const Property& property : changes.properties) {
    const auto old = std::find_if(from.properties.begin(), from.properties.end(),
                                  [&](const Property& other) { return other.name == property.name; });
    back.properties.push_back(
        old != from.properties.end() ? *old : Property{property.name, default_value(property)});
  }
  return back;
}

[[noreturn]] void put_back(const CgroupRecord& record, const LimitChanges& back, SystemdManager* systemd,
                           Keep keep, const Error& cause) {
  std::optional<Refusal> left;
  std::string why;
  try {
    left = Attempt(record, back, systemd, keep).run();
    if (left) why = left->reason;
  } catch (const Error& error) {
    why = error.what();
  }
  if (why.empty()) throw Error(cause);
  throw Error(std::string(cause.what()) + "; and what had been set could not all be put back: " + why);
}

}  // namespace

std::string restoring_value(const ControlWrite& write, const std::string& content) {
  const std::string device = device_of(write.value);
  if (device.empty()) {
    // of a list, what was said of none of its devices ("default 100")
    const std::string first(trim(content.substr(0, content.find('\n'))));
    return write.file == "cpuset.cpus.partition" ? words(first).front() : first;
  }
  for (const std::string& line : split(content, '\n')) {
    if (device_of(line) == device) return line;
  }
  for (const DeviceFile& file : kDeviceFiles) {
    if (write.file.starts_with(file.name)) return device + " " + file.unlimited;
  }
  return device + " 0";
}

LimitChanges compare_plans(const LimitPlan& from, const LimitPlan& to) {
  LimitChanges changes;
  const auto contains = [](const auto& list, const auto& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  };
  for (const Property& property : to.properties) {
    if (!contains(from.properties, property)) changes.properties.push_back(property);
  }
  for (const Property& old : from.properties) {
    const bool kept = std::any_of(to.properties.begin(), to.properties.end(),
                                  [&](const Property& other) { return other.name == old.name; });
    if (!kept) changes.properties.push_back({old.name, default_value(old)});
  }
  const auto same = [](const ControlWrite& a, const ControlWrite& b) {
    return place(a) == place(b) && a.value == b.value;
  };
  for (const ControlWrite& write : to.writes) {
    const bool is_old = std::any_of(from.writes.begin(), from.writes.end(),
                                    [&](const ControlWrite& old) { return same(old, write); });
    if (!is_old) changes.writes.push_back(write);
  }
  for (const ControlWrite& old : from.writes) {
    const bool kept = std::any_of(to.writes.begin(), to.writes.end(),
                                  [&](const ControlWrite& other) { return place(other) == place(old); });
    if (kept) continue;
    ControlWrite unset = old;
    unset.value = default_value(old);
    changes.writes.push_back(std::move(unset));
  }
  return changes;
}

std::optional<Refusal> write_in_any_order(const CgroupRecord& record, std::vector<ControlWrite> writes) {
  return Attempt(record, {{}, std::move(writes)}, nullptr, Keep::until_boot).run();
}

void update_limits(const CgroupRecord& record, const LimitPlan& from, const LimitPlan& to,
                   SystemdManager* systemd, Keep keep) {
  const LimitChanges changes = compare_plans(from, to);
  const LimitChanges back = way_back(record, changes, from);
  std::optional<Refusal> refusal;
  try {
    refusal = Attempt(record, changes, systemd, keep).run();
  } catch (const Error& error) {
    put_back(record, back, systemd, keep, error);
  }
  if (refusal) {
    put_back(record, back, systemd, keep,
             Error(refusal->limit + " cannot be had here: " + refusal->reason).remedy(refusal->remedy));
  }
}

}  // namespace sdcont
