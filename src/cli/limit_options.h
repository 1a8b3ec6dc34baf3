#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/parser.h"
#include "limits/limits.h"

namespace sdcont {

/// Each limit that was asked for, with its words, in the order of the command line.
using LimitWords = std::vector<std::pair<const LimitFlag*, std::string>>;

/// Declares the flags of every limit of the table.
void declare_limits(Parser& parser, LimitWords& asked);

}  // namespace sdcont
