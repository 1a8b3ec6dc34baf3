#pragma once

#include <string>
#include <vector>

#include "util/error.h"

namespace sdcont {

/// Of the files that a name may mean (as find_program has it) those that lead to our own binary, themselves
/// or by the interpreters that scripts name: reached as /proc/self/exe it would run inside with a descriptor
/// of the host's file at hand (CVE-2019-5736). To be asked before rights and limits are the command's.
std::vector<std::string> find_own_binary(const std::string& name, const std::string& path);

/// The file that execve is to run for args[0], looked for along `path` (PATH's words) where it holds no
/// slash. Throws Error with status 127 (not found) or 126 (found, cannot be executed: a directory, no
/// permission, our own binary: `ours`). The names are those inside the container: called after pivot_root, as
/// the command's user.
std::string find_program(const std::string& name, const std::string& path,
                         const std::vector<std::string>& ours);

/// execve(2); returns only by throwing Error with status 126 or 127.
[[noreturn]] void execute(const std::string& file, const std::vector<std::string>& args,
                          const std::vector<std::string>& env);

/// What an errno of execve(2) means: Error with status 126 or 127, and the remedy.
Error execution_error(const std::string& name, int number);
/// execve(2) of a program of ours that is open; returns only by throwing Error.
[[noreturn]] void execute_open(int file, const std::string& name, const std::vector<std::string>& args,
                               const std::vector<std::string>& env);

/// Value of NAME in a list of NAME=value; empty where absent.
std::string environment_value(const std::vector<std::string>& env, const std::string& name);

}  // namespace sdcont
