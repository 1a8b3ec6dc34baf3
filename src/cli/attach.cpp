#include "container/attach.h"

#include "cli/command.h"
#include "cli/launching.h"
#include "cli/parser.h"
#include "container/await.h"
#include "container/cleanup.h"
#include "container/state.h"
#include "util/error.h"

namespace sdcont {

int attach_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string keys, sig_proxy = "true";
  bool no_stdin = false;
  Parser parser("sdcont attach", "[OPTIONS] CONTAINER");
  parser.option("--detach-keys", keys, "KEYS", "what is typed to leave it running (default: ctrl-p,ctrl-q)",
                true);
  parser.flag("--no-stdin", no_stdin, "only show what it writes");
  parser.choice("--sig-proxy", sig_proxy, {"true", "false"}, "pass signals on to it");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1) throw Error("sdcont attach takes one CONTAINER").remedy("see sdcont ps");
  Store store(global.paths);
  heal(store, print_warning);
  const Record found = store.find(parsed.rest[0]);
  const Error still = Error("container " + found.name + " is not running")
                          .remedy("sdcont start -a " + found.name + " starts it and stays");
  const auto launched = await_launch(found, store);
  if (!launched || stands_still(*launched)) throw Error(still);
  const Record& record = *launched;
  const ContainerSpec spec = store.load_spec(record.id);
  const bool types = spec.process.stdin_open && !no_stdin;
  const auto supervisor = Channel::connect_to(store.socket(record.id));
  const auto refuse = [&] {
    const auto present = store.load(record.id);
    if (!present || !is_alive(*present)) throw Error(still);  // it ends just now
    throw Error("container " + record.name + " cannot be attached to: its supervisor was killed")
        .remedy("sdcont stop " + record.name + ", and start it again");
  };
  if (!supervisor) refuse();
  const sigset_t held = forwarded_signals();
  if (sig_proxy == "true") sigprocmask(SIG_BLOCK, &held, nullptr);
  tell_supervisor(*supervisor, Message::attach, {types ? "input" : "output"});
  const auto answer = supervisor->receive();
  if (answer && answer->type == Message::failure) throw Error(failure_of(*answer));
  if (!answer || answer->type != Message::attach) refuse();
  const auto exit = attach(*supervisor, record, store,
                           {.terminal = spec.process.terminal,
                            .input = types,
                            .pass_signals = sig_proxy == "true",
                            .detach_keys = spec.process.terminal ? detach_keys_of(keys) : "",
                            .warn = print_warning});
  return exit ? exit->status : 0;
}

}  // namespace sdcont
