#include "limits/block_device.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <optional>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

struct Number {
  uint32_t major = 0;
  uint32_t minor = 0;

  [[nodiscard]] std::string text() const { return std::to_string(major) + ":" + std::to_string(minor); }
};

std::optional<Number> parse_number(std::string_view text) {
  const std::vector<std::string> parts = split(trim(text), ':');
  if (parts.size() != 2) return std::nullopt;
  const auto major = parse_unsigned(parts[0]);
  const auto minor = parse_unsigned(parts[1]);
  if (!major || !minor || *major > UINT32_MAX || *minor > UINT32_MAX) return std::nullopt;
  return Number{static_cast<uint32_t>(*major), static_cast<uint32_t>(*minor)};
}

/// There is no one disk: for resolve_disk alone, which notes the reason.
struct NoDisk {
  std::string reason;
};

/// Resolves one path; keeps it for messages.
class Lookup {
 public:
  Lookup(std::string path, std::string sys, std::string proc)
      : path_(std::move(path)), sys_(std::move(sys)), proc_(std::move(proc)) {}

  DeviceValue run() {
    Number number = start();
    // A mapped device on a partition takes two steps; more than a few would be a loop in sysfs.
    for (int steps = 0; steps < 16; ++steps) {
      const auto below = beneath(number);
      if (!below) return named(number);
      number = *below;
    }
    throw NoDisk{"its disks lead in a circle"};
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error("cannot limit IO on " + printable(path_) + ": " + why);
  }

  [[nodiscard]] std::string directory(const Number& number) const {
    return sys_ + "/dev/block/" + number.text();
  }

  /// The device that the path names or lies on.
  Number start() const {
    // Works without a node as well, as systemd has it.
    constexpr std::string_view kByNumber = "/dev/block/";
    if (path_.starts_with(kByNumber)) {
      if (const auto number = parse_number(std::string_view(path_).substr(kByNumber.size()))) return *number;
    }
    struct stat st {};
    if (stat(path_.c_str(), &st) != 0) throw_errno("cannot limit IO on " + printable(path_));
    if (S_ISCHR(st.st_mode)) fail("it is a character device, not a disk");
    const dev_t device = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
    const Number number{major(device), minor(device)};
    return number.major == 0 ? behind_file_system(number) : number;
  }

  /// Of a file system whose device number is no disk's: btrfs has one behind it, others have none.
  Number behind_file_system(const Number& number) const {
    const auto [type, source] = file_system(number);
    if (type != "btrfs") {
      throw NoDisk{(type.empty() ? "its file system" : "it is on " + type + ", which") +
                   " has no disk of its own"};
    }
    for (const std::string& id : list_directory(sys_ + "/fs/btrfs")) {
      const std::vector<std::string> devices = list_directory(sys_ + "/fs/btrfs/" + id + "/devices");
      const std::string name = source.substr(source.rfind('/') + 1);
      if (std::find(devices.begin(), devices.end(), name) == devices.end()) continue;
      if (devices.size() > 1) throw NoDisk{"its btrfs is on several disks"};
      const auto found =
          parse_number(read_file_if(sys_ + "/fs/btrfs/" + id + "/devices/" + name + "/dev").value_or(""));
      if (found) return *found;
    }
    throw NoDisk{"the disk of its btrfs cannot be found"};
  }

  struct FileSystem {
    std::string type;
    std::string source;
  };

  /// From mountinfo, by the number, or where a btrfs subvolume shows another one than its mount, by the
  /// longest mount point above the path.
  FileSystem file_system(const Number& number) const {
    char* const resolved = realpath(path_.c_str(), nullptr);
    const std::string real = resolved == nullptr ? path_ : resolved;
    std::free(resolved);
    FileSystem best;
    size_t best_length = 0;
    for (const std::string& line : split(read_file(proc_ + "/self/mountinfo"), '\n')) {
      const std::vector<std::string> fields = words(line);
      const auto dash = std::find(fields.begin(), fields.end(), "-");
      if (fields.size() < 7 || fields.end() - dash < 3) continue;
      FileSystem here{dash[1], dash[2]};
      if (fields[2] == number.text()) return here;
      const std::string& point = fields[4];
      const bool above = point == "/" || real == point || real.starts_with(point + "/");
      if (above && point.size() >= best_length) {
        best = here;
        best_length = point.size();
      }
    }
    return best;
  }

  /// The disk of a partition, or the only device that a mapped one lies on; nothing for a whole disk.
  std::optional<Number> beneath(const Number& number) const {
    const std::string here = directory(number);
    if (exists(here + "/partition")) {
      // …/block/sda/sda1: the disk is the directory above the link's target.
      return parse_number(read_file_if(here + "/../dev").value_or(""));
    }
    const std::vector<std::string> slaves = list_directory(here + "/slaves");
    if (slaves.size() != 1) return std::nullopt;
    return parse_number(read_file_if(here + "/slaves/" + slaves.front() + "/dev").value_or(""));
  }

  DeviceValue named(const Number& number) const {
    const auto uevent = read_file_if(directory(number) + "/uevent");
    if (!uevent) fail("there is no block device " + number.text());
    for (const std::string& line : split(*uevent, '\n')) {
      constexpr std::string_view kName = "DEVNAME=";
      if (line.starts_with(kName)) {
        return {.path = "/dev/" + line.substr(kName.size()),
                .major = number.major,
                .minor = number.minor,
                .value = 0};
      }
    }
    fail("block device " + number.text() + " has no name");
  }

  std::string path_, sys_, proc_;
};

}  // namespace

DeviceValue resolve_disk(const std::string& path, const std::string& sys, const std::string& proc) {
  try {
    return Lookup(path, sys, proc).run();
  } catch (NoDisk& none) {
    return {.path = path, .no_disk = std::move(none.reason)};
  }
}

}  // namespace sdcont
