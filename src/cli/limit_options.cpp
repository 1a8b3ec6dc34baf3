#include "cli/limit_options.h"

namespace sdcont {

void declare_limits(Parser& parser, LimitWords& asked) {
  for (const Limit& limit : limit_table()) {
    for (const LimitFlag& flag : limit.flags) {
      if (*flag.metavar == '\0') {
        parser.app().add_flag_callback(
            flag.names, [&asked, &flag] { asked.emplace_back(&flag, ""); }, flag.help);
        continue;
      }
      const auto keep = [&asked, &flag](const std::vector<std::string>& words) {
        for (const std::string& word : words) {  // docker takes -m=64M
          asked.emplace_back(&flag, word.starts_with('=') ? word.substr(1) : word);
        }
      };
      auto* option = parser.app().add_option_function<std::vector<std::string>>(flag.names, keep, flag.help);
      option->type_name(flag.metavar)->expected(1)->allow_extra_args(false);
      option->multi_option_policy(flag.repeats ? CLI::MultiOptionPolicy::TakeAll
                                               : CLI::MultiOptionPolicy::TakeLast);
    }
  }
}

}  // namespace sdcont
