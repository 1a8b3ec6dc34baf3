#include <fmt/core.h>

#include "cli/command.h"
#include "cli/host_facts.h"
#include "cli/launching.h"
#include "cli/limit_options.h"
#include "cli/parser.h"
#include "cli/slice_list.h"
#include "container/cleanup.h"
#include "container/slice.h"
#include "container/state.h"
#include "spec/names.h"
#include "util/error.h"
#include "util/output.h"
#include "util/text.h"

namespace sdcont {

std::string slice_name(const std::string& word) {
  const std::string name = word.ends_with(".slice") ? word : word + ".slice";
  check_slice(name);
  if (name == "-.slice")
    throw Error("-.slice is the whole machine").remedy("limit a slice inside it: web.slice");
  return name;
}

int slice_set_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  LimitWords words;
  SliceRequest request;
  bool reclaim = false;
  bool force = false;
  Parser parser("sdcont slice set", "[OPTIONS] SLICE");
  declare_limits(parser, words);
  parser.flag("--runtime", request.runtime, "until the next boot only");
  parser.flag("--reclaim", reclaim, "free memory first where more is in use than there is to be");
  parser.flag("-f,--force", force, "set such a limit all the same: the kernel may kill");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1)
    throw Error("sdcont slice set takes one SLICE")
        .remedy("for example: sdcont slice set web.slice --memory 1G");
  if (words.empty())
    throw Error("sdcont slice set: no limit was given").remedy("see sdcont slice set --help");
  require_root("slice set");
  request.name = slice_name(parsed.rest[0]);
  const auto levels = slice_levels(request.name);
  const std::string around = levels.size() > 1 ? levels[levels.size() - 2] : "-.slice";
  request.facts = host_facts(global.paths, around);
  for (const auto& [flag, text] : words) ask_limit(*flag, text, request.facts, request.asked);
  request.shrink = force ? Shrink::force : reclaim ? Shrink::reclaim : Shrink::refuse;
  request.hint = print_warning;
  const SlicePlace place = choose_slice_place(global.cgroup_manager, global.paths);
  heal_slices(place);
  set_slice(place, request);
  fmt::print("{}\n", request.name);
  return 0;
}

int slice_rm_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  Parser parser("sdcont slice rm", "SLICE [SLICE...]");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont slice rm: no SLICE was given").remedy("see sdcont slice ls");
  require_root("slice rm");
  const SlicePlace place = choose_slice_place(global.cgroup_manager, global.paths);
  Store store(global.paths);
  auto running = heal(store, print_warning);
  std::erase_if(running, [](const Record& record) { return !is_alive(record); });
  int status = 0;
  for (const std::string& word : parsed.rest) {
    try {
      const std::string name = slice_name(word);
      remove_slice(place, name, running);
      fmt::print("{}\n", name);
    } catch (const Error& error) {  // the others are still removed
      write_error(std::string("sdcont: ") + error.what() + "\n");
      status = 1;
    }
  }
  return status;
}

}  // namespace sdcont
