#include "cgroup/readback.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <set>

#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// "0-2,5" as numbers.
std::set<uint64_t> parse_list(std::string_view text) {
  std::set<uint64_t> numbers;
  for (const std::string& range : split(trim(text), ',')) {
    const size_t dash = range.find('-');
    const auto first = parse_unsigned(std::string_view(range).substr(0, dash));
    const auto last =
        dash == std::string::npos ? first : parse_unsigned(std::string_view(range).substr(dash + 1));
    if (!first || !last) continue;
    for (uint64_t n = *first; n <= *last; ++n) numbers.insert(n);
  }
  return numbers;
}

std::string effective_file(const std::string& directory, const std::string& file) {
  const std::string v2 = directory + "/" + file + ".effective";
  return exists(v2) ? v2 : directory + "/cpuset.effective_" + file.substr(std::string("cpuset.").size());
}

/// CPUs that are offline, or that the cgroups above do not have, vanish from a list in silence.
std::optional<Refusal> verify_list(const std::string& limit, const std::set<uint64_t>& asked,
                                   const std::string& file) {
  const auto effective = read_file_if(file);
  if (!effective || parse_list(*effective) == asked) return std::nullopt;
  return Refusal{
      limit,
      "the kernel gives only " + std::string(trim(*effective)) + " of what was asked for (" + file + ")",
      "name only what is online and what the cgroups above have"};
}

/// True where a line for the device (any, if empty) has each of the words.
bool has_line(const std::string& text, const std::string& device, const std::vector<std::string>& wanted) {
  for (const std::string& line : split(text, '\n')) {
    const auto found = words(line);
    const std::set<std::string> present(found.begin(), found.end());
    if (found.empty() || (!device.empty() && found.front() != device)) continue;
    bool all = true;
    for (const std::string& word : wanted) all = all && present.contains(word);
    if (all) return true;
  }
  return false;
}

std::optional<Refusal> verify_throttle(const ControlWrite& write, const std::string& path) {
  auto wanted = words(write.value);
  if (wanted.size() < 2) return std::nullopt;
  const std::string device = wanted.front();
  wanted.erase(wanted.begin());
  // an unlimited value is shown by its absence
  std::erase_if(wanted, [](const std::string& word) { return word.ends_with("=max") || word == "0"; });
  const std::string taken = read_file_if(path).value_or("");
  if (wanted.empty() || has_line(taken, device, wanted)) return std::nullopt;
  return Refusal{
      write.limit,
      "the kernel did not take '" + write.value + "' (" + path + " says '" + printable(trim(taken)) + "')",
      ""};
}

/// The kernel takes every partition, and then shows the one that it cannot make as "root invalid (REASON)".
std::optional<Refusal> verify_partition(const ControlWrite& write, const std::string& path) {
  const std::string taken(trim(read_file_if(path).value_or("")));
  if (taken == write.value) return std::nullopt;
  return Refusal{write.limit, "the kernel calls it '" + printable(taken) + "' (" + path + ")",
                 "give --cpuset-cpus that nothing else has, below cgroups that are partitions themselves"};
}

/// A bit mask as AllowedCPUs= has it, lowest byte first.
std::set<uint64_t> parse_mask(const std::vector<uint8_t>& mask) {
  std::set<uint64_t> numbers;
  for (size_t bit = 0; bit < mask.size() * 8; ++bit) {
    if ((mask[bit / 8] >> (bit % 8) & 1) != 0) numbers.insert(bit);
  }
  return numbers;
}

/// "8:0" of a disk's node; empty where the path is not a node.
std::string device_numbers(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0 || !S_ISBLK(st.st_mode)) return {};
  return std::to_string(major(st.st_rdev)) + ":" + std::to_string(minor(st.st_rdev));
}

/// Where a property of disks ends up.
struct DiskProperty {
  const char* name;
  const char* v2_file;
  const char* v2_key;   ///< before the value
  const char* v1_file;  ///< null: systemd has none on v1
  const char* remedy;
};
constexpr const char* kWholeDisk = "a whole disk's node is wanted; systemd's reason: journalctl -b _PID=1";
constexpr const char* kWeights =
    "the disk needs an IO scheduler with weights: echo bfq | sudo tee /sys/block/DISK/queue/scheduler";
constexpr const char* kLatency = "the kernel needs CONFIG_BLK_CGROUP_IOLATENCY";
constexpr DiskProperty kDiskProperties[] = {
    {"IOReadBandwidthMax", "io.max", "rbps=", "blkio.throttle.read_bps_device", kWholeDisk},
    {"IOWriteBandwidthMax", "io.max", "wbps=", "blkio.throttle.write_bps_device", kWholeDisk},
    {"IOReadIOPSMax", "io.max", "riops=", nullptr, kWholeDisk},
    {"IOWriteIOPSMax", "io.max", "wiops=", nullptr, kWholeDisk},
    {"IODeviceWeight", "io.weight", "", nullptr, kWeights},
    {"IODeviceLatencyTargetUSec", "io.latency", "target=", nullptr, kLatency},
};

bool is_taken(const DiskProperty& row, const std::string& directory, const std::string& text,
              const std::string& device, const std::string& value) {
  if (has_line(text, device, {value})) return true;
  // BFQ has weights of its own, which systemd sets as well, on another scale
  const bool weight = std::string_view(row.v2_file) == "io.weight";
  return weight && has_line(read_file_if(directory + "/io.bfq.weight").value_or(""), device, {});
}

std::optional<Refusal> verify_disk_property(const Property& property, const DiskProperty& row,
                                            const std::string& scope, bool unified) {
  const auto* devices = std::get_if<std::vector<std::pair<std::string, uint64_t>>>(&property.value);
  if (devices == nullptr || (!unified && row.v1_file == nullptr)) return std::nullopt;
  const std::string file = scope + "/" + (unified ? row.v2_file : row.v1_file);
  const std::string taken = read_file_if(file).value_or("");
  for (const auto& [path, value] : *devices) {
    const std::string number = std::to_string(value);
    if (value == UINT64_MAX ||
        is_taken(row, scope, taken, device_numbers(path), (unified ? row.v2_key : "") + number))
      continue;
    return Refusal{property.name,
                   "systemd accepted " + property.name + "=" + path + " " + number +
                       ", but the kernel did not take it (" + file + " says '" + printable(trim(taken)) +
                       "')",
                   row.remedy};
  }
  return std::nullopt;
}

std::optional<Refusal> verify_mask(const Property& property, const CgroupRecord& scope) {
  const auto* mask = std::get_if<std::vector<uint8_t>>(&property.value);
  if (mask == nullptr || mask->empty() || scope.mode != CgroupMode::unified) return std::nullopt;
  const std::string directory = scope.directory("cpuset");
  for (const auto& [name, file] :
       {std::pair{"AllowedCPUs", "cpuset.cpus"}, {"AllowedMemoryNodes", "cpuset.mems"}}) {
    if (property.name == name) return verify_list(name, parse_mask(*mask), effective_file(directory, file));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> verify_write(const ControlWrite& write, const std::string& directory) {
  if (write.file == "cpuset.cpus" || write.file == "cpuset.mems") {
    return verify_list(write.limit, parse_list(write.value), effective_file(directory, write.file));
  }
  if (write.file == "cpuset.cpus.partition") return verify_partition(write, directory + "/" + write.file);
  if (write.file == "io.max" || write.file.starts_with("blkio.throttle.")) {
    return verify_throttle(write, directory + "/" + write.file);
  }
  return std::nullopt;
}

std::vector<Refusal> verify_properties(const std::vector<Property>& properties, const CgroupRecord& scope) {
  const bool unified = scope.mode == CgroupMode::unified;
  std::vector<Refusal> refusals;
  const auto add = [&](std::optional<Refusal> refusal) {
    if (refusal) refusals.push_back(std::move(*refusal));
  };
  for (const Property& property : properties) {
    for (const DiskProperty& row : kDiskProperties) {
      if (property.name == row.name) add(verify_disk_property(property, row, scope.directory("io"), unified));
    }
    add(verify_mask(property, scope));
  }
  return refusals;
}

}  // namespace sdcont
