#include "spec/environment.h"

#include <algorithm>

namespace sdcont {
namespace {

std::vector<std::string>::iterator find_name(std::vector<std::string>& env, const std::string& entry) {
  const std::string name = entry.substr(0, entry.find('=') + 1);
  return std::find_if(env.begin(), env.end(),
                      [&](const std::string& other) { return other.starts_with(name); });
}

}  // namespace

void set_env(std::vector<std::string>& env, const std::vector<std::string>& entries) {
  for (const std::string& entry : entries) {
    const auto old = find_name(env, entry);
    if (old == env.end()) {
      env.push_back(entry);
    } else {
      *old = entry;
    }
  }
}

void set_default_env(std::vector<std::string>& env, const std::string& entry) {
  if (find_name(env, entry) == env.end()) env.push_back(entry);
}

}  // namespace sdcont
