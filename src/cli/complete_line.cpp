#include <map>

#include "cli/complete.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// The first words of commands: of those with two, the first once.
Candidates first_words() {
  std::map<std::string, std::string> found = {{"help", "Tell more of a command"}};
  for (const Command& command : command_table()) {
    const std::string name = command.name;
    const size_t space = name.find(' ');
    if (space == std::string::npos) {
      found[name] = command.summary;
    } else {
      found.emplace(name.substr(0, space), "Commands for this");
    }
  }
  Candidates candidates;
  for (const auto& [word, help] : found) candidates.list.push_back({word, help});
  return candidates;
}

Candidates second_words(const std::string& group) {
  Candidates candidates;
  for (const auto& [word, command] : commands_of_group(group))
    candidates.list.push_back({word, command->summary});
  return candidates;
}

Wanted argument(const std::string& word) {
  return {.kind = Wanted::Kind::argument, .word = word, .prefix = "", .option = {}, .what = ""};
}

int complete_words(Parser& parser, GlobalOptions& global, std::vector<std::string> words) {
  const CommandShape shape{"sdcont", "[OPTIONS] COMMAND", parser.declared(), true};
  const size_t first = first_argument(shape, words);
  const Wanted wanted = find_wanted(shape, words);
  if (first + 1 == words.size() && wanted.kind != Wanted::Kind::argument) {
    print_completion(shape, global.paths, words);
    return 0;
  }
  parser.parse({words.begin(), words.begin() + static_cast<ptrdiff_t>(first)});
  words.erase(words.begin(), words.begin() + static_cast<ptrdiff_t>(first));
  if (words[0] == "help" && words.size() > 1) words.erase(words.begin());
  if (words.size() == 1) {
    print_candidates(argument(words[0]), first_words());
    return 0;
  }
  if (words.size() == 2 && is_command_group(words[0])) {
    print_candidates(argument(words[1]), second_words(words[0]));
    return 0;
  }
  const Command& command = take_command(words);
  words.insert(words.begin(), {kCompleteWord, global.paths.root, global.paths.run});
  return run_taken(command, global, words);
}

}  // namespace

int complete_line(Parser& parser, GlobalOptions& global, const std::vector<std::string>& args) {
  if (args.size() < 2) return 0;
  try {
    return complete_words(parser, global, {args.begin() + 1, args.end()});
  } catch (const Error&) {
    return 0;  // of a line that is wrong nothing is known
  }
}

}  // namespace sdcont
