#pragma once

#include <dlfcn.h>

#include <string>

#include "util/error.h"

namespace sdcont {

/// libsystemd, which is loaded when it is needed and never unloaded (it is linked with -z nodelete). Throws
/// Error ("cannot `doing`: ...") with `remedy` where it is missing.
inline void* load_libsystemd(const std::string& doing, const char* remedy) {
  void* library = dlopen("libsystemd.so.0", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) throw Error("cannot " + doing + ": " + dlerror()).remedy(remedy);
  return library;
}

/// Sets `function` to that of the name. Throws Error where this version of the library has none.
template <typename Function>
void find_function(void* library, const char* name, Function& function, const std::string& doing) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) throw Error("cannot " + doing + ": libsystemd.so.0 has no " + name);
}

}  // namespace sdcont
