#include "cgroup/readback.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <set>

#include "util/error.h"
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
void verify_list(const std::string& limit, const std::set<uint64_t>& asked, const std::string& file) {
  const auto effective = read_file_if(file);
  if (!effective || parse_list(*effective) == asked) return;
  throw Error(limit + ": the kernel gives only " + std::string(trim(*effective)) +
              " of what was asked for (" + file + ")")
      .remedy("name only what is online and what the cgroups above have");
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

void verify_throttle(const ControlWrite& write, const std::string& path) {
  auto wanted = words(write.value);
  if (wanted.size() < 2) return;
  const std::string device = wanted.front();
  wanted.erase(wanted.begin());
  // an unlimited value is shown by its absence
  std::erase_if(wanted, [](const std::string& word) { return word.ends_with("=max") || word == "0"; });
  const std::string taken = read_file_if(path).value_or("");
  if (wanted.empty() || has_line(taken, device, wanted)) return;
  throw Error(write.limit + ": the kernel did not take '" + write.value + "' (" + path + " says '" +
              printable(trim(taken)) + "')");
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

/// Where a throttling property of systemd ends up.
struct ThrottleProperty {
  const char* name;
  const char* v2_key;   ///< in io.max
  const char* v1_file;  ///< null: systemd has none on v1
};
constexpr ThrottleProperty kThrottles[] = {
    {"IOReadBandwidthMax", "rbps=", "blkio.throttle.read_bps_device"},
    {"IOWriteBandwidthMax", "wbps=", "blkio.throttle.write_bps_device"},
    {"IOReadIOPSMax", "riops=", nullptr},
    {"IOWriteIOPSMax", "wiops=", nullptr},
};

[[noreturn]] void throw_not_applied(const std::string& property, uint64_t value, const std::string& file,
                                    const std::string& taken) {
  throw Error(property + " " + std::to_string(value) + " was accepted by systemd, but not applied (" + file +
              " says '" + printable(trim(taken)) + "')")
      .remedy("systemd's reason is in the journal: journalctl -b _PID=1; a whole disk's node is wanted");
}

void verify_throttle_property(const Property& property, const ThrottleProperty& row, const std::string& scope,
                              bool unified) {
  const auto* devices = std::get_if<std::vector<std::pair<std::string, uint64_t>>>(&property.value);
  if (devices == nullptr || (!unified && row.v1_file == nullptr)) return;
  const std::string file = scope + "/" + (unified ? "io.max" : row.v1_file);
  const std::string taken = read_file_if(file).value_or("");
  for (const auto& [path, value] : *devices) {
    if (value == UINT64_MAX) continue;
    if (has_line(taken, device_numbers(path), {(unified ? row.v2_key : "") + std::to_string(value)}))
      continue;
    throw_not_applied(property.name + "=" + path, value, file, taken);
  }
}

}  // namespace

void verify_write(const ControlWrite& write, const std::string& directory) {
  if (write.file == "cpuset.cpus" || write.file == "cpuset.mems") {
    verify_list(write.limit, parse_list(write.value), effective_file(directory, write.file));
  } else if (write.file == "io.max" || write.file.starts_with("blkio.throttle.")) {
    verify_throttle(write, directory + "/" + write.file);
  }
}

void verify_properties(const std::vector<Property>& properties, const CgroupRecord& scope) {
  const bool unified = scope.mode == CgroupMode::unified;
  for (const Property& property : properties) {
    for (const ThrottleProperty& row : kThrottles) {
      if (property.name == row.name) verify_throttle_property(property, row, scope.directory("io"), unified);
    }
    const auto* mask = std::get_if<std::vector<uint8_t>>(&property.value);
    if (mask == nullptr || mask->empty() || !unified) continue;
    const std::string directory = scope.directory("cpuset");
    if (property.name == "AllowedCPUs") {
      verify_list(property.name, parse_mask(*mask), effective_file(directory, "cpuset.cpus"));
    } else if (property.name == "AllowedMemoryNodes") {
      verify_list(property.name, parse_mask(*mask), effective_file(directory, "cpuset.mems"));
    }
  }
}

}  // namespace sdcont
