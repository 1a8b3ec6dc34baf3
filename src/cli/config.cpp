#include "cli/config.h"

#include <fcntl.h>

#include <algorithm>

#include "cli/run_options.h"
#include "rootfs/resolve.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

void add_lines(int dir, const std::string& name, const std::string& path, std::vector<OptionLine>& lines) {
  const Fd fd(openat(dir, name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return;
  if (!fd) throw_errno("cannot open " + path);
  for (OptionLine& line : parse_option_lines(path, read_fd(fd.get(), path))) lines.push_back(std::move(line));
}

}  // namespace

// One openat(2) where nobody has configured anything.
std::vector<OptionLine> read_config(const std::string& file) {
  std::vector<OptionLine> lines;
  const Fd dir(open(parent_path(file).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dir) return lines;
  const std::string name = file.substr(file.rfind('/') + 1);
  add_lines(dir.get(), name, file, lines);
  const Fd drop_ins(openat(dir.get(), (name + ".d").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!drop_ins) return lines;
  std::vector<std::string> names = list_directory("/proc/self/fd/" + std::to_string(drop_ins.get()));
  std::sort(names.begin(), names.end());
  for (const std::string& entry : names) {
    if (entry.ends_with(".conf")) add_lines(drop_ins.get(), entry, file + ".d/" + entry, lines);
  }
  return lines;
}

bool is_global_option(const std::string& name) {
  return name == "cgroup-manager" || name == "root" || name == "runtime-dir";
}

void check_config_line(const OptionLine& line) {
  if (is_global_option(line.name)) {
    if (line.value.empty()) throw Error(line.place() + line.name + " needs a value");
    if (line.name == "cgroup-manager" && line.value != "auto" && line.value != "systemd" &&
        line.value != "cgroupfs") {
      throw Error(line.place() + "cgroup-manager: '" + printable(line.value) + "' is not available")
          .remedy("it can be auto, systemd or cgroupfs");
    }
    if (line.name != "cgroup-manager" && line.value[0] != '/')
      throw Error(line.place() + line.name + ": '" + printable(line.value) + "' is not an absolute path");
    return;
  }
  if (is_default_option(line.name)) return;
  throw Error(line.place() + "'" + printable(line.name) + "' is not for sdcont.conf")
      .remedy(
          "it can have cgroup-manager, root, runtime-dir, slice, log-driver, log-opt, stop-timeout, ulimit, "
          "limits, "
          "and every limit of sdcont run");
}

}  // namespace sdcont
