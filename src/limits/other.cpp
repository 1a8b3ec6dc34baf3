#include <algorithm>
#include <array>

#include "limits/property.h"
#include "limits/quantity.h"
#include "limits/rows.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Words = const std::string&;

/// "2MB:67108864", as the resources hold it.
struct HugePages {
  std::string size;
  uint64_t limit = 0;
};

HugePages parse_huge_pages(Words text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos)
    throw Error("--hugetlb: '" + printable(text) + "' is not SIZE:BYTES like 2MB:64M");
  // The kernel names the files by KB, MB or GB.
  std::string size = text.substr(0, colon);
  std::transform(size.begin(), size.end(), size.begin(), [](unsigned char c) { return std::toupper(c); });
  if (size.ends_with("IB")) size.erase(size.size() - 2, 1);
  if (!size.ends_with('B')) size += 'B';
  const std::string_view unit = std::string_view(size).substr(size.find_first_not_of("0123456789"));
  if (!parse_unsigned(size.substr(0, size.size() - unit.size())) ||
      (unit != "KB" && unit != "MB" && unit != "GB")) {
    throw Error("--hugetlb: '" + printable(text) + "' has no page size like 2MB or 1GB");
  }
  return {size, parse_bytes(text.substr(colon + 1), "--hugetlb")};
}

void parse_hugetlb(Words text, const HostFacts&, Resources& r) {
  const HugePages pages = parse_huge_pages(text);
  auto& list = std::get<std::vector<std::string>>(
      r.emplace("hugepageLimits", std::vector<std::string>{}).first->second);
  for (const std::string& entry : list) {
    if (split(entry, ':').front() == pages.size)
      throw Error("--hugetlb is given twice for pages of " + pages.size);
  }
  list.push_back(pages.size + ":" + or_max(pages.limit));
}

/// Writes into a scope's payload. On v2 a controller comes from the cgroups above, which are systemd's: it
/// hands down the few that it knows itself (cgroup_controller in its src/basic/cgroup-util.c). On v1 each
/// hierarchy is on its own.
Translation in_scope(Translation writes, const Target& t) {
  static constexpr std::array kHandedDown = {"", "cpu", "cpuset", "io", "memory", "pids"};
  for (const ControlWrite& write : writes.writes) {
    const std::string& controller = write.controller;
    const bool handed_down =
        std::find(kHandedDown.begin(), kHandedDown.end(), controller) != kHandedDown.end();
    if (t.unified && !handed_down && t.controllers.contains(controller)) {
      return refuse("systemd gives scopes on cgroup v2 no " + controller + " controller",
                    "use --cgroup-manager cgroupfs");
    }
  }
  return writes;
}

Translation hugetlb_v2(const Resources& r, const Target&) {
  Translation result;
  for (const std::string& entry : list_of(r, "hugepageLimits")) {
    const HugePages pages = parse_huge_pages(entry);
    result = std::move(result) + write("hugetlb." + pages.size + ".max", or_max(pages.limit));
  }
  return result;
}
Translation hugetlb_v1(const Resources& r, const Target&) {
  Translation result;
  for (const std::string& entry : list_of(r, "hugepageLimits")) {
    const HugePages pages = parse_huge_pages(entry);
    result =
        std::move(result) + write("hugetlb." + pages.size + ".limit_in_bytes", or_minus_one(pages.limit));
  }
  return result;
}
Translation hugetlb_systemd(const Resources& r, const Target& t) {
  return in_scope(payload(r, t, hugetlb_v2, hugetlb_v1), t);
}

/// "max" for an unlimited number, else as it stands.
std::string raw_text(const ResourceValue& value) {
  const auto* number = std::get_if<uint64_t>(&value);
  return number == nullptr ? render_resource(value) : or_max(*number);
}

Translation conf_v2(const Resources& r, const Target&) {
  const auto& [key, value] = *r.begin();
  return write(key.substr(key.find('/') + 1), raw_text(value));
}
Translation conf_v1(const Resources& r, const Target& t) {
  // Two controllers have the same files on both.
  const std::string& key = r.begin()->first;
  if (key == "unified/misc.max" || key == "unified/rdma.max") return conf_v2(r, t);
  return refuse("files are named as cgroup v2 has them, this host has v1");
}
Translation conf_systemd(const Resources& r, const Target& t) {
  return in_scope(payload(r, t, conf_v2, conf_v1), t);
}

Translation any_property(const Resources& r, const Target& t) {
  return systemd_property(r, t, r.begin()->first.substr(std::string_view("systemd/").size()));
}

/// Files through which processes, or the shape of the tree, are governed: those are sdcont's.
bool is_ours(const std::string& file) {
  static constexpr const char* kOurs[] = {"cgroup.procs",       "cgroup.threads", "cgroup.subtree_control",
                                          "cgroup.type",        "cgroup.kill",    "cgroup.freeze",
                                          "cgroup.controllers", "cgroup.events"};
  return std::find(std::begin(kOurs), std::end(kOurs), file) != std::end(kOurs);
}

void check_file_name(Words text, const std::string& file) {
  const bool named =
      file.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
      std::string::npos;
  const size_t dot = file.find('.');
  if (!named || dot == 0 || dot == std::string::npos || file.find("..") != std::string::npos) {
    throw Error("--cgroup-conf: '" + printable(text) + "' is not FILE=VALUE with a file like misc.max");
  }
  if (is_ours(file)) throw Error("--cgroup-conf: " + file + " is not a limit");
}

}  // namespace

void parse_cgroup_conf(const std::string& text, Resources& resources) {
  const size_t equals = text.find('=');
  const std::string file = text.substr(0, equals);
  const std::string value(equals == std::string::npos ? "" : trim(std::string_view(text).substr(equals + 1)));
  check_file_name(text, file);
  if (value.empty() || value.find('\n') != std::string::npos) {
    throw Error("--cgroup-conf: '" + printable(text) + "' is not FILE=VALUE in one line");
  }
  const std::string key = "unified/" + file;
  const auto table = limit_table();
  const auto own = std::find_if(table.begin(), table.end(), [&](const Limit& row) { return key == row.key; });
  if (own != table.end()) return own->flags.front().parse(value, HostFacts{}, resources);
  for (const Limit& limit : table) {
    if (limit.flags.empty()) continue;
    const bool alias = std::find(limit.family.begin(), limit.family.end(), key) != limit.family.end();
    if (alias || file == limit.v2_file) {
      std::vector<std::string> flags;
      for (const LimitFlag& flag : limit.flags) flags.emplace_back(flag.names);
      throw Error("--cgroup-conf: " + file + " is better set by a flag, which reaches every kind of cgroup")
          .remedy("use " + join(flags, " or "));
    }
  }
  put(resources, key, value, "--cgroup-conf " + file);
}

std::vector<Limit> other_limits() {
  std::vector<Limit> rows;
  rows.push_back({.key = "hugepageLimits",
                  .title = "huge pages",
                  .flags = {{"--hugetlb", "SIZE:BYTES", "most memory in huge pages of a size (2MB:64M)", true,
                             parse_hugetlb}},
                  .property = "",
                  .v2_file = "hugetlb.*.max",
                  .v1_file = "hugetlb.*.limit_in_bytes",
                  .to_systemd = hugetlb_systemd,
                  .to_v2 = hugetlb_v2,
                  .to_v1 = hugetlb_v1});
  rows.push_back(
      {.key = "unified/*",
       .title = "any other control file",
       .flags = {{"--cgroup-conf", "FILE=VALUE", "a control file of cgroup v2 (misc.max=\"res_a 3\")", true,
                  [](Words text, const HostFacts&, Resources& r) { parse_cgroup_conf(text, r); }}},
       .property = "",
       .v2_file = "",
       .v1_file = "",
       .to_systemd = conf_systemd,
       .to_v2 = conf_v2,
       .to_v1 = conf_v1});
  rows.push_back({.key = "systemd/*",
                  .title = "any other property of systemd's",
                  .flags = {{"--property", "NAME=VALUE", "a property of the scope, as in a unit file", true,
                             parse_property}},
                  .property = "any that a scope can have",
                  .v2_file = "",
                  .v1_file = "",
                  .to_systemd = any_property,
                  .to_v2 = needs_systemd,
                  .to_v1 = needs_systemd});
  return rows;
}

}  // namespace sdcont
