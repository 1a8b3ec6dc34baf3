#include "cli/systemd_inside.h"

#include <algorithm>
#include <array>

#include "cli/systemd_words.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kInit = "/sbin/init";
constexpr const char* kHalt = "SIGRTMIN+3";  // systemd(1): starts halt.target
constexpr const char* kPatience = "90s";     // systemd's own for each of its units
constexpr std::array kWords = {"true", "false", "always"};

bool is_word(const std::string& word) {
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

// podman's list.
bool is_init(const std::string& command) {
  return command == kInit || command == "/usr/sbin/init" || command == "/usr/local/sbin/init" ||
         command.substr(command.rfind('/') + 1) == "systemd";
}

// The first word of what is run, as build_args() has it.
std::string first_word(const RunOptions& options, const ImageConfig& image) {
  if (options.entrypoint && !options.entrypoint->empty()) return *options.entrypoint;
  if (!options.entrypoint && !image.entrypoint.empty()) return image.entrypoint.front();
  if (!options.command.empty()) return options.command.front();
  return options.entrypoint || image.cmd.empty() ? "" : image.cmd.front();
}

void check_inside(const RunOptions& options, const ImageConfig& image) {
  if (options.init)
    throw Error("--systemd and --init: a systemd is PID 1 itself").remedy("leave one of them away");
  if (options.pid == "host")
    throw Error("--systemd and --pid host: a systemd is PID 1, which the host has already")
        .remedy("leave one of them away");
  const std::string user = user_words(options, image.user);
  const std::string name = user.substr(0, user.find(':'));
  if (!name.empty() && name != "0" && name != "root")
    throw Error("--systemd: the command is run as " + printable(user) + ", and a systemd is root's")
        .remedy("add -u root, or --systemd=false");
}

}  // namespace

void declare_systemd_inside(Parser& parser, RunOptions& options) {
  parser.flag("--systemd", options.systemd, "true", "true|false|always",
              "what a systemd as the command needs (default: true, where the command is one)");
  parser.flag("--register", options.register_machine,
              "make it known to systemd-machined (machinectl, journalctl -M)");
}

RunOptions settle_systemd_inside(const RunOptions& asked, const ImageConfig& image) {
  RunOptions options = asked;
  const std::string word = options.systemd.empty() ? "true" : options.systemd;
  if (!is_word(word))
    throw Error("--systemd: '" + printable(word) + "' is not available; it can be true, false or always");
  std::string first = first_word(options, image);
  if (first.empty() && !options.systemd.empty() && word != "false") {
    options.command = {kInit};
    first = kInit;
  }
  const bool inside = !options.no_rootfs && (word == "always" || (word == "true" && is_init(first)));
  options.systemd = inside ? "always" : "false";
  if (!inside) return options;
  check_inside(options, image);
  // its console; but pipes for who types into one
  if (!options.interactive && options.log_driver != "passthrough") options.terminal = true;
  if (options.stop_signal.empty() && image.stop_signal.empty()) options.stop_signal = kHalt;
  if (options.stop_timeout.empty()) options.stop_timeout = kPatience;
  return options;
}

}  // namespace sdcont
