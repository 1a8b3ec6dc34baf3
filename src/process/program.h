#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// The file that execve is to run for args[0], looked for along `path` (PATH's words) where it holds no
/// slash. Throws Error with status 127 (not found) or 126 (found, cannot be executed: a directory, no
/// permission, our own binary). The names are those inside the container: called after pivot_root.
std::string find_program(const std::string& name, const std::string& path);

/// execve(2); returns only by throwing Error with status 126 or 127.
[[noreturn]] void execute(const std::string& file, const std::vector<std::string>& args,
                          const std::vector<std::string>& env);

/// Value of NAME in a list of NAME=value; empty where absent.
std::string environment_value(const std::vector<std::string>& env, const std::string& name);

}  // namespace sdcont
