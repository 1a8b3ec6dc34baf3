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
int commit_command(const GlobalOptions& global, const std::vector<std::string>& args);
int export_command(const GlobalOptions& global, const std::vector<std::string>& args);
/// sdcont cp with "-": a tar on the standard input or output.
int cp_archive_command(const GlobalOptions& global, const std::vector<std::string>& args);
int image_unpack_command(const GlobalOptions& global, const std::vector<std::string>& args);
int system_check_command(const GlobalOptions& global, const std::vector<std::string>& args);

/// A name that an image is given: with docker's defaults, without a digest. Throws Error.
std::string new_name(const std::string& word);

}  // namespace sdcont
