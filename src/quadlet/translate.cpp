#include "quadlet/translate.h"

#include <algorithm>
#include <array>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

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

QuadletService translate_container(const std::string& path, const UnitFile& file,
                                   const std::string& program) {
  QuadletService service;
  service.name = service_base(path) + ".service";
  service.options = container_options(path, file);
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
