#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/build_spec.h"
#include "cli/command.h"
#include "cli/dry_run.h"
#include "cli/launching.h"
#include "cli/pull_image.h"
#include "cli/summary.h"
#include "container/attach.h"
#include "container/cleanup.h"
#include "container/launch.h"
#include "container/remove.h"
#include "container/state.h"
#include "spec/oci_json.h"
#include "util/command_line.h"
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

void check_summary(const RunOptions& options) {
  const std::string& format = options.summary;
  if (!format.empty() && options.detach) {
    throw Error("--summary: with -d nobody is there to read it")
        .remedy("see sdcont why NAME, once it has ended");
  }
  if (!format.empty() && format != "text" && format != "json") {
    throw Error("--summary: '" + format + "' is not a format")
        .remedy("it can be --summary or --summary=json");
  }
}

// A name that we chose may be taken by another launch at the same time.
template <typename F>
auto with_name(const RunOptions& options, const ImageRoot& image, const GlobalOptions& global,
               ContainerSpec& spec, F make) {
  for (int attempt = 0;; ++attempt) {
    try {
      return make();
    } catch (const NameInUse&) {
      if (!options.name.empty() || attempt == kNames) throw;
      spec = build_spec(options, image, global);
    }
  }
}

// Our command line is for everybody to read, as is the supervisor's.
void hide_credentials(const RunOptions& options) {
  cover_in_command_line(options.set_credentials, [](const std::string& word) { return word.find(':') + 1; });
}

const std::vector<OptionLine>& checked_defaults(const GlobalOptions& global) {
  for (const OptionLine& line : global.defaults) check_config_line(line);
  return global.defaults;
}

// --replace: whoever has the name goes first.
void remove_namesake(const RunOptions& options, Store& store) {
  if (!options.replace) return;
  if (options.name.empty())
    throw Error("--replace needs --name").remedy("say which container is to be replaced");
  const std::string id = read_link(store.paths().root + "/names/" + options.name);
  const auto record = id.empty() ? std::nullopt : heal_container(id, store);
  if (!record) return;
  const auto volumes = record->remove ? AnonymousVolumes::remove : AnonymousVolumes::keep;
  remove_container(*record, RemoveMode::kill, volumes, store);
}

// The files that tell of the container stay where its command ran, however that ended.
Launched launch_with_notices(const RunOptions& options, const ImageRoot& image, const GlobalOptions& global,
                             ContainerSpec& spec, Store& store, const LaunchOptions& launch_options) {
  const Notice cidfile = open_notice("--cidfile", options.cidfile, false);
  Notice pidfile;
  try {
    pidfile = open_notice("--pidfile", options.pidfile, true);
    Launched container =
        with_name(options, image, global, spec, [&] { return launch(spec, store, launch_options); });
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
  const auto options = parse_run_options(RunKind::run, args, checked_defaults(global));
  if (!options) return 0;
  hide_credentials(*options);
  const Activation activation = take_activation();
  close_callers_descriptors(std::max(static_cast<unsigned>(options->preserve_fds), activation.listen_fds));
  check_summary(*options);
  const std::string detach_keys = detach_keys_of(options->detach_keys);
  const ProvidedImage provided = provide_image(*options, global);
  if (provided.status != 0) return provided.status;
  ContainerSpec spec = build_spec(*options, provided.image, global);
  LaunchOptions launch_options = make_launch_options(options->quiet);
  launch_options.activation = activation;
  launch_options.credentials = given_credentials(*options);
  launch_options.detached = options->detach;
  if (options->dry_run) return print_dry_run(spec, global.paths, launch_options);
  require_root("run");
  Store store(global.paths);
  heal_launches(store, launch_options.host, launch_options.warn);
  remove_namesake(*options, store);
  const Launched container =
      launch_with_notices(*options, provided.image, global, spec, store, launch_options);
  if (provided.use)
    flock(provided.use.get(), LOCK_UN);  // from here on the record tells that its layers are used
  if (options->detach) {
    tell_supervisor(container.supervisor, Message::detach);
    fmt::print("{}\n", spec.id);
    fflush(stdout);
  }
  heal_neighbours(spec.id, store, launch_options.warn);  // the command runs meanwhile
  if (options->detach) return 0;
  const bool shows = attaches(*options, "stdout") || attaches(*options, "stderr");
  if (!shows) {  // docker's: it goes on by itself once all is typed
    fmt::print("{}\n", spec.id);
    fflush(stdout);
  }
  const auto exit = attach(container.supervisor, container.record, store,
                           {.terminal = spec.process.terminal,
                            .input = spec.process.stdin_open && spec.logging.driver != "passthrough",
                            .output = attaches(*options, "stdout"),
                            .error_output = attaches(*options, "stderr"),
                            .pass_signals = options->sig_proxy == "true",
                            .started_here = true,
                            .detach_keys = spec.process.terminal ? detach_keys : "",
                            .warn = launch_options.warn});
  if (!exit) return 0;
  print_summary(options->summary, container.record, *exit);
  return exit->status;
}

int create_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  const auto options = parse_run_options(RunKind::create, args, checked_defaults(global));
  if (!options) return 0;
  hide_credentials(*options);
  const ProvidedImage provided = provide_image(*options, global);
  if (provided.status != 0) return provided.status;
  ContainerSpec spec = build_spec(*options, provided.image, global);
  LaunchOptions launch_options = make_launch_options(options->quiet);
  launch_options.credentials = given_credentials(*options);
  require_root("create");
  Store store(global.paths);
  heal_launches(store, launch_options.host, launch_options.warn);
  remove_namesake(*options, store);
  const Notice cidfile = open_notice("--cidfile", options->cidfile, false);
  try {
    with_name(*options, provided.image, global, spec, [&] { create(spec, store, launch_options); });
    if (cidfile.fd) write_all(cidfile.fd.get(), spec.id);
  } catch (const std::exception&) {
    take_back(cidfile);
    throw;
  }
  fmt::print("{}\n", spec.id);
  return 0;
}

}  // namespace sdcont
