#include <fmt/core.h>

#include "cli/build_spec.h"
#include "cli/command.h"
#include "cli/each.h"
#include "cli/launching.h"
#include "cli/parser.h"
#include "container/attach.h"
#include "container/cleanup.h"
#include "util/error.h"

namespace sdcont {
namespace {

struct StartOptions {
  bool attach = false, interactive = false;
  std::string detach_keys, sig_proxy = "true", sdnotify;
};

// The client stays with the one container, as that of `sdcont run` does.
int start_attached(const Record& record, const StartOptions& options, Store& store,
                   const LaunchOptions& launch_options) {
  const ContainerSpec spec = store.load_spec(record.id);
  const std::string keys = detach_keys_of(options.detach_keys);
  const auto container = start(record, store, launch_options);
  if (!container)
    throw Error("container " + record.name + " runs already").remedy("sdcont attach " + record.name);
  if (!options.interactive) tell_supervisor(container->supervisor, Message::input);
  const auto exit = attach(container->supervisor, container->record, store,
                           {.terminal = spec.process.terminal,
                            .input = options.interactive && spec.process.stdin_open,
                            .pass_signals = options.sig_proxy == "true",
                            .started_here = true,
                            .detach_keys = spec.process.terminal ? keys : "",
                            .warn = launch_options.warn});
  return exit ? exit->status : 0;
}

}  // namespace

int start_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  StartOptions options;
  Parser parser("sdcont start", "[OPTIONS] CONTAINER [CONTAINER...]");
  parser.flag("-a,--attach", options.attach, "stay, and show what it writes");
  parser.flag("-i,--interactive", options.interactive, "stay, and pass on what is typed");
  parser.option("--detach-keys", options.detach_keys, "KEYS",
                "what is typed to leave it running (default: ctrl-p,ctrl-q)", true);
  parser.choice("--sig-proxy", options.sig_proxy, {"true", "false"}, "pass signals on to it");
  parser.choice("--sdnotify", options.sdnotify, {"container", "conmon", "ignore"},
                "who tells the service manager that it is ready (default: as it was created)");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont start: no CONTAINER was given").remedy("see sdcont ps -a");
  require_root("start");
  LaunchOptions launch_options = make_launch_options(false);
  launch_options.activation = take_activation();
  if (!options.sdnotify.empty()) launch_options.notify = parse_notify(options.sdnotify);
  launch_options.detached = !options.attach && !options.interactive;
  close_callers_descriptors(launch_options.activation.listen_fds);
  Store store(global.paths);
  heal(store, print_warning);
  if (options.attach || options.interactive) {
    if (parsed.rest.size() > 1) throw Error("sdcont start: -a and -i are for one container at a time");
    return start_attached(store.find(parsed.rest[0]), options, store, launch_options);
  }
  return for_each_container(store, parsed.rest, [&](const Record& record) {
    const auto container = start(record, store, launch_options);
    if (container) tell_supervisor(container->supervisor, Message::detach);
  });
}

}  // namespace sdcont
