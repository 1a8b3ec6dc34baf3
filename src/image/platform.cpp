#include <sys/utsname.h>

#include <algorithm>
#include <array>

#include "image/oci.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

struct Machine {
  const char* kernel;        ///< as uname(2) calls it
  const char* architecture;  ///< as Go, and so OCI, does
  const char* variant;
};

constexpr std::array kMachines = {
    Machine{"x86_64", "amd64", ""},
    Machine{"aarch64", "arm64", "v8"},
    Machine{"armv7l", "arm", "v7"},
    Machine{"armv6l", "arm", "v6"},
    Machine{"i686", "386", ""},
    Machine{"ppc64le", "ppc64le", ""},
    Machine{"s390x", "s390x", ""},
    Machine{"riscv64", "riscv64", ""},
    Machine{"loongarch64", "loong64", ""},
    Machine{"mips64", "mips64le", ""},
};

// Other names for the same, as containerd has them.
constexpr std::array kOtherNames = {std::pair{"x86_64", "amd64"}, std::pair{"x86-64", "amd64"},
                                    std::pair{"aarch64", "arm64"}, std::pair{"i386", "386"},
                                    std::pair{"armhf", "arm"}};

bool is_part(const std::string& part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](unsigned char c) {
    return isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
}

}  // namespace

std::string Platform::text() const {
  return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

Platform parse_platform(const std::string& text, const std::string& what) {
  auto parts = split(text, '/');
  if (parts.size() == 1) parts.insert(parts.begin(), "linux");
  if (parts.size() > 3 || !std::all_of(parts.begin(), parts.end(), is_part)) {
    throw Error(what + ": '" + printable(text) + "' is not a platform")
        .remedy("it is OS/ARCHITECTURE[/VARIANT]");
  }
  Platform platform{parts[0], parts[1], parts.size() == 3 ? parts[2] : ""};
  for (const auto& [other, name] : kOtherNames) {
    if (platform.architecture == other) platform.architecture = name;
  }
  return platform;
}

Platform host_platform() {
  struct utsname name {};
  check(uname(&name), "cannot ask for the machine's name");
  const std::string kernel = static_cast<const char*>(name.machine);
  for (const Machine& machine : kMachines) {
    if (kernel == machine.kernel) return {"linux", machine.architecture, machine.variant};
  }
  return {"linux", kernel, ""};
}

}  // namespace sdcont
