#include "quadlet/container_keys.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

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

}  // namespace

std::string QuadletOption::word() const {
  if (name.empty()) return value;
  return is_switch ? "--" + name : "--" + name + "=" + value;
}

std::vector<QuadletOption> container_options(const std::string& path, const UnitFile& file) {
  return Keys(path, file).options();
}

}  // namespace sdcont
