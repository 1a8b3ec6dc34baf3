#pragma once

#include <string>
#include <vector>

#include "archive/load.h"
#include "cli/command.h"

namespace sdcont {

int import_command(const GlobalOptions& global, const std::vector<std::string>& args);
int load_command(const GlobalOptions& global, const std::vector<std::string>& args);
int save_command(const GlobalOptions& global, const std::vector<std::string>& args);
int pull_command(const GlobalOptions& global, const std::vector<std::string>& args);
int push_command(const GlobalOptions& global, const std::vector<std::string>& args);
int system_check_command(const GlobalOptions& global, const std::vector<std::string>& args);

}  // namespace sdcont
