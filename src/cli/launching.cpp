#include "cli/launching.h"

#include <unistd.h>

#include "cli/command.h"
#include "process/detach_keys.h"
#include "util/error.h"

namespace sdcont {

LaunchOptions make_launch_options(bool quiet) {
  LaunchOptions options;
  options.host = detect_cgroups();
  options.warn = print_warning;
  options.hint = [quiet](const std::string& text) {
    if (!quiet) print_warning(text);
  };
  return options;
}

std::string detach_keys_of(const std::string& words) {
  return parse_detach_keys(words.empty() ? kDefaultDetachKeys : words);
}

void close_callers_descriptors(unsigned preserved) {
  check(close_range(3 + preserved, ~0U, 0), "cannot close the caller's descriptors");
}

void require_root(const char* command) {
  if (geteuid() == 0) return;
  throw Error(std::string("sdcont ") + command + " needs root")
      .remedy(std::string("sudo sdcont ") + command + " …");
}

}  // namespace sdcont
