#include "cli/command.h"

#include <fmt/core.h>

#include <array>

#include "cli/parser.h"
#include "util/error.h"
#include "util/output.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr std::array kCommands = {
    Command{"run", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Run a command in a new container", run_command},
    Command{"ps", "[OPTIONS]", "List containers", ps_command},
    Command{"rm", "[OPTIONS] CONTAINER [CONTAINER...]", "Remove containers", rm_command},
    Command{"diff", "[OPTIONS] CONTAINER", "Show what a container changed in its root", diff_command},
    Command{"apply", "[OPTIONS] CONTAINER", "Carry over to this machine what a container changed in 'host'",
            apply_command},
    Command{"cp", "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH | SRC_PATH CONTAINER:DEST_PATH",
            "Copy files to and from a container", cp_command},
    Command{"volume", "COMMAND", "Make, list and remove volumes", volume_command},
    Command{"info", "[OPTIONS]", "Show what this machine can do for containers", info_command},
};

std::string help() {
  std::string text =
      "Usage: sdcont [OPTIONS] COMMAND\n\n"
      "Runs containers without a daemon: limits by a systemd scope or cgroupfs, isolation by "
      "namespaces.\n\nCommands:\n";
  for (const Command& command : kCommands)
    text += fmt::format("  {:<10} {}\n", command.name, command.summary);
  return text +
         "\nOptions:\n"
         "      --cgroup-manager auto|systemd|cgroupfs   who carries the limits (default: auto)\n"
         "      --root DIR                               containers and their layers (default: "
         "/var/lib/sdcont)\n"
         "      --runtime-dir DIR                        what is gone at boot (default: /run/sdcont)\n"
         "      --version                                print the version\n"
         "      --help                                   print this; sdcont COMMAND --help tells more\n";
}

const Command& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (name == command.name) return command;
    names.emplace_back(command.name);
  }
  const std::string hint = nearest(name, names);
  throw Error("'" + printable(name) + "' is not a command")
      .remedy(hint.empty() ? "see sdcont --help" : "did you mean '" + hint + "'?");
}

}  // namespace

std::span<const Command> command_table() { return kCommands; }

void print_warning(const std::string& text) { write_error("sdcont: warning: " + text + "\n"); }

int run_cli(const std::vector<std::string>& args) {
  GlobalOptions global;
  bool version = false;
  bool wants_help = false;
  Parser parser("sdcont", "[OPTIONS] COMMAND");
  CLI::App& app = parser.app();
  app.set_help_flag();
  app.add_flag("-h,--help", wants_help);
  app.add_flag("-v,--version", version);
  app.add_option("--cgroup-manager", global.cgroup_manager)
      ->check(CLI::IsMember({"auto", "systemd", "cgroupfs"}));
  app.add_option("--root", global.paths.root);
  app.add_option("--runtime-dir", global.paths.run);
  const std::vector<std::string> rest = parser.parse(args).rest;
  if (version) {
    fmt::print("sdcont version {}\n", SDCONT_VERSION);
    return 0;
  }
  if (wants_help || (!rest.empty() && rest[0] == "help")) {
    if (rest.size() > 1) return find_command(rest[1]).run(global, {"--help"});
    fmt::print("{}", help());
    return 0;
  }
  if (rest.empty()) throw Error("no command was given").remedy("see sdcont --help");
  for (std::string* path : {&global.paths.root, &global.paths.run}) {
    if (path->empty() || path->front() != '/') throw Error("--root and --runtime-dir need absolute paths");
  }
  return find_command(rest[0]).run(global, {rest.begin() + 1, rest.end()});
}

}  // namespace sdcont
