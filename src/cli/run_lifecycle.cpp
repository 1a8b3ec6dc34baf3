#include "cli/run_lifecycle.h"

#include <algorithm>

#include "limits/quantity.h"
#include "systemd/journal.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr uint64_t kSmallestLogFile = 4096;

void check_driver(const std::string& driver, const RunOptions& options, const Restart& restart) {
  const auto known = {"journald", "json-file", "none", "passthrough"};
  if (std::find(known.begin(), known.end(), driver) == known.end()) {
    throw Error("--log-driver: '" + printable(driver) + "' is not available")
        .remedy("it can be journald, json-file, none or passthrough");
  }
  if (driver == "journald" && !has_journal()) {
    throw Error("--log-driver journald: there is no journal here (" + std::string(Journal::kSocket) + ")")
        .remedy("use --log-driver json-file");
  }
  if (driver != "passthrough") return;
  if (options.terminal) {
    throw Error("--log-driver passthrough: with -t the container has a terminal of its own")
        .remedy("leave one of them away");
  }
  if (restart.policy != Restart::Policy::no) {
    throw Error(
        "--log-driver passthrough: the caller's descriptors are for one run of the command, not for "
        "--restart")
        .remedy("leave one of them away");
  }
}

void set_option(Logging& logging, const std::string& word) {
  const auto split_at = word.find('=');
  const std::string name = word.substr(0, split_at);
  const std::string value = split_at == word.npos ? "" : word.substr(split_at + 1);
  const auto is_for = [&](const char* driver) {
    if (logging.driver == driver) return;
    throw Error("--log-opt " + printable(word) + ": this is for " + driver + ", and the log driver is " +
                logging.driver);
  };
  if (name == "max-size") {
    is_for("json-file");
    logging.max_size = value == "-1" ? kUnlimited : parse_bytes(value, "--log-opt max-size");
    if (logging.max_size < kSmallestLogFile)
      throw Error("--log-opt max-size: less than 4 KiB holds no line").remedy("ask for more");
  } else if (name == "max-file") {
    is_for("json-file");
    const auto files = parse_unsigned(value);
    if (!files || *files == 0 || *files > 1000)
      throw Error("--log-opt max-file: '" + printable(value) + "' is not a number from 1 to 1000");
    logging.max_files = *files;
  } else if (name == "tag") {
    is_for("journald");
    logging.tag = value;
  } else {
    throw Error("--log-opt: '" + printable(word) + "' is not available")
        .remedy("it can be max-size=, max-file= or tag=");
  }
}

}  // namespace

Restart parse_restart(const std::string& text) {
  if (text.empty() || text == "no") return {};
  if (text == "always" || text == "unless-stopped") return {Restart::Policy::always, 0};
  if (text == "on-failure") return {Restart::Policy::on_failure, 0};
  if (text.starts_with("on-failure:")) {
    const auto most = parse_unsigned(text.substr(text.find(':') + 1));
    if (most) return {Restart::Policy::on_failure, *most};
  }
  throw Error("--restart: '" + printable(text) + "' is not available")
      .remedy("it can be no, on-failure[:N] or always");
}

bool is_foreground(const RunOptions& options) { return options.kind == RunKind::run && !options.detach; }

Logging build_logging(const RunOptions& options, const Restart& restart) {
  Logging logging;
  logging.driver = options.log_driver;
  if (logging.driver.empty()) {
    const bool whole = attaches(options, "stdout") && attaches(options, "stderr");
    const bool plain =
        is_foreground(options) && whole && !options.terminal && restart.policy == Restart::Policy::no;
    logging.driver = plain ? "passthrough" : has_journal() ? "journald" : "json-file";
  }
  check_driver(logging.driver, options, restart);
  for (const std::string& word : options.log_options) set_option(logging, word);
  return logging;
}

}  // namespace sdcont
