#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/parser.h"

namespace sdcont {

/// What a command line of a command looks like.
struct CommandShape {
  std::string command;  ///< "sdcont run"
  std::string usage;    ///< "[OPTIONS] IMAGE [COMMAND] [ARG...]"
  std::vector<DeclaredOption> options;
  bool options_first = false;  ///< as in Options::first
};

/// What the last word of an unfinished command line is about to become.
struct Wanted {
  enum class Kind { option, value, argument };
  Kind kind = Kind::argument;
  std::string word;       ///< what there is of it
  std::string prefix;     ///< what stands before it in the same word: "--pull="
  DeclaredOption option;  ///< of a value
  std::string what;       ///< of an argument, as the usage calls it: "CONTAINER"; empty: nothing is known
};

/// `words` are those behind the command's name; the last is the one at the cursor, and may be empty.
Wanted find_wanted(const CommandShape& shape, const std::vector<std::string>& words);

/// Where the first argument is, or the word at the cursor.
size_t first_argument(const CommandShape& shape, const std::vector<std::string>& words);

/// What the usage calls the argument at a place: "IMAGE", "ARG"; empty where there is none.
std::string argument_at(const std::string& usage, size_t place);

struct Candidate {
  std::string text;  ///< a whole word; it goes on where it ends with '=', ':' or ','
  std::string help;  ///< one line, or empty
};
struct Candidates {
  std::vector<Candidate> list;
  bool files = false;  ///< and any file
};

/// What a value or an argument can be, by what the help calls it.
Candidates candidates_for(const Wanted& wanted, const std::string& command, const StorePaths& paths);

/// A line "WORD<TAB>HELP" for each candidate that begins like the last word; then ":files PREFIX" where files
/// fit as well, for the shell to find.
void print_candidates(const Wanted& wanted, const Candidates& candidates);
void print_completion(const CommandShape& shape, const StorePaths& paths,
                      const std::vector<std::string>& words);

/// sdcont __complete [WORD...]: the last one is at the cursor. Completes what stands before the command and
/// the command; what stands behind it completes itself.
int complete_line(Parser& parser, GlobalOptions& global, const std::vector<std::string>& args);

}  // namespace sdcont
