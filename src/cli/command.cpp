#include "cli/command.h"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cli/parser.h"
#include "util/error.h"
#include "util/libexec.h"
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
    Command{"commit", "[OPTIONS] CONTAINER [NAME[:TAG]]", "Make an image of what a container wrote", nullptr},
    Command{"export", "[OPTIONS] CONTAINER", "Write a container's files to a tar", nullptr},
    Command{"volume", "COMMAND", "Make, list and remove volumes", volume_command},
    Command{"images", "[OPTIONS] [REPOSITORY[:TAG]]", "List images", images_command},
    Command{"pull", "[OPTIONS] IMAGE", "Take an image from a registry", nullptr},
    Command{"push", "[OPTIONS] IMAGE [NAME]", "Bring an image to a registry", nullptr},
    Command{"load", "[OPTIONS]", "Take images from an archive of docker, podman or skopeo", nullptr},
    Command{"save", "[OPTIONS] IMAGE [IMAGE...]", "Write images to an archive", nullptr},
    Command{"import", "[OPTIONS] FILE|DIRECTORY|- [NAME[:TAG]]", "Make an image of a root file system",
            nullptr},
    Command{"tag", "IMAGE NAME[:TAG]", "Give an image another name", tag_command},
    Command{"history", "[OPTIONS] IMAGE", "Show how an image was made", history_command},
    Command{"rmi", "[OPTIONS] IMAGE [IMAGE...]", "Remove images", rmi_command},
    Command{"image inspect", "[OPTIONS] IMAGE [IMAGE...]", "Show all about images", image_inspect_command},
    Command{"image unpack", "[OPTIONS] IMAGE", "Unpack an image that another tool put into the store",
            nullptr},
    Command{"image prune", "[OPTIONS]", "Remove images that nothing uses", image_prune_command},
    Command{"system df", "[OPTIONS]", "Show what takes how much room", system_df_command},
    Command{"system check", "[OPTIONS]", "Verify every image, and repair what can be repaired", nullptr},
    Command{"info", "[OPTIONS]", "Show what this machine can do for containers", info_command},
};

/// docker's other words for the same.
constexpr std::array kAliases = {
    std::pair{"container ls", "ps"},       std::pair{"container ps", "ps"},
    std::pair{"container rm", "rm"},       std::pair{"container run", "run"},
    std::pair{"image ls", "images"},       std::pair{"image list", "images"},
    std::pair{"image pull", "pull"},       std::pair{"image push", "push"},
    std::pair{"image load", "load"},       std::pair{"image save", "save"},
    std::pair{"image import", "import"},   std::pair{"image tag", "tag"},
    std::pair{"image history", "history"}, std::pair{"image rm", "rmi"},
    std::pair{"system info", "info"},
};

std::string help() {
  std::string text =
      "Usage: sdcont [OPTIONS] COMMAND\n\n"
      "Runs containers without a daemon: limits by a systemd scope or cgroupfs, isolation by "
      "namespaces.\n\nCommands:\n";
  for (const Command& command : kCommands)
    text += fmt::format("  {:<14} {}\n", command.name, command.summary);
  return text +
         "\nOptions:\n"
         "      --cgroup-manager auto|systemd|cgroupfs   who carries the limits (default: auto)\n"
         "      --root DIR                               containers and their layers (default: "
         "/var/lib/sdcont)\n"
         "      --runtime-dir DIR                        what is gone at boot (default: /run/sdcont)\n"
         "      --version                                print the version\n"
         "      --help                                   print this; sdcont COMMAND --help tells more\n";
}

bool is_group(const std::string& word) {
  const auto begins = [&](const char* name) { return std::string(name).starts_with(word + " "); };
  return std::any_of(kCommands.begin(), kCommands.end(),
                     [&](const Command& row) { return begins(row.name); }) ||
         std::any_of(kAliases.begin(), kAliases.end(), [&](const auto& row) { return begins(row.first); });
}

/// The command that the words begin with, one or two of them; takes these away.
const Command& take_command(std::vector<std::string>& rest) {
  const size_t count = is_group(rest[0]) && rest.size() > 1 ? 2 : 1;
  std::string name = rest[0] + (count == 2 ? " " + rest[1] : "");
  rest.erase(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(count));
  for (const auto& [alias, command] : kAliases) {
    if (name == alias) name = command;
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (name == command.name) return command;
    names.emplace_back(command.name);
  }
  const std::string hint = nearest(name, names);
  throw Error("'" + printable(name) + "' is not a command")
      .remedy(hint.empty() ? "see sdcont --help" : "did you mean '" + hint + "'?");
}

int run_taken(const Command& command, const GlobalOptions& global, const std::vector<std::string>& args) {
  if (command.run != nullptr) return command.run(global, args);
  const auto words = helper_words(global, command.name, args);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  throw_errno("cannot execute " + words[0]);
}

}  // namespace

std::span<const Command> command_table() { return kCommands; }

std::vector<std::string> helper_words(const GlobalOptions& global, const std::string& command,
                                      const std::vector<std::string>& args) {
  std::vector<std::string> words = {libexec_file("sdcont-image"), global.paths.root, global.paths.run,
                                    command};
  words.insert(words.end(), args.begin(), args.end());
  return words;
}

void print_warning(const std::string& text) { write_error("sdcont: warning: " + text + "\n"); }

int run_cli(const std::vector<std::string>& args) {
  GlobalOptions global;
  bool version = false;
  bool wants_help = false;
  Parser parser("sdcont", "[OPTIONS] COMMAND", Options::first);
  CLI::App& app = parser.app();
  app.set_help_flag();
  app.add_flag("-h,--help", wants_help);
  app.add_flag("-v,--version", version);
  app.add_option("--cgroup-manager", global.cgroup_manager)
      ->check(CLI::IsMember({"auto", "systemd", "cgroupfs"}));
  app.add_option("--root", global.paths.root);
  app.add_option("--runtime-dir", global.paths.run);
  std::vector<std::string> rest = parser.parse(args).rest;
  if (version) {
    fmt::print("sdcont version {}\n", SDCONT_VERSION);
    return 0;
  }
  if (wants_help || (!rest.empty() && rest[0] == "help")) {
    if (!rest.empty() && rest[0] == "help") rest.erase(rest.begin());
    if (!rest.empty()) return run_taken(take_command(rest), global, {"--help"});
    fmt::print("{}", help());
    return 0;
  }
  if (rest.empty()) throw Error("no command was given").remedy("see sdcont --help");
  for (std::string* path : {&global.paths.root, &global.paths.run}) {
    if (path->empty() || path->front() != '/') throw Error("--root and --runtime-dir need absolute paths");
  }
  const Command& command = take_command(rest);
  return run_taken(command, global, rest);
}

}  // namespace sdcont
