#include "cli/limit_options.h"

namespace sdcont {

void declare_limits(Parser& parser, LimitWords& asked) {
  for (const Limit& limit : limit_table()) {
    for (const LimitFlag& flag : limit.flags) {
      if (*flag.metavar == '\0') {
        parser.call(flag.names, flag.help, [&asked, &flag] { asked.emplace_back(&flag, ""); });
        continue;
      }
      const auto keep = [&asked, &flag](const std::vector<std::string>& words) {
        for (const std::string& word : words) {  // docker takes -m=64M
          asked.emplace_back(&flag, word.starts_with('=') ? word.substr(1) : word);
        }
      };
      parser.words(flag.names, flag.metavar, flag.help, flag.repeats, keep);
    }
  }
}

}  // namespace sdcont
