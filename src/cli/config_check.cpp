#include <fmt/core.h>

#include "cli/build_spec.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/parser.h"
#include "cli/run_options.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/output.h"

namespace sdcont {
namespace {

class Check {
 public:
  explicit Check(const GlobalOptions& global) : global_(global) {}

  void config(const std::string& file) {
    run(file, [&] {
      const auto lines = read_config(file);
      std::vector<OptionLine> defaults;
      for (const OptionLine& line : lines) {
        note([&] { check_config_line(line); });
        if (!is_global_option(line.name)) defaults.push_back(line);
      }
      if (complaints_ == 0) build({"host", "true"}, defaults);
    });
  }

  // The file of one container: as sdcont@NAME.service runs it, but for the image, which need not be here yet.
  void container(const std::string& file) {
    run(file, [&] {
      try {
        build({"--option-file=" + file}, {});
      } catch (const Error& error) {
        if (std::string(error.what()).find(file) != std::string::npos) throw;
        throw Error(file + ": " + error.what());
      }
    });
  }

  [[nodiscard]] bool failed() const { return failed_; }

 private:
  template <typename F>
  void note(F body) {
    try {
      body();
    } catch (const Error& error) {
      write_error(std::string("sdcont: ") + error.what() + "\n");
      ++complaints_;
      failed_ = true;
    }
  }

  template <typename F>
  void run(const std::string& file, F body) {
    complaints_ = 0;
    note(body);
    if (complaints_ == 0) fmt::print("{}: well\n", file);
  }

  void build(const std::vector<std::string>& words, const std::vector<OptionLine>& defaults) {
    const auto options = parse_run_options(RunKind::run, words, defaults);
    if (!options) return;
    ImageRoot image;
    image.config.cmd = {"true"};
    static_cast<void>(build_spec(*options, image, global_));
  }

  const GlobalOptions& global_;
  int complaints_ = 0;
  bool failed_ = false;
};

}  // namespace

int config_check_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  Parser parser("sdcont config check", "[FILE...]");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  Check check(global);
  if (parsed.rest.empty()) {
    const std::string directory = parent_path(global.config);
    check.config(global.config);
    for (const std::string& name : list_directory(directory)) {
      const std::string path = directory + "/" + name;
      if (path != global.config && name.ends_with(".conf")) check.container(path);
    }
  }
  for (const std::string& file : parsed.rest) {
    const bool defaults = file.ends_with("/sdcont.conf") || file == "sdcont.conf";
    if (!exists(file)) throw Error("there is no file " + file);
    defaults ? check.config(file.find('/') == file.npos ? "./" + file : file) : check.container(file);
  }
  return check.failed() ? kExitOwnFailure : 0;
}

}  // namespace sdcont
