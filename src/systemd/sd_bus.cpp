#include "systemd/sd_bus.h"

#include <string>

#include "systemd/library.h"

namespace sdcont {
namespace {

constexpr const char* kDoing = "talk to systemd";
constexpr const char* kRemedy = "install libsystemd (Debian: libsystemd0), or use --cgroup-manager cgroupfs";

SdBus load_sd_bus() {
  void* library = load_libsystemd(kDoing, kRemedy);
  SdBus functions{};
#define SDCONT_FIND(name) find_function(library, #name, functions.name, kDoing);
  SDCONT_SD_BUS_FUNCTIONS(SDCONT_FIND)
#undef SDCONT_FIND
  return functions;
}

}  // namespace

const SdBus& sd_bus_library() {
  static const SdBus functions = load_sd_bus();
  return functions;
}

}  // namespace sdcont
