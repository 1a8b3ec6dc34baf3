#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// The frame of an executable: settles what its caller may have set and execve(2) keeps, runs, tells on
/// standard error what failed, and returns the exit status.
int run_program(int argc, char** argv, int (*run)(const std::vector<std::string>& words));

}  // namespace sdcont
