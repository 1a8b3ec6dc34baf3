#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// sdcont as systemd.generator(7), by the name "sdcont-generator": makes services of the .container files in
/// /etc/sdcont/systemd/ (or the directories in $SDCONT_UNIT_DIRS, with colons between) below the first of the
/// three directories of `args`; with --dryrun prints them instead. What cannot be had is told, with file and
/// line, to the kernel's log, which the journal reads, and to the standard error; the others are made.
int run_generator(const std::vector<std::string>& args);

}  // namespace sdcont
