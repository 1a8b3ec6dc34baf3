#include "quadlet/translate.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kContainer = "Container";

/// How a key becomes an option.
enum class Kind {
  last,     ///< the last value
  each,     ///< one for each line
  words,    ///< one for each word of each line
  flag,     ///< a switch, where it is true
  file,     ///< one for each line, a path that may be relative to the unit
  special,  ///< below
  refused,  ///< what we have not: `option` says why
};

struct Key {
  std::string_view name;
  Kind kind;
  const char* option;
};

// Keys whose option sdcont does not know are refused by who knows the options, with file and line.
constexpr Key kKeys[] = {
    {"AddCapability", Kind::words, "cap-add"},
    {"AddDevice", Kind::special, "device"},
    {"AddHost", Kind::each, "add-host"},
    {"Annotation", Kind::words, "annotation"},
    {"AutoUpdate", Kind::refused, "nothing here updates images by itself"},
    {"CgroupsMode", Kind::special, "cgroups"},
    {"ContainerName", Kind::special, "name"},
    {"ContainersConfModule", Kind::refused, "containers.conf is podman's; see sdcont.conf(5)"},
    {"DNS", Kind::each, "dns"},
    {"DNSOption", Kind::each, "dns-option"},
    {"DNSSearch", Kind::each, "dns-search"},
    {"DropCapability", Kind::words, "cap-drop"},
    {"Entrypoint", Kind::last, "entrypoint"},
    {"Environment", Kind::words, "env"},
    {"EnvironmentFile", Kind::file, "env-file"},
    {"EnvironmentHost", Kind::flag, "env-host"},
    {"Exec", Kind::special, ""},
    {"ExposeHostPort", Kind::each, "expose"},
    {"GIDMap", Kind::each, "gidmap"},
    {"GlobalArgs", Kind::refused,
     "they are podman's; what is said before sdcont's command is in sdcont.conf(5)"},
    {"Group", Kind::special, ""},
    {"GroupAdd", Kind::each, "group-add"},
    {"HealthCmd", Kind::last, "health-cmd"},
    {"HealthInterval", Kind::last, "health-interval"},
    {"HealthLogDestination", Kind::last, "health-log-destination"},
    {"HealthMaxLogCount", Kind::last, "health-max-log-count"},
    {"HealthMaxLogSize", Kind::last, "health-max-log-size"},
    {"HealthOnFailure", Kind::last, "health-on-failure"},
    {"HealthRetries", Kind::last, "health-retries"},
    {"HealthStartPeriod", Kind::last, "health-start-period"},
    {"HealthStartupCmd", Kind::last, "health-startup-cmd"},
    {"HealthStartupInterval", Kind::last, "health-startup-interval"},
    {"HealthStartupRetries", Kind::last, "health-startup-retries"},
    {"HealthStartupSuccess", Kind::last, "health-startup-success"},
    {"HealthStartupTimeout", Kind::last, "health-startup-timeout"},
    {"HealthTimeout", Kind::last, "health-timeout"},
    {"HostName", Kind::last, "hostname"},
    {"Image", Kind::special, ""},
    {"IP", Kind::last, "ip"},
    {"IP6", Kind::last, "ip6"},
    {"Label", Kind::words, "label"},
    {"LogDriver", Kind::last, "log-driver"},
    {"LogOpt", Kind::each, "log-opt"},
    {"Mask", Kind::special, "mask"},
    {"Memory", Kind::last, "memory"},
    {"Mount", Kind::each, "mount"},
    {"Network", Kind::each, "network"},
    {"NetworkAlias", Kind::each, "network-alias"},
    {"NoNewPrivileges", Kind::special, ""},
    {"Notify", Kind::special, ""},
    {"PidsLimit", Kind::last, "pids-limit"},
    {"Pod", Kind::refused, "there are no pods"},
    {"PodmanArgs", Kind::special, ""},
    {"PublishPort", Kind::each, "publish"},
    {"Pull", Kind::last, "pull"},
    {"ReadOnly", Kind::flag, "read-only"},
    {"ReadOnlyTmpfs", Kind::special, ""},
    {"ReloadCmd", Kind::special, ""},
    {"ReloadSignal", Kind::special, ""},
    {"Retry", Kind::last, "retry"},
    {"RetryDelay", Kind::last, "retry-delay"},
    {"Rootfs", Kind::special, ""},
    {"RunInit", Kind::flag, "init"},
    {"SeccompProfile", Kind::special, "seccomp"},
    {"Secret", Kind::each, "secret"},
    {"SecurityLabelDisable", Kind::refused, "no security label is ever set"},
    {"SecurityLabelFileType", Kind::refused, "no security label is ever set"},
    {"SecurityLabelLevel", Kind::refused, "no security label is ever set"},
    {"SecurityLabelNested", Kind::refused, "no security label is ever set"},
    {"SecurityLabelType", Kind::refused, "no security label is ever set"},
    {"ShmSize", Kind::last, "shm-size"},
    {"StartWithPod", Kind::refused, "there are no pods"},
    {"StopSignal", Kind::last, "stop-signal"},
    {"StopTimeout", Kind::last, "stop-timeout"},
    {"SubGIDMap", Kind::last, "subgidname"},
    {"SubUIDMap", Kind::last, "subuidname"},
    {"Sysctl", Kind::words, "sysctl"},
    {"Timezone", Kind::last, "tz"},
    {"Tmpfs", Kind::each, "tmpfs"},
    {"UIDMap", Kind::each, "uidmap"},
    {"Ulimit", Kind::each, "ulimit"},
    {"Unmask", Kind::special, "unmask"},
    {"User", Kind::special, ""},
    {"UserNS", Kind::last, "userns"},
    {"Volume", Kind::special, "volume"},
    {"WorkingDir", Kind::last, "workdir"},
};

bool is_true(const UnitLine& line) {
  const std::string word = lower(line.value);
  for (const char* yes : {"yes", "true", "on", "1", "y", "t"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"no", "false", "off", "0", "n", "f"}) {
    if (word == no) return false;
  }
  throw Error(place_of(line) + line.key + "=" + printable(line.value) + " is neither yes nor no");
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

class Keys {
 public:
  Keys(const std::string& path, const UnitFile& file) : path_(path), file_(file) {}

  std::vector<QuadletOption> options() {
    check_keys();
    for (const Key& key : kKeys) add(key);
    add_defaults();
    return std::move(options_);
  }

 private:
  void check_keys() const {
    const UnitSection* const section = file_.find(kContainer);
    if (section == nullptr) throw Error(path_ + ": there is no [Container] section");
    std::vector<std::string> names;
    for (const Key& key : kKeys) names.emplace_back(key.name);
    for (const UnitLine& line : section->lines) {
      const auto* known = std::find_if(std::begin(kKeys), std::end(kKeys),
                                       [&](const Key& key) { return key.name == line.key; });
      const std::string hint = nearest(line.key, names);
      if (known == std::end(kKeys)) {
        throw Error(place_of(line) + "'" + printable(line.key) + "' is not a key of [Container]")
            .remedy(hint.empty() ? "" : "did you mean " + hint + "?");
      }
      if (known->kind == Kind::refused && !line.value.empty())
        throw Error(place_of(line) + line.key + "= cannot be had: " + known->option);
    }
  }

  void put(const UnitLine& from, const std::string& name, const std::string& value) {
    options_.push_back({from, name, value, false});
  }

  void add(const Key& key) {
    const auto lines = file_.lines(kContainer, std::string(key.name));
    if (lines.empty() && key.kind != Kind::special) return;
    switch (key.kind) {
      case Kind::last:
        return put(lines.back(), key.option, lines.back().value);
      case Kind::each:
        for (const UnitLine& line : lines) put(line, key.option, line.value);
        return;
      case Kind::words:
        for (const UnitLine& line : lines) add_words(line, key.option);
        return;
      case Kind::file:
        for (const UnitLine& line : lines) put(line, key.option, absolute(line.value));
        return;
      case Kind::flag:
        if (is_true(lines.back())) options_.push_back({lines.back(), key.option, "", true});
        return;
      case Kind::special:
        for (const UnitLine& line : lines) add_special(key, line);
        return;
      case Kind::refused:
        return;
    }
  }

  void add_words(const UnitLine& line, const std::string& option) {
    for (const std::string& word : words_of(line)) put(line, option, word);
  }

  static std::vector<std::string> words_of(const UnitLine& line) {
    try {
      return split_quoted(line.value);
    } catch (const Error& error) {
      throw Error(place_of(line) + line.key + "=: " + error.what());
    }
  }

  // A specifier is systemd's to resolve, so what begins with one is taken as it is.
  std::string absolute(const std::string& value) const {
    if (value.starts_with('/') || value.starts_with('%')) return value;
    return directory_of(path_) + "/" + (value.starts_with("./") ? value.substr(2) : value);
  }

  void add_special(const Key& key, const UnitLine& line) {
    if (key.name == "AddDevice") {
      const bool optional = line.value.starts_with('-');
      const std::string device = line.value.substr(optional ? 1 : 0);
      if (!optional || exists(device.substr(0, device.find(':')))) put(line, "device", device);
    } else if (key.name == "Volume") {
      add_volume(line);
    } else if (key.name == "Mask" || key.name == "Unmask" || key.name == "SeccompProfile") {
      put(line, "security-opt", std::string(key.option) + "=" + line.value);
    } else if (key.name == "NoNewPrivileges") {
      if (is_true(line)) put(line, "security-opt", "no-new-privileges");
    } else if (key.name == "PodmanArgs") {
      for (const std::string& word : words_of(line)) options_.push_back({line, "", word, false});
    } else if (key.name == "Image" && is_other_unit(line.value)) {
      throw Error(place_of(line) + "Image=" + printable(line.value) +
                  " cannot be had: only .container files are understood");
    }
  }

  static bool is_other_unit(const std::string& value) {
    constexpr std::array kOthers = {".image", ".build", ".volume", ".network", ".pod", ".kube"};
    return std::any_of(kOthers.begin(), kOthers.end(), [&](const char* end) { return value.ends_with(end); });
  }

  void add_volume(const UnitLine& line) {
    const std::string source = line.value.substr(0, line.value.find(':'));
    if (is_other_unit(source))
      throw Error(place_of(line) + "Volume=" + printable(line.value) +
                  " cannot be had: only .container files are understood");
    put(line, "volume",
        source.starts_with('.') ? absolute(source) + line.value.substr(source.size()) : line.value);
  }

  void add_defaults() {
    const auto last_line = [&](const char* key) -> UnitLine {
      const auto lines = file_.lines(kContainer, key);
      return lines.empty() ? UnitLine{path_, 0, key, {}} : lines.back();
    };
    const UnitLine name = last_line("ContainerName");
    put(name, "name", name.value.empty() ? "systemd-%N" : name.value);
    const UnitLine cgroups = last_line("CgroupsMode");
    put(cgroups, "cgroups", cgroups.value.empty() ? "split" : cgroups.value);
    const UnitLine user = last_line("User");
    const UnitLine group = last_line("Group");
    if (!user.value.empty()) put(user, "user", user.value + (group.value.empty() ? "" : ":" + group.value));
    if (user.value.empty() && !group.value.empty()) put(group, "user", "0:" + group.value);
    add_notify(last_line("Notify"));
    const UnitLine tmpfs = last_line("ReadOnlyTmpfs");
    const auto readonly = file_.lines(kContainer, "ReadOnly");
    if (readonly.empty() || !is_true(readonly.back())) return;
    if (!tmpfs.value.empty() && !is_true(tmpfs)) return;
    // podman's default: what every program takes for writable is, in memory
    for (const char* path : {"/run", "/tmp", "/var/tmp"}) put(readonly.back(), "tmpfs", path);
  }

  void add_notify(const UnitLine& line) {
    if (file_.last("Service", "Type") == "oneshot") return;
    if (line.value == "healthy") return put(line, "sdnotify", "healthy");
    put(line, "sdnotify", !line.value.empty() && is_true(line) ? "container" : "conmon");
  }

  const std::string& path_;
  const UnitFile& file_;
  std::vector<QuadletOption> options_;
};

/// "web" of "/etc/sdcont/systemd/web.container"
std::string service_base(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.substr(0, name.rfind('.'));
}

std::string value_of(const std::vector<QuadletOption>& options, const std::string& name) {
  for (const QuadletOption& option : options) {
    if (option.name == name) return option.value;
  }
  return {};
}

/// What follows the options: IMAGE and the command, as systemd is to split it.
std::string image_and_command(const std::string& path, const UnitFile& file) {
  const std::string image = file.last(kContainer, "Image");
  const std::string rootfs = file.last(kContainer, "Rootfs");
  if (image.empty() == rootfs.empty())
    throw Error(path +
                (image.empty() ? ": no Image= or Rootfs= is given" : ": both Image= and Rootfs= are given"));
  const std::string command = file.last(kContainer, "Exec");
  return exec_word(image.empty() ? rootfs : image) + (command.empty() ? "" : " " + command);
}

constexpr std::array kDependencies = {"Wants",   "Requires",  "Requisite", "BindsTo", "PartOf",
                                      "Upholds", "Conflicts", "Before",    "After"};

/// Names of other .container files become those of their services.
std::string translate_dependencies(const std::string& key, const std::string& value) {
  if (std::find(kDependencies.begin(), kDependencies.end(), key) == kDependencies.end()) return value;
  std::vector<std::string> units = words(value);
  for (std::string& unit : units) {
    if (unit.ends_with(".container")) unit = service_base("/" + unit) + ".service";
  }
  return join(units, " ");
}

std::string section_text(const UnitSection& section, const std::string& name) {
  std::string text = "[" + name + "]\n";
  for (const UnitLine& line : section.lines)
    text +=
        line.key + "=" + (name == "Unit" ? translate_dependencies(line.key, line.value) : line.value) + "\n";
  return text;
}

std::string unit_section(const std::string& path, const UnitFile& file,
                         const std::vector<QuadletOption>& options) {
  const UnitSection* const own = file.find("Unit");
  std::string text = section_text(own == nullptr ? UnitSection{"Unit", {}} : *own, "Unit");
  const auto defaults = file.lines("Quadlet", "DefaultDependencies");
  if (defaults.empty() || is_true(defaults.back()))
    text += "Wants=network-online.target\nAfter=network-online.target\n";
  text += "SourcePath=" + path + "\nRequiresMountsFor=/var/lib/sdcont\n";
  for (const QuadletOption& option : options) {
    const std::string source = option.value.substr(0, option.value.find(':'));
    if (option.name == "volume" && source.starts_with('/'))
      text += "RequiresMountsFor=" + exec_word(source) + "\n";
  }
  return text;
}

std::string reload_text(const UnitFile& file, const std::string& program, const std::string& name) {
  const auto command = file.lines(kContainer, "ReloadCmd");
  const auto signal = file.lines(kContainer, "ReloadSignal");
  if (!command.empty() && !signal.empty())
    throw Error(place_of(signal.back()) + "ReloadCmd= and ReloadSignal= both say how to reload");
  if (!command.empty()) return "ExecReload=" + program + " exec " + name + " " + command.back().value + "\n";
  if (!signal.empty())
    return "ExecReload=" + program + " kill --signal " + exec_word(signal.back().value) + " " + name + "\n";
  return {};
}

std::string service_section(const std::string& path, const UnitFile& file, const std::string& program,
                            const std::vector<QuadletOption>& options) {
  const UnitSection* const own = file.find("Service");
  std::string text = section_text(own == nullptr ? UnitSection{"Service", {}} : *own, "Service");
  const auto add_default = [&](const char* key, const char* value) {
    if (file.lines("Service", key).empty()) text += std::string(key) + "=" + value + "\n";
  };
  const auto type = file.lines("Service", "Type");
  if (!type.empty() && type.back().value != "notify" && type.back().value != "oneshot")
    throw Error(place_of(type.back()) + "Type=" + printable(type.back().value) +
                " cannot be had: it can be notify or oneshot");
  for (const char* ours : {"ExecStart", "ExecStop", "KillMode"}) {
    const auto lines = file.lines("Service", ours);
    if (lines.empty() || (std::string_view(ours) == "KillMode" && lines.back().value == "mixed")) continue;
    throw Error(place_of(lines.back()) + ours + "= is made from [Container]");
  }
  add_default("Type", "notify");
  add_default("SyslogIdentifier", "%N");
  const std::string name = exec_word(value_of(options, "name"));
  text += "KillMode=mixed\nDelegate=yes\nSuccessExitStatus=143\nExecStart=" + program + " run --replace --rm";
  for (const QuadletOption& option : options) text += " " + exec_word(option.word());
  text += " " + image_and_command(path, file) + "\n";
  text += "ExecStop=" + program + " stop --ignore " + name + "\n";
  return text + reload_text(file, program, name);
}

/// Of a template only its instances can be wanted: DefaultInstance= says which.
std::string installed_name(const std::string& name, const UnitFile& file) {
  const size_t at = name.find("@.");
  if (at == std::string::npos) return name;
  const std::string instance = file.last("Install", "DefaultInstance");
  return instance.empty() ? "" : name.substr(0, at + 1) + instance + name.substr(at + 1);
}

std::vector<std::string> install_links(const std::string& name, const UnitFile& file) {
  std::vector<std::string> links;
  const std::string installed = installed_name(name, file);
  if (installed.empty()) return links;
  const auto add = [&](const char* key, const char* suffix) {
    for (const UnitLine& line : file.lines("Install", key)) {
      for (const std::string& unit : words(line.value)) {
        if (unit.find('/') != std::string::npos)
          throw Error(place_of(line) + "'" + printable(unit) + "' is no name of a unit");
        links.push_back(*suffix == '\0' ? unit : unit + suffix + installed);
      }
    }
  };
  add("Alias", "");
  add("WantedBy", ".wants/");
  add("RequiredBy", ".requires/");
  add("UpheldBy", ".upholds/");
  return links;
}

}  // namespace

std::string QuadletOption::word() const {
  if (name.empty()) return value;
  return is_switch ? "--" + name : "--" + name + "=" + value;
}

QuadletService translate_container(const std::string& path, const UnitFile& file,
                                   const std::string& program) {
  QuadletService service;
  service.name = service_base(path) + ".service";
  service.options = Keys(path, file).options();
  service.text = "# Made by sdcont's generator of " + path + "\n" + unit_section(path, file, service.options);
  for (const UnitSection& section : file.sections) {
    if (section.name == "Unit" || section.name == "Service" || section.name == "Quadlet") continue;
    const bool own = section.name == kContainer;
    service.text += "\n" + section_text(section, own ? "X-Container" : section.name);
  }
  service.text += "\n" + service_section(path, file, program, service.options);
  service.links = install_links(service.name, file);
  return service;
}

}  // namespace sdcont
