#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace sdcont {

/// One device's value of an IO limit: whole disk, and bytes or operations a second, a weight, or
/// microseconds.
struct DeviceValue {
  std::string path;  ///< /dev/NAME of the whole disk
  uint32_t major = 0;
  uint32_t minor = 0;
  uint64_t value = 0;
  std::string no_disk = {};  ///< why there is none behind `path`, as it was written; else empty

  bool operator==(const DeviceValue&) const = default;
};

using ResourceValue =
    std::variant<bool, int64_t, uint64_t, std::string, std::vector<DeviceValue>, std::vector<std::string>>;

/// What the user asked for, by OCI field below linux.resources ("memory/limit", "cpu/quota",
/// "blockIO/throttleReadBpsDevice", "unified/memory.high"), in OCI's units. Where OCI has no field, the key
/// is "systemd/PROPERTY" (written as the annotation org.systemd.property.PROPERTY). Which keys there are,
/// what they mean and how they are turned into properties and control files is said in one place: the table
/// in limits/. An unlimited value is kUnlimited; a key that is absent was not asked for.
using Resources = std::map<std::string, ResourceValue>;

inline constexpr uint64_t kUnlimited = UINT64_MAX;

}  // namespace sdcont
