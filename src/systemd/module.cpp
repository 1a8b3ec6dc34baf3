#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

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

/// Code of someone who could not have given us our own is not run: the directory may be one like /tmp.
bool is_trustworthy(const std::string& path) {
  struct stat file;
  if (stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return false;
  return (file.st_uid == 0 || file.st_uid == geteuid()) && (file.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/// Beside the program (a build tree, a bundle) or where it was installed.
std::string module_path() {
  const std::string program = read_link("/proc/self/exe");
  const std::string beside = program.substr(0, program.rfind('/') + 1);
  if (beside.size() > 1) {
    std::string path = beside.substr(0, beside.size() - 1) + kModuleName;
    if (is_trustworthy(path)) return path;
  }
  return std::string(SDCONT_LIBEXECDIR) + kModuleName;
}

const BusModule& load_module() {
  const std::string path = module_path();
  // Never closed: libsystemd cannot be unloaded (it is linked with -z nodelete).
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
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

std::unique_ptr<SystemdManager> connect_systemd() { return std::make_unique<SystemdClient>(load_module().open); }

}  // namespace sdcont
