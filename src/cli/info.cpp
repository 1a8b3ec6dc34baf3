#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cgroup/choose.h"
#include "cli/command.h"
#include "cli/host_facts.h"
#include "cli/missing.h"
#include "cli/parser.h"
#include "cli/table.h"
#include "container/cleanup.h"
#include "limits/limits.h"
#include "systemd/manager.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

struct Facts {
  CgroupHost cgroups;
  Choice choice;
  std::string no_manager;  ///< why no back end can work, or empty
  bool booted = false;
  int systemd_version = 0;
  std::optional<Failure> bus_problem;
  std::vector<LimitAnswer> limits;
  std::vector<Missing> missing;
};

void find_systemd(Facts& facts) {
  facts.booted = systemd_booted();
  if (!facts.booted) return;
  try {
    facts.systemd_version = connect_systemd()->version();
  } catch (const Error& error) {
    facts.bus_problem = error.failure();
  }
}

// What killed commands have left; whoever may not do that is only told of the rest.
void clear_up(const GlobalOptions& global) {
  if (geteuid() != 0) return;
  try {
    Store store(global.paths);
    heal(store, print_warning);
  } catch (const Error& error) {
    print_warning(error.what());
  }
}

Facts gather(const GlobalOptions& global) {
  Facts facts;
  facts.cgroups = detect_cgroups();
  clear_up(global);
  find_systemd(facts);
  try {
    facts.choice = choose_manager(facts.cgroups, {.requested = global.cgroup_manager,
                                                  .systemd_booted = facts.booted,
                                                  .is_root = geteuid() == 0,
                                                  .bus_problem = facts.bus_problem});
    facts.limits = limit_answers(make_target(facts.cgroups, facts.choice.manager, facts.systemd_version),
                                 host_facts(global.paths));
  } catch (const Error& error) {
    Failure failure = error.failure();
    const std::string remedy = std::exchange(failure.remedy, {});
    facts.no_manager = failure.text();
    facts.missing.push_back({facts.no_manager, remedy});
  }
  for (Missing& missing : find_missing(facts.cgroups)) facts.missing.push_back(std::move(missing));
  return facts;
}

std::string kernel_release() {
  utsname name{};
  uname(&name);
  return static_cast<const char*>(name.release);
}

Json to_json(const Facts& facts) {
  Json json = {
      {"Version", SDCONT_VERSION},
      {"KernelVersion", kernel_release()},
      {"CgroupVersion", facts.cgroups.unified() ? "2" : "1"},
      {"CgroupMode", cgroup_mode_name(facts.cgroups.mode)},
      {"CgroupControllers", facts.cgroups.controllers},
      {"CgroupManager", facts.no_manager.empty() ? cgroup_manager_name(facts.choice.manager) : "none"},
      {"CgroupManagerReason", facts.no_manager.empty() ? facts.choice.reason : facts.no_manager},
      {"SystemdVersion", facts.systemd_version == 0 ? Json() : Json(facts.systemd_version)}};
  json["Limits"] = Json::array();
  for (const LimitAnswer& answer : facts.limits) {
    json["Limits"].push_back(
        {{"limit", answer.limit}, {"title", answer.title}, {"kind", answer.kind}, {"via", answer.via}});
  }
  json["KernelFeatures"] = Json::object();
  for (const auto& [name, there] : kernel_features()) json["KernelFeatures"][name] = there;
  json["Missing"] = Json::array();
  for (const Missing& missing : facts.missing) {
    json["Missing"].push_back({{"what", missing.what}, {"remedy", missing.remedy}});
  }
  return json;
}

void print_missing(const Facts& facts) {
  for (const Missing& missing : facts.missing)
    fmt::print("Missing: {}\n    {}\n", missing.what, missing.remedy);
}

void print_text(const Facts& facts) {
  const Json json = to_json(facts);
  const auto line = [](const char* name, const std::string& value) { fmt::print("{}: {}\n", name, value); };
  line("Version", SDCONT_VERSION);
  line("Kernel Version", kernel_release());
  line("Cgroup Version",
       json["CgroupVersion"].get<std::string>() + " (" + cgroup_mode_name(facts.cgroups.mode) + ")");
  line("Cgroup Controllers", join({facts.cgroups.controllers.begin(), facts.cgroups.controllers.end()}, " "));
  line("Cgroup Driver", json["CgroupManager"].get<std::string>() + " (" +
                            json["CgroupManagerReason"].get<std::string>() + ")");
  line("systemd", facts.systemd_version == 0
                      ? (facts.booted ? "running, its bus does not answer" : "not running")
                      : std::to_string(facts.systemd_version));
  std::vector<std::string> features;
  for (const auto& [name, there] : kernel_features()) features.push_back((there ? "" : "no ") + name);
  line("Kernel Features", join(features, ", "));
  fmt::print("Limits:\n");
  std::vector<std::vector<std::string>> rows;
  for (const LimitAnswer& answer : facts.limits)
    rows.push_back({"  " + answer.limit, answer.kind, answer.via});
  fmt::print("{}", format_table(rows));
  print_missing(facts);
}

}  // namespace

int info_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool check_only = false;
  std::string format = "text";
  Parser parser("sdcont info", "[OPTIONS]");
  parser.flag("--check", check_only, "only what is missing; status 1 where something is");
  parser.choice("--format", format, {"text", "json"}, "how to print");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty())
    throw Error("sdcont info takes no arguments: '" + printable(parsed.rest[0]) + "'");
  const Facts facts = gather(global);
  if (format == "json") {
    const Json json = to_json(facts);
    fmt::print("{}\n", (check_only ? json["Missing"] : json).dump(2));
  } else if (check_only) {
    print_missing(facts);
  } else {
    print_text(facts);
  }
  return check_only && !facts.missing.empty() ? 1 : 0;
}

}  // namespace sdcont
