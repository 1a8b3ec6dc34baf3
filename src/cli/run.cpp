#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/build_spec.h"
#include "cli/command.h"
#include "cli/dry_run.h"
#include "cli/pull_image.h"
#include "cli/summary.h"
#include "container/attach.h"
#include "container/cleanup.h"
#include "container/launch.h"
#include "spec/oci_json.h"
#include "util/error.h"
#include "util/file.h"
#include "util/output.h"

namespace sdcont {
namespace {

constexpr int kNames = 20;  // that are tried where we choose them

// A file that tells of the container: opened before anything runs, written when it does.
struct Notice {
  Fd fd;
  std::string path;
  bool made = false;  ///< it was not there before
};

// A cidfile must not be there yet (docker's rule); a pidfile that is there is written anew (podman's).
Notice open_notice(const char* flag, const std::string& path, bool may_exist) {
  if (path.empty()) return {};
  Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (fd) return {std::move(fd), path, true};
  if (errno == EEXIST && !may_exist)
    throw Error(std::string(flag) + ": " + path + " is there already").remedy("remove it, or name another");
  if (errno == EEXIST) fd.reset(open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!fd) throw_errno(std::string(flag) + ": cannot make " + path);
  return {std::move(fd), path, false};
}

// What was promised of the container and cannot be had ends it.
void write_notice(const Notice& notice, const std::string& text, const Launched& container) {
  if (!notice.fd) return;
  try {
    write_all(notice.fd.get(), text);
  } catch (const Error& error) {
    signal_process(container.init, SIGKILL);
    throw Error("cannot write " + notice.path + ", so the container was killed", error.error());
  }
}

void take_back(const Notice& notice) noexcept {
  if (notice.made) unlink(notice.path.c_str());
}

void print_summary(const std::string& format, const Record& record, const ExitRecord& exit) {
  if (format.empty()) return;
  write_error(format == "json" ? summary_json(record, exit) : summary_text(record, exit));
}

void check_summary(const std::string& format) {
  if (!format.empty() && format != "text" && format != "json") {
    throw Error("--summary: '" + format + "' is not a format")
        .remedy("it can be --summary or --summary=json");
  }
}

// A name that we chose may be taken by another launch at the same time.
Launched launch_named(const RunOptions& options, const ImageRoot& image, const StorePaths& paths,
                      ContainerSpec& spec, Store& store, const LaunchOptions& launch_options) {
  for (int attempt = 0;; ++attempt) {
    try {
      return launch(spec, store, launch_options);
    } catch (const NameInUse&) {
      if (!options.name.empty() || attempt == kNames) throw;
      spec = build_spec(options, image, paths);
    }
  }
}

// The files that tell of the container stay where its command ran, however that ended.
Launched launch_with_notices(const RunOptions& options, const ImageRoot& image, const StorePaths& paths,
                             ContainerSpec& spec, Store& store, const LaunchOptions& launch_options) {
  const Notice cidfile = open_notice("--cidfile", options.cidfile, false);
  Notice pidfile;
  try {
    pidfile = open_notice("--pidfile", options.pidfile, true);
    Launched container = launch_named(options, image, paths, spec, store, launch_options);
    write_notice(cidfile, spec.id, container);
    write_notice(pidfile, std::to_string(container.record.init.pid) + "\n", container);
    return container;
  } catch (const std::exception&) {
    take_back(cidfile);
    take_back(pidfile);
    throw;
  }
}

}  // namespace

int run_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  const auto options = parse_run_options(args);
  if (!options) return 0;
  // nothing of the caller's reaches the supervisor or the container but what --preserve-fds names
  check(close_range(3 + options->preserve_fds, ~0U, 0), "cannot close the caller's descriptors");
  check_summary(options->summary);
  const ProvidedImage provided = provide_image(*options, global);
  if (provided.status != 0) return provided.status;
  ContainerSpec spec = build_spec(*options, provided.image, global.paths);
  LaunchOptions launch_options;
  launch_options.host = detect_cgroups();
  launch_options.cgroup_manager = global.cgroup_manager;
  launch_options.limits = options->limits == "strict" ? LimitsPolicy::strict : LimitsPolicy::best_effort;
  launch_options.warn = print_warning;
  launch_options.hint = [quiet = options->quiet](const std::string& text) {
    if (!quiet) print_warning(text);
  };
  if (options->dry_run) return print_dry_run(spec, global.paths, launch_options);
  if (geteuid() != 0) throw Error("sdcont run needs root").remedy("sudo sdcont run …");
  Store store(global.paths);
  heal_launches(store, launch_options.host, launch_options.warn);
  Launched container =
      launch_with_notices(*options, provided.image, global.paths, spec, store, launch_options);
  if (provided.use)
    flock(provided.use.get(), LOCK_UN);  // from here on the record tells that its layers are used
  heal_neighbours(spec.id, store, launch_options.warn);  // the command runs meanwhile
  const ExitRecord exit = attach(container, spec, launch_options.warn);
  print_summary(options->summary, container.record, exit);
  return exit.status;
}

}  // namespace sdcont
