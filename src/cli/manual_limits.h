#pragma once

#include <string>

namespace sdcont {

/// The table of limits as sdcont-limits(7) has it, in Markdown: what asks for each, and what each kind of
/// host carries it by.
std::string limits_manual();
/// The properties that --property takes.
std::string properties_manual();

}  // namespace sdcont
