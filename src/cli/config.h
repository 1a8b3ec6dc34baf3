#pragma once

#include <string>
#include <vector>

#include "cli/option_file.h"

namespace sdcont {

inline constexpr const char* kConfigFile = "/etc/sdcont/sdcont.conf";

/// The lines of sdcont.conf, and of the files FILE.d/*.conf after it, by name: of two that say the same the
/// later counts. Nothing where there are none. Throws Error for what is no line, with file and line.
std::vector<OptionLine> read_config(const std::string& file);

/// Throws Error, with file and line, for an option that sdcont.conf cannot have.
void check_config_line(const OptionLine& line);

/// "cgroup-manager", "root", "runtime-dir": said before the command on the command line.
bool is_global_option(const std::string& name);

}  // namespace sdcont
