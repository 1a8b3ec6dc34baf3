#include "systemd/sd_bus.h"

#include <dlfcn.h>

#include <string>

#include "util/error.h"

namespace sdcont {
namespace {

constexpr const char* kRemedy = "install libsystemd (Debian: libsystemd0), or use --cgroup-manager cgroupfs";

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) {
    throw Error(std::string("cannot talk to systemd: libsystemd.so.0 has no ") + name).remedy(kRemedy);
  }
}

SdBus load() {
  void* library = dlopen("libsystemd.so.0", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) throw Error(std::string("cannot talk to systemd: ") + dlerror()).remedy(kRemedy);
  SdBus functions{};
#define SDCONT_FIND(name) find(library, #name, functions.name);
  SDCONT_SD_BUS_FUNCTIONS(SDCONT_FIND)
#undef SDCONT_FIND
  return functions;
}

}  // namespace

const SdBus& sd_bus_library() {
  static const SdBus functions = load();
  return functions;
}

}  // namespace sdcont
