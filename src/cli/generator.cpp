#include "cli/generator.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "cli/build_spec.h"
#include "cli/run_options.h"
#include "quadlet/translate.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/output.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kUnitDirectory = "/etc/sdcont/systemd";
constexpr const char* kProgram = "sdcont";  // systemd looks for it in its own PATH

// At boot nobody else listens: the journal takes it over from the kernel. <27> is an error of a daemon.
void complain(const std::string& text, bool to_kernel) {
  write_error("sdcont-generator: " + text + "\n");
  if (!to_kernel) return;
  const Fd kernel(open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY));
  const std::string line = "<27>sdcont-generator: " + printable(text) + "\n";
  if (kernel && write(kernel.get(), line.data(), line.size()) < 0) return;  // there is nobody else to tell
}

std::vector<std::string> unit_directories() {
  const char* const own = getenv("SDCONT_UNIT_DIRS");
  return split(own == nullptr || *own == '\0' ? kUnitDirectory : own, ':');
}

UnitFile read_unit(const std::string& path) {
  constexpr size_t kMostBytes = 1 << 20;
  UnitFile file;
  file.read(path, read_file(path, kMostBytes));
  std::vector<std::string> drop_ins = list_directory(path + ".d");
  std::sort(drop_ins.begin(), drop_ins.end());
  for (const std::string& name : drop_ins) {
    if (name.ends_with(".conf")) file.read(path + ".d/" + name, read_file(path + ".d/" + name, kMostBytes));
  }
  return file;
}

// What systemd puts in, or what need not be there before the container starts, cannot be looked at now.
bool can_be_checked(const QuadletOption& option) {
  return option.value.find('%') == std::string::npos && option.name != "env-file" && option.name != "cgroups";
}

// The options are those of sdcont run, so their own rules are asked; a fault is told with the line of the
// key.
void check_options(const QuadletService& service) {
  std::vector<std::string> args;
  std::vector<OptionLine> lines;
  for (const QuadletOption& option : service.options) {
    const OptionLine line{option.from.path, option.from.line, option.name, option.value, !option.is_switch};
    lines.push_back(line);
    try {
      check_run_option(line);
    } catch (const Error& error) {
      throw Error(place_of(option.from) + option.from.key + "= cannot be had: " + error.what());
    }
    if (can_be_checked(option)) args.push_back(option.word());
  }
  args.insert(args.end(), {"host", "true"});
  try {
    const auto options = parse_run_options(RunKind::run, args);
    ImageRoot image;
    if (options) static_cast<void>(build_spec(*options, image, {}));
  } catch (const Error& error) {
    const Error placed = with_place(error, lines);
    const bool ours = placed.failure().doing != error.failure().doing;
    if (ours) throw placed;
    const auto raw = std::find_if(service.options.begin(), service.options.end(),
                                  [](const QuadletOption& option) { return option.name.empty(); });
    if (raw != service.options.end() &&
        error.failure().doing.find("is not an option of") != std::string::npos)
      throw Error(place_of(raw->from) + raw->from.key + "= cannot be had: " + error.what());
    // else it is about this machine as it is now, and is told when the container is started
  }
}

void make_link(const std::string& directory, const std::string& link, const std::string& service) {
  const std::string path = directory + "/" + link;
  make_directories(parent_path(path), 0755);
  const std::string target = (link.find('/') == std::string::npos ? "" : "../") + service;
  if (symlink(target.c_str(), path.c_str()) != 0 && errno != EEXIST)
    throw_errno("cannot make the link " + path);
}

// The instance of a template is a link to it: "a@b.service" → "a@.service".
std::string unit_of(const std::string& name) {
  const size_t at = name.find('@');
  const bool instance = at != std::string::npos && name.compare(at, 2, "@.") != 0;
  return instance ? name.substr(0, at + 1) + ".service" : name;
}

void write_service(const QuadletService& service, const std::string& directory) {
  const std::string path = directory + "/" + service.name;
  const Fd file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  write_all(file.get(), service.text);
  for (const std::string& link : service.links) make_link(directory, link, unit_of(service.name));
}

struct Outcome {
  bool failed = false;
  bool dry_run = false;
  std::string directory;
};

void generate(const std::string& path, Outcome& outcome) {
  try {
    if (!path.ends_with(".container")) throw Error(path + ": only .container files are understood");
    const QuadletService service = translate_container(path, read_unit(path), kProgram);
    check_options(service);
    if (outcome.dry_run) {
      fmt::print("---{}---\n{}\n", service.name, service.text);
    } else {
      write_service(service, outcome.directory);
    }
  } catch (const Error& error) {
    complain(error.what(), !outcome.dry_run);
    outcome.failed = true;
  }
}

}  // namespace

int run_generator(const std::vector<std::string>& args) {
  Outcome outcome;
  for (const std::string& word : args) {
    if (word == "--dryrun" || word == "-dryrun") {
      outcome.dry_run = true;
    } else if (outcome.directory.empty()) {
      outcome.directory = word;
    }
  }
  if (!outcome.dry_run && outcome.directory.empty())
    throw Error("sdcont-generator: where to?")
        .remedy("systemd names three directories; --dryrun prints the units");
  for (const std::string& directory : unit_directories()) {
    std::vector<std::string> names = list_directory(directory);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      struct stat st {};
      const std::string path = directory + "/" + name;
      if (stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode)) generate(path, outcome);
    }
  }
  return outcome.failed ? 1 : 0;
}

}  // namespace sdcont
