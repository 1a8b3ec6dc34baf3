#include "cli/each.h"

#include <fmt/core.h>

#include "container/state.h"
#include "util/error.h"
#include "util/output.h"

namespace sdcont {

int for_each_container(Store& store, const std::vector<std::string>& words,
                       const std::function<void(const Record&)>& body) {
  int status = 0;
  for (const std::string& word : words) {
    try {
      body(find_container(store, word));
      fmt::print("{}\n", word);
    } catch (const Error& error) {
      write_error(std::string("sdcont: ") + error.what() + "\n");
      status = 1;
    }
  }
  return status;
}

}  // namespace sdcont
