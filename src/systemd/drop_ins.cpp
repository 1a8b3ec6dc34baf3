#include "systemd/drop_ins.h"

#include <unistd.h>

#include <cerrno>

#include "util/error.h"

namespace sdcont {
namespace {

/// systemd's unit files call some properties otherwise than its bus does.
std::string setting_of(const std::string& property) {
  if (property == "CPUQuotaPerSecUSec") return "CPUQuota";
  constexpr std::string_view kMicroseconds = "USec";
  if (!property.ends_with(kMicroseconds)) return property;
  return property.substr(0, property.size() - kMicroseconds.size()) + "Sec";
}

}  // namespace

void remove_drop_ins(const std::string& unit, const std::vector<Property>& properties,
                     const std::string& top) {
  for (const char* place : {"/etc/systemd/system.control/", "/run/systemd/system.control/"}) {
    const std::string directory = top + place + unit + ".d";
    for (const Property& property : properties) {
      const std::string file = directory + "/50-" + setting_of(property.name) + ".conf";
      if (unlink(file.c_str()) != 0 && errno != ENOENT) throw_errno("cannot remove " + file);
    }
    // where nothing else is in them: systemd makes both when it keeps something
    rmdir(directory.c_str());
    rmdir((top + place).c_str());
  }
}

}  // namespace sdcont
