#include "cli/command.h"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cli/complete.h"
#include "cli/manual.h"
#include "cli/parser.h"
#include "util/error.h"
#include "util/file.h"
#include "util/libexec.h"
#include "util/output.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr std::array kCommands = {
    Command{"run", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Run a command in a new container", run_command},
    Command{"exec", "[OPTIONS] CONTAINER COMMAND [ARG...]", "Run a command in a running container",
            exec_command},
    Command{"update", "[OPTIONS] CONTAINER [CONTAINER...]", "Change limits and restart policies",
            update_command},
    Command{"create", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Make a container, to be started later",
            create_command},
    Command{"start", "[OPTIONS] CONTAINER [CONTAINER...]", "Run the commands of containers that stand still",
            start_command},
    Command{"stop", "[OPTIONS] CONTAINER [CONTAINER...]", "End containers by their stop signal",
            stop_command},
    Command{"restart", "[OPTIONS] CONTAINER [CONTAINER...]", "End containers, and start them again",
            restart_command},
    Command{"wait", "CONTAINER [CONTAINER...]", "Wait for containers to end, and print their exit statuses",
            wait_command},
    Command{"attach", "[OPTIONS] CONTAINER", "Follow what a container writes, and type into it",
            attach_command},
    Command{"logs", "[OPTIONS] CONTAINER", "Show what a container has written", logs_command},
    Command{"rename", "CONTAINER NAME", "Give a container another name", rename_command},
    Command{"ps", "[OPTIONS]", "List containers", ps_command},
    Command{"rm", "[OPTIONS] CONTAINER [CONTAINER...]", "Remove containers", rm_command},
    Command{"container prune", "[OPTIONS]", "Remove all containers that stand still",
            container_prune_command},
    Command{"pause", "CONTAINER [CONTAINER...]", "Bring all processes of containers to a standstill",
            pause_command},
    Command{"unpause", "CONTAINER [CONTAINER...]", "Let paused containers go on", unpause_command},
    Command{"kill", "[OPTIONS] CONTAINER [CONTAINER...]", "Send a signal to containers", kill_command},
    Command{"top", "CONTAINER [ps OPTIONS]", "Show the processes of a container", top_command},
    Command{"inspect", "[OPTIONS] NAME|ID [NAME|ID...]", "Show all about containers and images",
            inspect_command},
    Command{"stats", "[OPTIONS] [CONTAINER...]", "Show what containers use, live", stats_command},
    Command{"why", "[OPTIONS] CONTAINER", "Tell why a container ended, or what slows it down", why_command},
    Command{"events", "[OPTIONS]", "Follow what happens to containers", events_command},
    Command{"diff", "[OPTIONS] CONTAINER", "Show what a container changed in its root", diff_command},
    Command{"apply", "[OPTIONS] CONTAINER", "Carry over to this machine what a container changed in 'host'",
            apply_command},
    Command{"cp", "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|- | SRC_PATH|- CONTAINER:DEST_PATH",
            "Copy files to and from a container", cp_command},
    Command{"commit", "[OPTIONS] CONTAINER [NAME[:TAG]]", "Make an image of what a container wrote", nullptr},
    Command{"export", "[OPTIONS] CONTAINER", "Write a container's files to a tar", nullptr},
    Command{"slice ls", "[OPTIONS]", "List slices with their limits and use", slice_ls_command},
    Command{"slice rm", "SLICE [SLICE...]", "Take the limits of slices away", slice_rm_command},
    Command{"slice set", "[OPTIONS] SLICE", "Limit the containers in a slice together", slice_set_command},
    Command{"volume create", "[OPTIONS] [VOLUME]", "Make a volume", volume_create_command},
    Command{"volume inspect", "VOLUME [VOLUME...]", "Tell of volumes, in JSON", volume_inspect_command},
    Command{"volume ls", "[OPTIONS]", "List volumes", volume_ls_command},
    Command{"volume prune", "[OPTIONS]", "Remove volumes that no container uses", volume_prune_command},
    Command{"volume rm", "[OPTIONS] VOLUME [VOLUME...]", "Remove volumes", volume_rm_command},
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
    Command{"generate unit", "[OPTIONS] CONTAINER", "Print a systemd unit that starts a container",
            generate_unit_command},
    Command{"config check", "[FILE...]", "Verify sdcont.conf, and files of options", config_check_command},
    Command{"info", "[OPTIONS]", "Show what this machine can do for containers", info_command},
    Command{"completion", "bash|zsh|fish", "Print what makes a shell complete sdcont's words",
            completion_command},
};

/// docker's other words for the same.
constexpr std::array kAliases = {
    std::pair{"container ls", "ps"},           std::pair{"container ps", "ps"},
    std::pair{"container rm", "rm"},           std::pair{"container run", "run"},
    std::pair{"container create", "create"},   std::pair{"container start", "start"},
    std::pair{"container stop", "stop"},       std::pair{"container restart", "restart"},
    std::pair{"container wait", "wait"},       std::pair{"container attach", "attach"},
    std::pair{"container logs", "logs"},       std::pair{"container rename", "rename"},
    std::pair{"image ls", "images"},           std::pair{"image list", "images"},
    std::pair{"image pull", "pull"},           std::pair{"image push", "push"},
    std::pair{"image load", "load"},           std::pair{"image save", "save"},
    std::pair{"image import", "import"},       std::pair{"image tag", "tag"},
    std::pair{"image history", "history"},     std::pair{"image rm", "rmi"},
    std::pair{"container list", "ps"},         std::pair{"container pause", "pause"},
    std::pair{"container kill", "kill"},       std::pair{"container unpause", "unpause"},
    std::pair{"container inspect", "inspect"}, std::pair{"container stats", "stats"},
    std::pair{"container top", "top"},         std::pair{"system events", "events"},
    std::pair{"system info", "info"},
};

std::string help(const Parser& parser) {
  std::string text =
      "Usage: sdcont [OPTIONS] COMMAND\n\n"
      "Runs containers without a daemon: limits by a systemd scope or cgroupfs, isolation by "
      "namespaces.\n\nCommands:\n";
  for (const Command& command : kCommands)
    text += fmt::format("  {:<16} {}\n", command.name, command.summary);
  text += "  help             Tell more of a command: sdcont help COMMAND\n\nOptions:\n";
  for (const DeclaredOption& option : parser.declared())
    text += fmt::format("  {:<42} {}\n", option.text(), option.help);
  return text;
}

std::string group_help(const std::string& group) {
  std::string text = "Usage: sdcont " + group + " COMMAND\n\nCommands:\n";
  for (const auto& [name, command] : commands_of_group(group))
    text += fmt::format("  {:<10} {}\n", name, command->summary);
  return text;
}

void run_help(const Parser& parser, const GlobalOptions& global, std::vector<std::string> rest) {
  if (rest.empty()) {
    fmt::print("{}", help(parser));
  } else if (rest.size() == 1 && is_command_group(rest[0])) {
    fmt::print("{}", group_help(rest[0]));
  } else {
    const Command& command = take_command(rest);
    run_taken(command, global, {"--help"});
  }
}

}  // namespace

/// The command that the words begin with, one or two of them; takes these away.
const Command& take_command(std::vector<std::string>& rest) {
  const size_t count = is_command_group(rest[0]) && rest.size() > 1 ? 2 : 1;
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

std::span<const Command> command_table() { return kCommands; }

std::vector<std::pair<std::string, const Command*>> commands_of_group(const std::string& group) {
  std::vector<std::pair<std::string, const Command*>> found;
  const auto add = [&](const std::string& name, std::string_view command) {
    if (!name.starts_with(group + " ")) return;
    const auto* const row = std::find_if(kCommands.begin(), kCommands.end(),
                                         [&](const Command& other) { return command == other.name; });
    found.emplace_back(name.substr(group.size() + 1), row);
  };
  for (const Command& command : kCommands) add(command.name, command.name);
  for (const auto& [alias, command] : kAliases) add(alias, command);
  return found;
}

bool is_command_group(const std::string& word) { return !commands_of_group(word).empty(); }

namespace {

/// The command line counts more. Containers' options are looked at where a container is made: a fault in them
/// must not keep others from being stopped.
void apply_config(const Parser& parser, GlobalOptions& global) {
  if (parser.is_given("--config") && !exists(global.config))
    throw Error("--config: there is no " + global.config);
  for (OptionLine& line : read_config(global.config)) {
    if (!is_global_option(line.name)) {
      global.defaults.push_back(std::move(line));
      continue;
    }
    check_config_line(line);
    if (parser.is_given("--" + line.name)) continue;
    if (line.name == "cgroup-manager") global.cgroup_manager = line.value;
    if (line.name == "root") global.paths.root = line.value;
    if (line.name == "runtime-dir") global.paths.run = line.value;
  }
}

}  // namespace

int run_taken(const Command& command, const GlobalOptions& global, const std::vector<std::string>& args) {
  if (command.run != nullptr) return command.run(global, args);
  become_helper(kImageHelper, global, command.name, args);
}

std::vector<std::string> helper_words(const char* helper, const GlobalOptions& global,
                                      const std::string& command, const std::vector<std::string>& args) {
  std::vector<std::string> words = {libexec_file(helper), global.paths.root, global.paths.run, command};
  words.insert(words.end(), args.begin(), args.end());
  return words;
}

void become_helper(const char* helper, const GlobalOptions& global, const std::string& command,
                   const std::vector<std::string>& args) {
  const auto words = helper_words(helper, global, command, args);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  throw_errno("cannot execute " + words[0]);
}

void print_warning(const std::string& text) { write_error("sdcont: warning: " + text + "\n"); }

void declare_globals(Parser& parser, GlobalOptions& global) {
  parser.choice("--cgroup-manager", global.cgroup_manager, {"auto", "systemd", "cgroupfs"},
                "who carries the limits (default: auto)");
  parser.option("--root", global.paths.root, "DIR", "containers and their layers (default: /var/lib/sdcont)");
  parser.option("--runtime-dir", global.paths.run, "DIR", "what is gone at boot (default: /run/sdcont)");
  parser.option("--config", global.config, "FILE", "defaults (default: /etc/sdcont/sdcont.conf)");
}

int run_cli(const std::vector<std::string>& args) {
  GlobalOptions global;
  bool version = false;
  bool wants_help = false;
  Parser parser("sdcont", "[OPTIONS] COMMAND [ARG...]", Options::first);
  declare_globals(parser, global);
  parser.flag("-v,--version", version, "print the version");
  parser.flag("-h,--help", wants_help, "print this; sdcont COMMAND --help tells more");
  if (!args.empty() && args[0] == kCompleteWord) return complete_line(parser, global, args);
  if (args.size() > 1 && args[0] == kManualWord)
    return manual_command(global, {args.begin() + 1, args.end()});
  const Parser::Result parsed = parser.parse(args);
  std::vector<std::string> rest = parsed.rest;
  if (parsed.help) return 0;
  if (version) {
    fmt::print("sdcont version {}\n", SDCONT_VERSION);
    return 0;
  }
  if (wants_help || (!rest.empty() && rest[0] == "help")) {
    if (!rest.empty() && rest[0] == "help") rest.erase(rest.begin());
    run_help(parser, global, rest);
    return 0;
  }
  if (rest.empty()) throw Error("no command was given").remedy("see sdcont --help");
  for (std::string* path : {&global.paths.root, &global.paths.run, &global.config}) {
    if (path->empty() || path->front() != '/')
      throw Error("--root, --runtime-dir and --config need absolute paths");
  }
  if (is_command_group(rest[0]) && (rest.size() == 1 || rest[1] == "--help")) {
    if (rest.size() == 1)
      throw Error("sdcont " + rest[0] + ": no command was given").remedy("see sdcont " + rest[0] + " --help");
    fmt::print("{}", group_help(rest[0]));
    return 0;
  }
  const Command& command = take_command(rest);
  // what is to find its faults must not fail of them
  if (command.run != config_check_command) apply_config(parser, global);
  return run_taken(command, global, rest);
}

}  // namespace sdcont
