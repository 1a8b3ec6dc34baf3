#pragma once

#include <string>

#include "state/record.h"

namespace sdcont {

/// Where the kernel leaves the core of a process with that working directory, in words: by
/// kernel.core_pattern (core(5)), for a container of that name. Pure.
std::string core_place(const std::string& pattern, const std::string& directory, const std::string& name);
/// The file of the last entry that systemd-coredump made, of its fields in journalctl's JSON, a line each;
/// empty where there is none. Pure.
std::string core_in_journal(const std::string& lines);

/// Where the core of a container that has ended is; empty where it left none.
std::string find_core(const Record& record, const std::string& directory);

}  // namespace sdcont
