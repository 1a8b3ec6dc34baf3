#include <dlfcn.h>
#include <sys/stat.h>

#include <string>

#include "systemd/bus_module.h"
#include "systemd/client.h"
#include "systemd/manager.h"
#include "util/file.h"

#ifndef SDCONT_LIBEXECDIR
#define SDCONT_LIBEXECDIR "/usr/libexec/sdcont"
#endif

namespace sdcont {
namespace {

constexpr const char* kModuleName = "/sdcont-bus.so";

/// The program's directory may be one like /tmp: code of someone who could not have given us the program
/// itself is not run.
bool is_trustworthy(const std::string& module, const std::string& program) {
  struct stat module_status, program_status;
  if (stat(module.c_str(), &module_status) != 0 || stat(program.c_str(), &program_status) != 0) return false;
  return S_ISREG(module_status.st_mode) && (module_status.st_mode & S_IWOTH) == 0 &&
         (module_status.st_uid == 0 || module_status.st_uid == program_status.st_uid);
}

/// Beside the program (a build tree, a bundle) or where it was installed.
std::string module_path() {
  const std::string program = read_link("/proc/self/exe");
  if (const size_t slash = program.rfind('/'); slash != program.npos) {
    std::string beside = program.substr(0, slash) + kModuleName;
    if (is_trustworthy(beside, program)) return beside;
  }
  return std::string(SDCONT_LIBEXECDIR) + kModuleName;
}

const BusModule& load_module() {
  const std::string path = module_path();
  // Never closed: libsystemd cannot be unloaded (it is linked with -z nodelete).
  void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(std::string("cannot load the systemd client: ") + dlerror())
        .remedy("install sdcont's module and libsdbus-c++, or use --cgroup-manager cgroupfs");
  }
  const auto* module = static_cast<const BusModule*>(dlsym(library, "sdcont_bus_module"));
  if (module == nullptr || module->border != kBusBorder) {
    throw Error(path + " belongs to another release of sdcont").remedy("reinstall sdcont");
  }
  return *module;
}

}  // namespace

std::unique_ptr<SystemdManager> connect_systemd() {
  return std::make_unique<SystemdClient>(load_module().open);
}

}  // namespace sdcont
