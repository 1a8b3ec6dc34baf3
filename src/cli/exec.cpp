#include <unistd.h>

#include "cli/command.h"
#include "cli/parser.h"
#include "container/await.h"
#include "container/exec.h"
#include "process/capabilities.h"
#include "process/detach_keys.h"
#include "spec/environment.h"
#include "spec/words.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

struct ExecOptions {
  bool detach = false, interactive = false, terminal = false, privileged = false;
  std::vector<std::string> env, env_files;
  std::string user, workdir, detach_keys = kDefaultDetachKeys;
};

void declare(Parser& parser, ExecOptions& options) {
  parser.flag("-d,--detach", options.detach, "leave the command running, and do not wait for it");
  parser.flag("-i,--interactive", options.interactive, "keep the standard input open");
  parser.flag("-t,--tty", options.terminal, "give the command a terminal");
  parser.option("-e,--env", options.env, "NAME[=VALUE]", "set an environment variable, or pass on ours");
  parser.option("--env-file", options.env_files, "FILE", "read environment variables from a file");
  parser.option("-u,--user", options.user, "USER[:GROUP]", "who the command runs as: names or numbers");
  parser.option("-w,--workdir", options.workdir, "DIR", "working directory in the container");
  parser.flag("--privileged", options.privileged, "all capabilities");
  parser.option("--detach-keys", options.detach_keys, "KEYS",
                "what leaves the command running (default: ctrl-p,ctrl-q)", true);
}

/// The command: all that is not asked for is as the container's first one has it.
Process build_process(const ExecOptions& options, std::vector<std::string> args, Process process) {
  process.args = std::move(args);
  if (process.args[0].empty()) throw Error("the COMMAND is empty");
  process.terminal = options.terminal;
  process.stdin_open = options.interactive && !options.detach;
  if (options.terminal && process.stdin_open && isatty(STDIN_FILENO) == 0) {
    throw Error("-i and -t: the standard input is not a terminal").remedy("leave -t away");
  }
  std::vector<std::string> asked;
  for (const std::string& file : options.env_files) read_env_file(file, asked);
  for (const std::string& word : options.env) parse_env(word, asked);
  if (options.terminal) set_default_env(process.env, "TERM=xterm");
  set_env(process.env, asked);
  if (!options.user.empty()) process.user = options.user;
  if (!options.workdir.empty()) {
    if (options.workdir[0] != '/')
      throw Error("--workdir: '" + printable(options.workdir) + "' is not an absolute path");
    process.cwd = options.workdir;
  }
  if (options.privileged) process.capabilities = all_capabilities();
  process.preserve_fds = 0;
  return process;
}

}  // namespace

int exec_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  ExecOptions options;
  Parser parser("sdcont exec", "[OPTIONS] CONTAINER COMMAND [ARG...]", Options::first);
  declare(parser, options);
  Parser::Result parsed = parser.parse(args);
  if (parsed.help) return 0;
  std::vector<std::string>& words = parsed.rest;
  if (words.size() < 2) {
    throw Error("sdcont exec takes a container and a command").remedy("see sdcont exec --help");
  }
  if (options.detach && options.interactive) {
    print_warning("-i has no effect with -d: nobody is there to type");
  }
  // nothing of the caller's is seen in the container
  check(close_range(3, ~0U, 0), "cannot close the caller's descriptors");
  ExecRequest request;
  request.detach = options.detach;
  request.detach_keys = parse_detach_keys(options.detach_keys);
  request.warn = print_warning;
  const auto [record, spec] = [&] {
    Store store(global.paths);  // closed before anything enters the container
    Record found = await_running(store.find(words[0]), store);
    auto saved = store.load_spec(found.id);
    return std::pair{std::move(found), std::move(saved)};
  }();
  words.erase(words.begin());
  request.process = build_process(options, std::move(words), spec.process);
  return exec_in_container(record, request, global.paths);
}

}  // namespace sdcont
