#include "limits/merge.h"

#include <array>
#include <set>
#include <string>

#include "limits/property.h"

namespace sdcont {
namespace {

/// Keys that say the same thing in different ways: one that is asked for takes the place of the others.
const std::array<std::set<std::string>, 5> kAlternatives = {{
    {"cpu/shares", "unified/cpu.weight", "cpu/idle"},
    {"memory/swap", "unified/memory.swap.max"},
    {"blockIO/weight", "unified/io.weight"},
    {"blockIO/weightDevice", "systemd/IODeviceWeight"},
    {"unified/memory.oom.group", "systemd/OOMPolicy"},
}};

/// The keys that have to go when `key` comes.
std::set<std::string> replaced_by(const std::string& key) {
  std::set<std::string> keys;
  for (const PropertyRow& row : property_table()) {
    if (row.limit == nullptr) continue;
    const std::string property = std::string("systemd/") + row.name;
    if (key == row.limit) keys.insert(property);
    if (key == property) keys.insert(row.limit);
  }
  std::set<std::string> same = keys;
  same.insert(key);
  for (const auto& alternatives : kAlternatives) {
    for (const std::string& one : same) {
      if (alternatives.contains(one)) keys.insert(alternatives.begin(), alternatives.end());
    }
  }
  if (keys.contains("cpu/quota")) keys.insert("cpu/period");  // a property says both
  keys.erase(key);
  return keys;
}

}  // namespace

void merge_limits(const ContainerSpec& asked, ContainerSpec& spec) {
  for (const auto& [key, value] : asked.resources) {
    for (const std::string& old : replaced_by(key)) {
      if (asked.resources.contains(old)) continue;
      spec.resources.erase(old);
      spec.asked_as.erase(old);
    }
  }
  for (const auto& [key, value] : asked.resources) {
    spec.resources[key] = value;
    spec.asked_as.erase(key);
  }
  for (const auto& [key, words] : asked.asked_as) spec.asked_as[key] = words;
}

}  // namespace sdcont
