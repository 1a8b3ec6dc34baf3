#include "limits/translation.h"

#include "limits/convert.h"
#include "limits/property.h"
#include "limits/rows.h"
#include "spec/resources.h"
#include "util/signals.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// Microseconds as systemd.time(7) writes them: "1min 30s", "200ms".
std::string timespan_text(uint64_t usec) {
  if (usec == kUnlimited) return "infinity";
  struct Unit {
    const char* name;
    uint64_t usec;
  };
  static constexpr Unit kUnits[] = {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"min", 60'000'000},
                                    {"s", 1'000'000},      {"ms", 1'000},        {"us", 1}};
  std::vector<std::string> parts;
  for (const Unit& unit : kUnits) {
    if (usec >= unit.usec) parts.push_back(std::to_string(usec / unit.usec) + unit.name);
    usec %= unit.usec;
  }
  return parts.empty() ? "0" : join(parts, " ");
}

/// One text, or one for each entry of a list of pairs.
class Text {
 public:
  explicit Text(std::string name) : name_(std::move(name)) {}

  std::vector<std::string> operator()(bool value) const { return {value ? "yes" : "no"}; }
  std::vector<std::string> operator()(uint64_t value) const { return {number_text(value)}; }
  std::vector<std::string> operator()(uint32_t value) const { return {std::to_string(value)}; }
  std::vector<std::string> operator()(int32_t value) const {
    return {name_.ends_with("Signal") ? signal_name(value) : std::to_string(value)};
  }
  std::vector<std::string> operator()(const std::string& value) const { return {value}; }
  std::vector<std::string> operator()(const std::vector<uint8_t>& value) const {
    return {mask_to_cpu_list(value)};
  }
  std::vector<std::string> operator()(const std::vector<std::string>& value) const {
    return {join(value, " ")};
  }
  std::vector<std::string> operator()(const std::vector<std::pair<std::string, std::string>>& value) const {
    std::vector<std::string> lines;
    for (const auto& [first, second] : value)
      lines.push_back(first + (name_ == "BPFProgram" ? ":" : " ") + second);
    return lines;
  }
  std::vector<std::string> operator()(const std::vector<std::pair<std::string, uint64_t>>& value) const {
    std::vector<std::string> lines;
    for (const auto& [path, number] : value) lines.push_back(path + " " + number_text(number));
    return lines;
  }
  std::vector<std::string> operator()(const std::vector<IpPrefix>& value) const {
    std::vector<std::string> prefixes;
    for (const IpPrefix& prefix : value) prefixes.push_back(render_ip_prefix(prefix));
    return {join(prefixes, " ")};
  }
  std::vector<std::string> operator()(const std::vector<uint32_t>& value) const {
    std::vector<std::string> numbers;
    for (const uint32_t number : value) numbers.push_back(std::to_string(number));
    return {join(numbers, " ")};
  }

 private:
  [[nodiscard]] std::string number_text(uint64_t value) const {
    if (name_.ends_with("USec")) return timespan_text(value);
    return value == kUnlimited ? "infinity" : std::to_string(value);
  }

  std::string name_;
};

}  // namespace

ControlFiles::ControlFiles(std::initializer_list<std::string> files) {
  for (const std::string& file : files) insert(file);
}

ControlFiles::ControlFiles(Look look) : look_(std::move(look)) {}

bool ControlFiles::contains(const std::string& file) const { return seen(file).contains(file); }
void ControlFiles::insert(const std::string& file) { seen(file).insert(file); }
void ControlFiles::erase(const std::string& file) { seen(file).erase(file); }

std::set<std::string>& ControlFiles::seen(const std::string& file) const {
  const std::string controller = controller_of(file);
  const auto [entry, is_new] = seen_.try_emplace(controller);
  if (is_new && look_) entry->second = look_(controller);
  return entry->second;
}

std::string property_text(const Property& property) {
  std::vector<std::string> lines = std::visit(Text(property.name), property.value);
  for (std::string& line : lines) line.insert(0, property.name + "=");
  return join(lines, "\n");
}

}  // namespace sdcont
