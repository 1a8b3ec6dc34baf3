#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/parser.h"

namespace sdcont {

// What the man pages have from the code, in the Markdown of go-md2man(1). packaging/man/ has the rest.

/// Text in which nothing means anything to Markdown.
std::string markdown(const std::string& text);

/// Its first letter as a capital one.
std::string capitalized(std::string text);

/// SYNOPSIS, OPTIONS and EXAMPLES of a command.
std::string manual_of(const std::string& command, const std::string& usage,
                      const std::vector<DeclaredOption>& options);

/// sdcont __manual [commands|limits|properties|COMMAND]; of commands the name of the page and the summary of
/// each.
int manual_command(const GlobalOptions& global, const std::vector<std::string>& words);

}  // namespace sdcont
