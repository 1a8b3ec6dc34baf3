#include <fmt/core.h>

#include "cli/command.h"
#include "cli/config.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "quadlet/unit_file.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr uint64_t kUsecPerSecond = 1'000'000;

// A word of ExecStart=, in which systemd is to put nothing in the place of anything.
std::string literal_word(const std::string& word) {
  std::string text;
  for (const char c : word) text += c == '%' ? "%%" : std::string(1, c);
  return exec_word(text);
}

std::string program_words(const GlobalOptions& global) {
  const GlobalOptions defaults;
  std::string words = literal_word(read_link("/proc/self/exe"));
  if (global.config != kConfigFile) words += " --config " + literal_word(global.config);
  if (global.paths.root != defaults.paths.root) words += " --root " + literal_word(global.paths.root);
  if (global.paths.run != defaults.paths.run) words += " --runtime-dir " + literal_word(global.paths.run);
  return words;
}

// Longer than the container's own grace, so that it is the container's supervisor who ends it.
std::string stop_timeout(uint64_t grace_usec) {
  constexpr uint64_t kMargin = 10;
  return grace_usec == kUnlimited ? "infinity" : std::to_string(grace_usec / kUsecPerSecond + kMargin);
}

std::string unit_text(const Record& record, const ContainerSpec& spec, const GlobalOptions& global,
                      const std::string& notify) {
  const std::string program = program_words(global);
  const std::string name = literal_word(record.name);
  std::string text = "# Made by sdcont generate unit " + record.name + "\n[Unit]\n";
  text += "Description=Container " + record.name + "\nDocumentation=man:sdcont(1)\n";
  text += "Wants=network-online.target\nAfter=network-online.target\n";
  text += "RequiresMountsFor=" + literal_word(global.paths.root) + "\n\n[Service]\nType=notify\n";
  if (spec.split) text += "Delegate=yes\n";
  text += "ExecStart=" + program + " start --attach --sdnotify " + notify + " " + name + "\n";
  text += "ExecStop=" + program + " stop " + name + "\nKillMode=mixed\n";
  text += "TimeoutStopSec=" + stop_timeout(spec.stop.grace_usec) + "\n";
  // a command that does not mind its stop signal ends by SIGTERM, which is 143 as a status
  text += "SuccessExitStatus=" + std::to_string(128 + spec.stop.signal) + "\n";
  if (spec.restart.policy == Restart::Policy::no) {
    text += "Restart=on-failure\n";
  } else {
    text += "# --restart: sdcont itself runs the command again\nRestart=no\n";
  }
  if (spec.logging.driver != "passthrough") {
    text += "# what it writes is kept by its own log driver: " + spec.logging.driver +
            "\nStandardOutput=null\nStandardError=null\n";
  }
  return text + "\n[Install]\nWantedBy=multi-user.target\n";
}

}  // namespace

int generate_unit_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string notify = "conmon";
  Parser parser("sdcont generate unit", "[OPTIONS] CONTAINER");
  parser.choice("--sdnotify", notify, {"container", "conmon"},
                "who says that it is ready (default: conmon, once its command runs)");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1)
    throw Error("sdcont generate unit takes one CONTAINER").remedy("see sdcont ps -a");
  Store store(global.paths);
  const Record record = store.find(parsed.rest[0]);
  if (record.remove) {
    throw Error("container " + record.name +
                " is removed when it ends (--rm), so no unit could start it again")
        .remedy("describe it in /etc/sdcont/" + record.name + ".conf, and systemctl start sdcont@" +
                record.name);
  }
  fmt::print("{}", unit_text(record, store.load_spec(record.id), global, notify));
  return 0;
}

}  // namespace sdcont
