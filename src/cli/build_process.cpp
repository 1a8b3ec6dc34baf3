#include "cli/build_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "cli/no_rootfs.h"
#include "cli/run_lifecycle.h"
#include "cli/systemd_words.h"
#include "process/capabilities.h"
#include "process/rlimits.h"
#include "spec/environment.h"
#include "spec/names.h"
#include "spec/words.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

int bounded_number(const std::string& text, const char* flag, int lowest, int highest) {
  const auto value = parse_signed(text);
  if (value && *value >= lowest && *value <= highest) return static_cast<int>(*value);
  throw Error(std::string(flag) + ": '" + printable(text) + "' is not a number from " +
              std::to_string(lowest) + " to " + std::to_string(highest));
}

std::vector<std::string> build_capabilities(const RunOptions& options) {
  const auto all = all_capabilities();
  auto names = options.privileged || options.no_rootfs ? all : default_capabilities();
  const auto parse = [](const std::vector<std::string>& words, const char* flag) {
    std::vector<std::string> parsed;
    for (const std::string& word : words) parsed.push_back(parse_capability(word, flag));
    return parsed;
  };
  const auto added = parse(options.cap_add, "--cap-add");
  const auto dropped = parse(options.cap_drop, "--cap-drop");
  const auto has = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  // docker's order: ALL first, then the single ones, so that "drop ALL, add X" and "add ALL, drop X" both
  // work
  if (has(dropped, "ALL")) names.clear();
  if (has(added, "ALL")) names = all;
  for (const std::string& name : added) {
    if (name == "ALL" || has(names, name)) continue;
    if (!has(all, name))
      throw Error("--cap-add: we do not have " + name + " ourselves, so it cannot be given");
    names.push_back(name);
  }
  std::erase_if(names, [&](const std::string& name) { return has(dropped, name); });
  return names;
}

void check_preserved(unsigned count) {
  for (unsigned fd = 3; fd < 3 + count; ++fd) {
    if (fcntl(static_cast<int>(fd), F_GETFD) < 0) {
      throw Error("--preserve-fds " + std::to_string(count) + ": descriptor " + std::to_string(fd) +
                  " is not open");
    }
  }
}

// docker's rules: a new entry point takes the image's command away, a command only itself.
std::vector<std::string> build_args(const RunOptions& options, const ImageConfig& image) {
  std::vector<std::string> args = image.entrypoint;
  if (options.entrypoint)
    args = options.entrypoint->empty() ? std::vector<std::string>() : std::vector{*options.entrypoint};
  const auto& command = options.command.empty() && !options.entrypoint ? image.cmd : options.command;
  args.insert(args.end(), command.begin(), command.end());
  if (args.empty())
    throw Error("no COMMAND was given, and the image has none of its own").remedy("name one after the image");
  if (args[0].empty()) throw Error("the COMMAND is empty");
  return args;
}

std::vector<std::string> asked_env(const RunOptions& options) {
  std::vector<std::string> asked;
  for (const std::string& file : options.env_files) read_env_file(file, asked);
  for (const std::string& word : options.env) parse_env(word, asked);
  return asked;
}

// Those of the image go over ours, and those that were asked for over all.
std::vector<std::string> build_env(const RunOptions& options, const ImageConfig& image,
                                   const std::string& hostname) {
  std::vector<std::string> env = {kDefaultPath, "HOSTNAME=" + hostname, "container=sdcont"};
  if (options.terminal) env.emplace_back("TERM=xterm");
  std::vector<std::string> of_image = image.env;
  std::erase_if(of_image, [](const std::string& entry) {
    return entry.find('=') == std::string::npos || entry[0] == '=';
  });
  set_env(env, of_image);
  set_env(env, asked_env(options));
  return env;
}

std::string build_workdir(const RunOptions& options, const ImageConfig& image) {
  if (options.workdir.empty()) {
    if (image.working_dir.empty()) return "/";
    return image.working_dir[0] == '/' ? image.working_dir : "/" + image.working_dir;
  }
  if (options.workdir[0] != '/') {
    throw Error("--workdir: '" + printable(options.workdir) + "' is not an absolute path");
  }
  return options.workdir;
}

}  // namespace

Process build_process(const RunOptions& options, const ImageConfig& image, const std::string& hostname,
                      const std::string& id) {
  Process process;
  process.terminal = options.terminal;
  process.stdin_open = options.interactive;
  process.stdin_once = options.interactive && !options.detach;
  if (options.terminal && options.interactive && is_foreground(options) && isatty(STDIN_FILENO) == 0) {
    throw Error("-i and -t: the standard input is not a terminal").remedy("leave -t away");
  }
  process.args = build_args(options, image);
  process.env = build_env(options, image, hostname);
  process.cwd = build_workdir(options, image);
  process.user = user_words(options, image.user);
  process.capabilities = build_capabilities(options);
  for (const std::string& word : options.ulimits) process.rlimits.push_back(parse_rlimit(word));
  for (const std::string& word : options.security) {
    const std::string name = word.substr(0, word.find_first_of("=:"));
    const std::string value = name.size() == word.size() ? "true" : word.substr(name.size() + 1);
    if (name != "no-new-privileges" || (value != "true" && value != "false")) {
      throw Error("--security-opt: '" + printable(word) + "' is not available")
          .remedy("it can be no-new-privileges[=true|false]");
    }
    process.no_new_privileges = value == "true";
  }
  if (!options.oom_score_adj.empty()) {
    process.oom_score_adj = bounded_number(options.oom_score_adj, "--oom-score-adj", -1000, 1000);
  }
  if (options.systemd == "always") set_env(process.env, {"container_uuid=" + container_uuid(id)});
  if (options.no_rootfs) inherit_from_caller(options, asked_env(options), process);
  if (!options.nice.empty()) process.nice = bounded_number(options.nice, "--nice", -20, 19);
  check_preserved(static_cast<unsigned>(options.preserve_fds));
  process.preserve_fds = static_cast<int>(options.preserve_fds);
  return process;
}

ImageConfig build_config(const RunOptions& options, const ContainerSpec& spec, ImageConfig config) {
  if (options.entrypoint) {
    config.entrypoint =
        options.entrypoint->empty() ? std::vector<std::string>() : std::vector{*options.entrypoint};
    config.cmd.clear();
  }
  if (!options.command.empty()) config.cmd = options.command;
  std::erase_if(config.env, [](const std::string& entry) { return entry.find('=') == std::string::npos; });
  set_env(config.env, asked_env(options));
  config.user = user_words(options, config.user);
  if (!options.workdir.empty()) config.working_dir = options.workdir;
  if (!options.stop_signal.empty()) config.stop_signal = options.stop_signal;
  config.labels = spec.labels;
  return config;
}

}  // namespace sdcont
