#include "util/command_line.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "util/file.h"
#include "util/text.h"

namespace sdcont {

void cover_in_command_line(const std::vector<std::string>& words, size_t (*keep)(const std::string& word)) {
  if (words.empty()) return;
  // argv's strings lie one behind the other, and /proc/self/cmdline is that very memory
  char* const start = program_invocation_name;
  const std::string line = read_file_if("/proc/self/cmdline").value_or("");
  if (!std::equal(line.begin(), line.end(), start)) return;
  size_t at = 0;
  for (const std::string& argument : split(line, '\0')) {
    for (const std::string& word : words) {
      if (word.empty() || (argument != word && !argument.ends_with("=" + word))) continue;
      const size_t kept = argument.size() - word.size() + std::min(keep(word), word.size());
      memset(start + at + kept, '*', argument.size() - kept);
    }
    at += argument.size() + 1;
  }
}

}  // namespace sdcont
