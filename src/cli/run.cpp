#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/build_spec.h"
#include "cli/command.h"
#include "cli/dry_run.h"
#include "cli/summary.h"
#include "container/attach.h"
#include "container/cleanup.h"
#include "container/launch.h"
#include "spec/oci_json.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

constexpr int kNames = 20;  // that are tried where we choose them

// docker's rule: the file must not be there yet
Fd create_cidfile(const std::string& path) {
  if (path.empty()) return {};
  Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd && errno == EEXIST)
    throw Error("--cidfile: " + path + " is there already").remedy("remove it, or name another");
  if (!fd) throw_errno("--cidfile: cannot make " + path);
  return fd;
}

void write_pidfile(const std::string& path, pid_t pid) {
  if (path.empty()) return;
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  write_all(fd.get(), std::to_string(pid) + "\n");
}

void print_summary(const std::string& format, const Record& record, const ExitRecord& exit) {
  if (format.empty()) return;
  fmt::print(stderr, "{}", format == "json" ? summary_json(record, exit) : summary_text(record, exit));
}

void check_summary(const std::string& format) {
  if (!format.empty() && format != "text" && format != "json") {
    throw Error("--summary: '" + format + "' is not a format")
        .remedy("it can be --summary or --summary=json");
  }
}

// A name that we chose may be taken by another launch at the same time.
Launched launch_named(const RunOptions& options, const StorePaths& paths, ContainerSpec& spec, Store& store,
                      const LaunchOptions& launch_options) {
  for (int attempt = 0;; ++attempt) {
    try {
      return launch(spec, store, launch_options);
    } catch (const NameInUse&) {
      if (!options.name.empty() || attempt == kNames) throw;
      spec = build_spec(options, paths);
    }
  }
}

}  // namespace

int run_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  const auto options = parse_run_options(args);
  if (!options) return 0;
  // nothing of the caller's reaches the supervisor or the container but what --preserve-fds names
  check(close_range(3 + options->preserve_fds, ~0U, 0), "cannot close the caller's descriptors");
  check_summary(options->summary);
  ContainerSpec spec = build_spec(*options, global.paths);
  LaunchOptions launch_options;
  launch_options.host = detect_cgroups();
  launch_options.cgroup_manager = global.cgroup_manager;
  launch_options.limits = options->limits == "strict" ? LimitsPolicy::strict : LimitsPolicy::best_effort;
  launch_options.warn = [quiet = options->quiet](const std::string& text) {
    if (!quiet) print_warning(text);
  };
  if (options->dry_run) return print_dry_run(spec, launch_options);
  if (geteuid() != 0) throw Error("sdcont run needs root").remedy("sudo sdcont run …");
  Store store(global.paths);
  heal_launches(store, launch_options.host, launch_options.warn);
  const Fd cidfile = create_cidfile(options->cidfile);
  ExitRecord exit;
  Record record;
  try {
    Launched container = launch_named(*options, global.paths, spec, store, launch_options);
    if (cidfile) write_all(cidfile.get(), spec.id);
    write_pidfile(options->pidfile, container.record.init.pid);
    exit = attach(container, spec, launch_options.warn);
    record = std::move(container.record);
  } catch (const Error&) {
    if (cidfile) unlink(options->cidfile.c_str());
    throw;
  }
  print_summary(options->summary, record, exit);
  return exit.status;
}

}  // namespace sdcont
